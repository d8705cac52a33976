package org.postern.subscriber;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postern.policy.Attachment;
import org.postern.policy.Subscriber;

/** Several subscribers behind one port or VLAN, told by their sources. */
class SharedLineTest {
    private static final String PORT = Isp.FIRST + "/3";
    private static final String VLAN = Isp.FIRST + "/3/100";

    private final Occupancy occupancy = new Occupancy();

    private static Subscriber at(String id, String... attachments) {
        Subscriber.Builder builder = Subscriber.builder(id);
        for (String attachment : attachments) {
            builder.attachedAt(Attachment.parse(attachment));
        }
        return builder.build();
    }

    private void taken(Subscriber subscriber) {
        occupancy.check(List.of(), List.of(subscriber));
        occupancy.add(subscriber);
    }

    private String refusal(Subscriber subscriber) {
        return assertThrows(IllegalArgumentException.class, () -> taken(subscriber)).getMessage();
    }

    @Test
    void sourcesThatDoNotOverlapShareALine() {
        taken(at("alice", PORT + "@10.64.3.0/29"));
        taken(at("bob", PORT + "@10.64.3.8/29"));
        assertDoesNotThrow(() -> taken(at("carol", PORT + "@2001:db8:3::/48")));
    }

    @ParameterizedTest
    @CsvSource({
        "10.64.3.0/29, 10.64.3.0/28",
        "10.64.3.0/28, 10.64.3.8/29",
        "10.64.3.0/29, 10.64.3.5/32",
        "2001:db8:3::/48, 2001:db8:3:7::/64"
    })
    void sourcesThatOverlapOnOneLineAreRefused(String one, String other) {
        for (String line : new String[] {PORT, VLAN}) {
            taken(at("alice" + line.length(), line + "@" + one));
            assertEquals(
                    "subscriber bob: attachment "
                            + line
                            + "@"
                            + other
                            + " or a part belongs to subscriber alice"
                            + line.length()
                            + " already; take it from there first",
                    refusal(at("bob", line + "@" + other)));
        }
    }

    @Test
    void oneSourceIsOneSubscribers() {
        taken(at("alice", PORT + "@10.64.3.0/29"));
        assertEquals(
                "subscriber bob: attachment "
                        + PORT
                        + "@10.64.3.0/29 belongs to subscriber alice already; take it from there first",
                refusal(at("bob", PORT + "@10.64.3.0/29")));
        taken(at("carol", VLAN + "@02:00:00:00:00:07"));
        assertEquals(
                "subscriber dave: attachment "
                        + VLAN
                        + "@02:00:00:00:00:07 belongs to subscriber carol already; take it from there first",
                refusal(at("dave", VLAN + "@02:00:00:00:00:07")));
    }

    @Test
    void onDifferentLinesSourcesMayOverlap() {
        taken(at("alice", PORT + "@10.64.3.0/29"));
        taken(at("bob", VLAN + "@10.64.3.0/28"));
        taken(at("carol", Isp.FIRST + "/3/101@10.64.3.0/29"));
        taken(at("dave", Isp.FIRST + "/4@10.64.3.0/29"));
        assertDoesNotThrow(() -> taken(at("erin", Isp.SECOND + "/3@10.64.3.0/29")));
    }

    @Test
    void onOneLineSomeByPrefixAndSomeByMacAreRefused() {
        taken(at("alice", PORT + "@10.64.3.0/29"));
        taken(at("bob", PORT + "@10.64.3.8/29"));
        assertEquals(
                "subscriber carol: attachment "
                        + PORT
                        + "@02:00:00:00:00:07 tells it by MAC, but subscriber alice shares "
                        + PORT
                        + " and is told by prefix, and a packet could be both's; tell all of a line by prefix,"
                        + " all by MAC, or all by inner VLAN",
                refusal(at("carol", PORT + "@02:00:00:00:00:07")).replace("bob", "alice"));
        taken(at("dave", VLAN + "@02:00:00:00:00:07"));
        assertEquals(
                "subscriber erin: attachment "
                        + VLAN
                        + "@10.64.3.0/29 tells it by prefix, but subscriber dave shares "
                        + VLAN
                        + " and is told by MAC, and a packet could be both's; tell all of a line by prefix,"
                        + " all by MAC, or all by inner VLAN",
                refusal(at("erin", VLAN + "@10.64.3.0/29")));
    }

    @Test
    void withinAVlanEachInnerVlanIsOnesOwnBesideWhoHasTheRest() {
        taken(at("alice", VLAN + ".7"));
        taken(at("bob", VLAN + ".8"));
        taken(at("carol", Isp.FIRST + "/3/101.7"));
        taken(at("dave", VLAN));
        taken(at("erin", PORT + "@10.64.3.0/29"));
        assertEquals(
                "subscriber mallory: attachment "
                        + VLAN
                        + ".7 belongs to subscriber alice already; take it from there first",
                refusal(at("mallory", VLAN + ".7")));
    }

    @Test
    void onOneLineSomeByInnerVlanAndSomeBySourceAreRefused() {
        taken(at("alice", VLAN + ".7"));
        assertEquals(
                "subscriber bob: attachment "
                        + VLAN
                        + "@10.64.3.0/29 tells it by prefix, but subscriber alice shares "
                        + VLAN
                        + " and is told by inner VLAN, and a packet could be both's; tell all of a line by"
                        + " prefix, all by MAC, or all by inner VLAN",
                refusal(at("bob", VLAN + "@10.64.3.0/29")));
    }

    @Test
    void aPortAndItsVlansMayBeToldDifferently() {
        taken(at("alice", PORT + "@10.64.3.0/29"));
        taken(at("bob", VLAN + "@02:00:00:00:00:07"));
        assertDoesNotThrow(() -> taken(at("carol", Isp.FIRST + "/3/101@10.64.3.0/29")));
    }

    @Test
    void aSubscriberAloneMayHaveBoth() {
        taken(at("alice", PORT + "@10.64.3.0/29", PORT + "@02:00:00:00:00:07"));
        assertEquals(
                "subscriber bob: attachment "
                        + PORT
                        + "@02:00:00:00:00:08 tells it by MAC, but subscriber alice shares "
                        + PORT
                        + " and is told by prefix, and a packet could be both's; tell all of a line by prefix,"
                        + " all by MAC, or all by inner VLAN",
                refusal(at("bob", PORT + "@02:00:00:00:00:08")));
    }

    @Test
    void aNeighbourMayHaveTheRestOfTheLine() {
        taken(at("alice", PORT + "@10.64.3.0/29"));
        taken(at("bob", PORT));
        taken(at("carol", VLAN));
        assertDoesNotThrow(() -> taken(at("dave", VLAN + "@02:00:00:00:00:07")));
    }

    @Test
    void hundredsBehindOnePortAreTakenAndEachIsKnown() {
        for (int i = 0; i < 500; i++) {
            String source = "10.64." + (4 + i / 250) + "." + i % 250 + "/32";
            taken(at("s" + i, PORT + "@" + source));
        }
        assertEquals(
                "subscriber bob: attachment "
                        + PORT
                        + "@10.64.5.249/32 belongs to subscriber s499 already; take it from there first",
                refusal(at("bob", PORT + "@10.64.5.249/32")));
    }
}
