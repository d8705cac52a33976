package org.postern.fakeswitch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.onlab.packet.IpAddress;
import org.onlab.packet.MacAddress;

class RandomPacketsTest {
    private static final int FRAMES = 2000;
    private static final IpAddress SUBSCRIBER = IpAddress.valueOf("10.64.0.7");
    private static final IpAddress SUBSCRIBER6 = IpAddress.valueOf("2001:db8:64::7");
    private static final IpAddress SERVER = IpAddress.valueOf("198.51.100.25");
    private static final IpAddress SERVER6 = IpAddress.valueOf("2001:db8:51::25");

    private static RandomPackets seeded(long seed) {
        return new RandomPackets(
                seed,
                List.of(SUBSCRIBER, SUBSCRIBER6, SERVER, SERVER6),
                List.of(
                        MacAddress.valueOf("02:00:00:00:00:01"),
                        MacAddress.valueOf("02:00:00:00:00:02")));
    }

    private static List<Packet> frames(long seed) {
        return seeded(seed).stream().limit(FRAMES).collect(Collectors.toList());
    }

    @Test
    void theSameSeedGivesTheSameFrames() {
        assertEquals(frames(1), frames(1));
        assertNotEquals(frames(1), frames(2));
    }

    @Test
    void everyKindOfFrameThatDecidesAMailPolicyComesOften() {
        List<FlowKey> keys = frames(1).stream().map(FlowKey::parse).collect(Collectors.toList());
        for (int family : new int[] {FrameParser.IPV4, FrameParser.IPV6}) {
            Predicate<FlowKey> ip = key -> key.etherType() == family;
            assertOften(
                    "whole mail",
                    keys,
                    ip.and(k -> k.ipProtocol() == 6 && k.destinationPort() == 25));
            assertOften(
                    "from port 25", keys, ip.and(k -> k.ipProtocol() == 6 && k.sourcePort() == 25));
            assertOften("first fragments", keys, ip.and(k -> k.fragment() && !k.laterFragment()));
            assertOften("later fragments", keys, ip.and(FlowKey::laterFragment));
            assertOften("tagged", keys, ip.and(FlowKey::tagged));
            assertOften("cut off", keys, ip.and(k -> k.ipProtocol() == 0));
        }
        assertOften("tagged twice", keys, k -> k.etherType() == FrameParser.VLAN);
        assertOften("ARP", keys, k -> k.etherType() == FrameParser.ARP);
    }

    private static void assertOften(String what, List<FlowKey> keys, Predicate<FlowKey> kind) {
        long count = keys.stream().filter(kind).count();
        assertTrue(count * 100 >= FRAMES, what + " only " + count + " times in " + FRAMES);
    }

    @Test
    void wholeTcpPacketsShowTheirPortsWhateverOptionsAndTagsTheyCarry() {
        RandomPackets packets = seeded(3);
        for (int i = 0; i < FRAMES; i++) {
            boolean four = i % 2 == 0;
            FlowKey key =
                    FlowKey.parse(
                            four
                                    ? packets.tcp(SUBSCRIBER, SERVER, 40000, 25)
                                    : packets.tcp(SUBSCRIBER6, SERVER6, 40000, 25));
            assertEquals(
                    "6 40000 25",
                    key.ipProtocol() + " " + key.sourcePort() + " " + key.destinationPort());
        }
    }
}
