package org.postern.drivers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.postern.drivers.Rules.DROP;
import static org.postern.drivers.Rules.SOMEBODY;
import static org.postern.drivers.Rules.SWITCH;
import static org.postern.drivers.Rules.everything;
import static org.postern.drivers.Rules.goTo;
import static org.postern.drivers.Rules.inPort;
import static org.postern.drivers.Rules.rule;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.onosproject.net.flow.FlowRule;

class FloorTest {
    private static final FlowRule CATCH_ALL =
            rule(SOMEBODY, 0, 0, everything(), goTo(FrontTable.FORWARD));
    private static final FlowRule FIRST_PORT = rule(SOMEBODY, 0, 60_061, inPort(1), goTo(1));
    private static final FlowRule SECOND_PORT = rule(SOMEBODY, 0, 60_061, inPort(2), goTo(1));
    private static final FlowRule MISS = rule(SOMEBODY, 1, 0, everything(), DROP);
    private static final FlowRule DENIAL = rule(SOMEBODY, 1, 60_021, inPort(1), DROP);

    private static Floor floor() {
        return new Floor(
                SWITCH, List.of(CATCH_ALL, FIRST_PORT, MISS, SECOND_PORT), List.of(DENIAL));
    }

    @Test
    void laterTablesAreLaidBeforeThoseThatLeadToThemAndTheCatchAllLast() {
        assertEquals(List.of(DENIAL, MISS, FIRST_PORT, SECOND_PORT, CATCH_ALL), floor().rules());
    }

    @Test
    void rulesOfOneTableAndPriorityAreOneStage() {
        assertEquals(
                List.of(
                        List.of(DENIAL),
                        List.of(MISS),
                        List.of(FIRST_PORT, SECOND_PORT),
                        List.of(CATCH_ALL)),
                floor().stages(rule -> true));
    }

    @Test
    void stagesHoldOnlyTheRulesThatAreWanted() {
        assertEquals(
                List.of(List.of(SECOND_PORT), List.of(CATCH_ALL)),
                floor().stages(rule -> rule.equals(SECOND_PORT) || rule.equals(CATCH_ALL)));
        assertEquals(List.of(), floor().stages(rule -> false));
    }

    @Test
    void forASwitchThatMayBeFullTheLastRulesThatLetPassComeFirstButTheWayToForward() {
        FlowRule guarded = rule(SOMEBODY, 2, 60_021, inPort(1), DROP);
        FlowRule unguarded = rule(SOMEBODY, 2, 0, everything(), goTo(3));
        FlowRule tunnel = rule(SOMEBODY, 3, 60_010, inPort(1), DROP);
        FlowRule noTunnel = rule(SOMEBODY, 3, 0, everything(), goTo(FrontTable.FORWARD));
        Floor floor =
                new Floor(
                        SWITCH,
                        List.of(CATCH_ALL, FIRST_PORT, MISS, guarded, unguarded, tunnel, noTunnel),
                        List.of());
        assertEquals(
                List.of(
                        List.of(noTunnel),
                        List.of(unguarded),
                        List.of(tunnel),
                        List.of(guarded),
                        List.of(MISS),
                        List.of(FIRST_PORT),
                        List.of(CATCH_ALL)),
                floor.stagesForFullTables());
    }

    @Test
    void denialsOfSingleSubscribersAreNotRememberedAcrossARestart() {
        assertFalse(floor().lasting().contains(DENIAL));
        assertEquals(4, floor().lasting().size());
    }

    @Test
    void floorsWhoseRulesDoSomethingElseDiffer() {
        Floor other =
                new Floor(
                        SWITCH,
                        List.of(
                                CATCH_ALL,
                                FIRST_PORT,
                                rule(SOMEBODY, 1, 0, everything(), goTo(FrontTable.FORWARD)),
                                SECOND_PORT),
                        List.of(DENIAL));
        assertEquals(floor(), floor());
        assertEquals(floor().hashCode(), floor().hashCode());
        assertNotEquals(floor(), other);
        assertNotEquals(floor(), new Floor(Rules.NEIGHBOUR, floor().lasting(), List.of(DENIAL)));
        assertNotEquals(
                new Floor(SWITCH, List.of(CATCH_ALL, MISS), List.of()),
                new Floor(SWITCH, List.of(CATCH_ALL), List.of(MISS)),
                "what is remembered differs");
    }
}
