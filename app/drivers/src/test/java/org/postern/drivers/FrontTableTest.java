package org.postern.drivers;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.onosproject.core.DefaultApplicationId;
import org.onosproject.net.DeviceId;
import org.onosproject.net.flow.DefaultFlowRule;
import org.onosproject.net.flow.DefaultTrafficSelector;
import org.onosproject.net.flow.DefaultTrafficTreatment;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.meter.MeterId;

class FrontTableTest {
    private static FlowRule metered(long meter) {
        return DefaultFlowRule.builder()
                .forDevice(DeviceId.deviceId("of:0000000000000001"))
                .forTable(FrontTable.MAIL_OUT)
                .withPriority(FrontTable.PRIORITY_BASE)
                .withSelector(DefaultTrafficSelector.emptySelector())
                .withTreatment(
                        DefaultTrafficTreatment.builder()
                                .meter(MeterId.meterId(meter))
                                .transition(FrontTable.REJECT)
                                .build())
                .fromApp(new DefaultApplicationId(7, "org.postern"))
                .makePermanent()
                .build();
    }

    @Test
    void rulesWithDifferentMetersAreNotTheSameAlthoughToOnosTheyAre() {
        assertTrue(metered(1).exactMatch(metered(2)), "if not, sameRule is not needed any more");
        assertFalse(FrontTable.sameRule(metered(1), metered(2)));
        assertFalse(FrontTable.sameRules(List.of(metered(1)), List.of(metered(2))));
        assertTrue(FrontTable.sameRules(List.of(metered(1)), List.of(metered(1))));
    }
}
