package org.postern.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.onosproject.core.DefaultApplicationId;
import org.onosproject.net.PortNumber;
import org.onosproject.net.flow.DefaultFlowRule;
import org.onosproject.net.flow.DefaultTrafficSelector;
import org.onosproject.net.flow.DefaultTrafficTreatment;
import org.onosproject.net.flow.FlowRule;

class ForeignRuleTest {
    private static ForeignRule foreign(int table, int priority) {
        FlowRule rule =
                DefaultFlowRule.builder()
                        .forDevice(ControllerWorld.FIRST)
                        .forTable(table)
                        .withPriority(priority)
                        .withSelector(
                                DefaultTrafficSelector.builder()
                                        .matchInPort(PortNumber.portNumber(3))
                                        .build())
                        .withTreatment(
                                DefaultTrafficTreatment.builder()
                                        .setOutput(PortNumber.portNumber(4))
                                        .build())
                        .fromApp(new DefaultApplicationId(7, "org.example"))
                        .makePermanent()
                        .build();
        return new ForeignRule(rule, "org.example");
    }

    @ParameterizedTest(name = "table {0} priority {1}: {2}")
    @CsvSource({
        "0, 65535, true",
        "0, 60000, true",
        "0, 59999, false",
        "0, 40000, false",
        "0, 0, false",
        "1, 65535, true",
        "1, 1, true",
        // of two rules of one priority that match, OpenFlow leaves open which speaks
        "1, 0, true",
        "2, 0, true",
        "3, 0, true",
        "4, 0, true"
    })
    void aRuleMayShadowWhereverItMaySpeakInsteadOfOneOfOurs(
            int table, int priority, boolean shadows) {
        assertEquals(shadows, foreign(table, priority).mayShadow());
    }

    @Test
    void itIsToldAsItIs() {
        ForeignRule rule = foreign(1, 7);
        assertEquals(1, rule.table());
        assertEquals(7, rule.priority());
        assertEquals("org.example", rule.application());
        assertTrue(rule.selector().contains("IN_PORT:3"), rule.selector());
        assertTrue(rule.treatment().contains("OUTPUT:4"), rule.treatment());
    }
}
