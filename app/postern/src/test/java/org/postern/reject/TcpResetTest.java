package org.postern.reject;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.onlab.packet.DeserializationException;
import org.onlab.packet.Ethernet;
import org.onlab.packet.IPv4;
import org.onlab.packet.IPv6;
import org.onlab.packet.IpAddress;
import org.onlab.packet.MacAddress;
import org.onlab.packet.TCP;

/** Answers are read, and their checksums computed anew, by ONOS's packet library. */
class TcpResetTest {
    @Provide
    Arbitrary<Segment> segments() {
        return Arbitraries.randomValue(Segment::random);
    }

    @Provide
    Arbitrary<Random> randoms() {
        return Arbitraries.randomValue(r -> new Random(r.nextLong()));
    }

    @Test
    void synIsAnsweredWithAResetThatAcknowledgesIt() throws DeserializationException {
        Segment syn = new Segment();
        syn.sequence = 0xffffffff;

        TCP reset = tcpOf(answer(syn));

        assertEquals(0, reset.getSequence());
        assertEquals(0, reset.getAcknowledge(), "one after the last number is the first");
        assertEquals(Segment.RST | Segment.ACK, reset.getFlags());
        assertEquals(25, reset.getSourcePort());
        assertEquals(40000, reset.getDestinationPort());
    }

    @Test
    void dataAndFinCountInWhatIsAcknowledged() throws DeserializationException {
        Segment segment = new Segment();
        segment.flags = Segment.SYN | Segment.FIN;
        segment.tcpOptions = 12;
        segment.data = 7;

        assertEquals(1009, tcpOf(answer(segment)).getAcknowledge());
    }

    @Test
    void segmentThatAcknowledgesIsAnsweredInItsOwnNumbers() throws DeserializationException {
        Segment segment = new Segment();
        segment.flags = Segment.ACK | Segment.PSH;
        segment.acknowledged = 77;
        segment.data = 100;

        TCP reset = tcpOf(answer(segment));

        assertEquals(77, reset.getSequence());
        assertEquals(0, reset.getAcknowledge());
        assertEquals(Segment.RST, reset.getFlags());
    }

    @Property(tries = 5000)
    void everyWholeSegmentIsAnsweredAsTheRfcSays(@ForAll("segments") Segment segment)
            throws DeserializationException {
        byte[] answer = answer(segment);
        TCP reset = tcpOf(answer);
        boolean acknowledges = (segment.flags & Segment.ACK) != 0;
        int length =
                segment.data
                        + ((segment.flags & Segment.SYN) != 0 ? 1 : 0)
                        + ((segment.flags & Segment.FIN) != 0 ? 1 : 0);

        assertEquals(
                acknowledges ? Segment.RST : Segment.RST | Segment.ACK, reset.getFlags(), "flags");
        assertEquals(acknowledges ? segment.acknowledged : 0, reset.getSequence(), "sequence");
        assertEquals(
                acknowledges ? 0 : segment.sequence + length,
                reset.getAcknowledge(),
                "acknowledged");
        assertEquals(segment.sourcePort, reset.getDestinationPort(), "port");
        assertEquals(0, reset.getWindowSize(), "window");
        assertEquals(5, reset.getDataOffset(), "words of header, no options");
        assertEquals(0, reset.getPayload().serialize().length, "data");
    }

    @Property(tries = 5000)
    void answersGoBackWithTagAndPriorityAndRightChecksums(@ForAll("segments") Segment segment)
            throws DeserializationException {
        byte[] frame = segment.frame();
        byte[] answer = answer(segment);
        int link = 12 + 4 * segment.tags.length + 2;

        assertArrayEquals(segment.sourceMac.toBytes(), Arrays.copyOf(answer, 6), "to the sender");
        assertArrayEquals(
                segment.destinationMac.toBytes(), Arrays.copyOfRange(answer, 6, 12), "from");
        assertArrayEquals(
                Arrays.copyOfRange(frame, 12, link),
                Arrays.copyOfRange(answer, 12, link),
                "tags with priorities, and type");
        hasRightChecksums(answer, link);
        if (segment.source.isIp4()) {
            IPv4 ip = IPv4.deserializer().deserialize(answer, link, answer.length - link);
            assertEquals(segment.destination.getIp4Address().toInt(), ip.getSourceAddress());
            assertEquals(segment.source.getIp4Address().toInt(), ip.getDestinationAddress());
            assertEquals(64, ip.getTtl());
            assertEquals(40, ip.getTotalLength());
            assertEquals(2, ip.getFlags(), "don't fragment");
            assertEquals(segment.trafficClass & 0xfc, ip.getDiffServ() & 0xff, "class, no ECN");
        } else {
            IPv6 ip = IPv6.deserializer().deserialize(answer, link, answer.length - link);
            assertArrayEquals(segment.destination.toOctets(), ip.getSourceAddress());
            assertArrayEquals(segment.source.toOctets(), ip.getDestinationAddress());
            assertEquals(64, ip.getHopLimit());
            assertEquals(segment.trafficClass & 0xfc, ip.getTrafficClass() & 0xff, "class, no ECN");
        }
    }

    /** What is cut off, or has one bit turned in what counts, was never sent by anybody. */
    @Property(tries = 3000)
    void noDamagedSegmentIsAnswered(
            @ForAll("segments") Segment segment, @ForAll("randoms") Random random) {
        segment.padding = 0;
        byte[] frame = segment.frame();
        assertFalse(
                TcpReset.to(Arrays.copyOf(frame, random.nextInt(frame.length))).isPresent(), "cut");

        int tcp = frame.length - 20 - segment.tcpOptions - segment.data;
        byte[] turned = frame.clone();
        turned[tcp + random.nextInt(frame.length - tcp)] ^= 1 << random.nextInt(8);
        assertFalse(TcpReset.to(turned).isPresent(), "one bit of the segment is wrong");

        if (segment.source.isIp4()) {
            byte[] header = frame.clone();
            int start = 14 + 4 * segment.tags.length;
            header[start + random.nextInt(tcp - start)] ^= 1 << random.nextInt(8);
            assertFalse(TcpReset.to(header).isPresent(), "one bit of the IPv4 header is wrong");
        }
    }

    @Property(tries = 20000)
    void arbitraryBytesNeitherFailNorAnswer(@ForAll("randoms") Random random) {
        byte[] bytes = new byte[random.nextInt(200)];
        random.nextBytes(bytes);
        if (bytes.length > 14 && random.nextBoolean()) {
            // past the first check, so that the others are met too
            ByteBuffer.wrap(bytes).putShort(12, (short) (random.nextBoolean() ? 0x0800 : 0x86dd));
            bytes[14] = (byte) (bytes[13] == 0 ? 0x45 : 0x60);
        }

        assertEquals(Optional.empty(), TcpReset.to(bytes));
    }

    @Property(tries = 500)
    void resetsAreNeverAnswered(@ForAll("segments") Segment segment) {
        segment.flags |= Segment.RST;

        assertFalse(TcpReset.to(segment.frame()).isPresent());
    }

    @Property(tries = 500)
    void answersAreNeverAnswered(@ForAll("segments") Segment segment) {
        segment.sourcePort = 25;

        assertFalse(TcpReset.to(answer(segment)).isPresent(), "or two would go on for ever");
    }

    @ParameterizedTest
    @ValueSource(ints = {24, 25, 26, 465, 587, 2525})
    void onlyWhatTableRejectSentIsAnswered(int port) {
        Segment segment = new Segment();
        segment.destinationPort = port;

        assertFalse(TcpReset.to(segment.frame()).isPresent());
    }

    static Stream<Arguments> noHosts() {
        return Stream.of(
                ips("0.0.0.0", "203.0.113.9"),
                ips("127.0.0.1", "203.0.113.9"),
                ips("224.0.0.1", "203.0.113.9"),
                ips("255.255.255.255", "203.0.113.9"),
                ips("100.64.0.1", "224.0.0.1"),
                ips("100.64.0.1", "255.255.255.255"),
                ips("203.0.113.9", "203.0.113.9"),
                ips("::", "2001:db8::9"),
                ips("::1", "2001:db8::9"),
                ips("::c000:201", "2001:db8::9"),
                ips("ff02::1", "2001:db8::9"),
                ips("2001:db8::1", "ff02::1"),
                macs("ff:ff:ff:ff:ff:ff", "02:00:00:00:00:02"),
                macs("01:00:5e:00:00:01", "02:00:00:00:00:02"),
                macs("00:00:00:00:00:00", "02:00:00:00:00:02"),
                macs("02:00:00:00:00:01", "ff:ff:ff:ff:ff:ff"),
                macs("02:00:00:00:00:01", "33:33:00:00:00:01"));
    }

    private static Arguments ips(String source, String destination) {
        Consumer<Segment> change =
                s -> {
                    s.source = IpAddress.valueOf(source);
                    s.destination = IpAddress.valueOf(destination);
                };
        return Arguments.of(source + " > " + destination, change);
    }

    private static Arguments macs(String source, String destination) {
        Consumer<Segment> change =
                s -> {
                    s.sourceMac = MacAddress.valueOf(source);
                    s.destinationMac = MacAddress.valueOf(destination);
                };
        return Arguments.of(source + " > " + destination, change);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("noHosts")
    void whatIsNotFromOneHostToAnotherIsNotAnswered(String name, Consumer<Segment> change) {
        Segment segment = new Segment();
        change.accept(segment);

        assertFalse(TcpReset.to(segment.frame()).isPresent(), name);
    }

    @Test
    void fragmentsAreNotAnswered() {
        byte[] ipv4 = new Segment().frame();
        ipv4[20] = 0x20;
        // what the header checksum loses by it
        ipv4[24] -= 0x20;
        Segment second = ipv6(44);
        byte[] more = second.frame();
        more[14 + 40 + 3] = 1;
        byte[] later = second.frame();
        later[14 + 40 + 3] = 8;

        assertTrue(TcpReset.to(second.frame()).isPresent(), "an atomic one is none");
        assertFalse(TcpReset.to(ipv4).isPresent());
        assertFalse(TcpReset.to(more).isPresent());
        assertFalse(TcpReset.to(later).isPresent());
    }

    @Test
    void packetStillOnItsWayThroughARoutingHeaderIsNotAnswered() {
        byte[] frame = ipv6(43).frame();
        frame[14 + 40 + 3] = 1;

        assertFalse(TcpReset.to(frame).isPresent());
    }

    @ParameterizedTest
    @ValueSource(ints = {50, 51, 59, 135, 139, 140, 253})
    void whatHidesOrSecuresTheSegmentIsNotAnswered(int extension) {
        assertFalse(TcpReset.to(ipv6(extension).frame()).isPresent());
    }

    @Test
    void thirdTagIsNotLookedInto() {
        Segment segment = new Segment();
        segment.tags = new int[] {0x88a80001, 0x81000002, 0x81000003};

        assertFalse(TcpReset.to(segment.frame()).isPresent());
    }

    private static Segment ipv6(int... extensions) {
        Segment segment = new Segment();
        segment.source = IpAddress.valueOf("2001:db8:64::1");
        segment.destination = IpAddress.valueOf("2001:db8:99::9");
        segment.extensions = extensions;
        return segment;
    }

    private static byte[] answer(Segment segment) {
        return TcpReset.to(segment.frame()).orElseThrow();
    }

    private static TCP tcpOf(byte[] frame) throws DeserializationException {
        int at = 12;
        int type = ByteBuffer.wrap(frame).getShort(at) & 0xffff;
        while (type == 0x8100 || type == 0x88a8) {
            at += 4;
            type = ByteBuffer.wrap(frame).getShort(at) & 0xffff;
        }
        byte[] untagged = new byte[frame.length - at + 12];
        System.arraycopy(frame, 0, untagged, 0, 12);
        System.arraycopy(frame, at, untagged, 12, frame.length - at);
        Ethernet ethernet = Ethernet.deserializer().deserialize(untagged, 0, untagged.length);
        return (TCP) ethernet.getPayload().getPayload();
    }

    /**
     * RFC 1071: what has its right checksum sums up to nought, modulo 65535. (ONOS's own packets
     * fold the carry once only, which is wrong by one now and then.)
     */
    private static void hasRightChecksums(byte[] frame, int link) {
        ByteBuffer packet = ByteBuffer.wrap(frame);
        boolean four = packet.getShort(link - 2) == 0x0800;
        int tcp = link + (four ? 20 : 40);
        if (four) {
            assertEquals(0, words(frame, link, 20) % 0xffff, "checksum of the IPv4 header");
        }
        int addresses = four ? 8 : 32;
        long pseudo = words(frame, tcp - addresses, addresses) + 6 + (frame.length - tcp);
        assertEquals(
                0, (pseudo + words(frame, tcp, frame.length - tcp)) % 0xffff, "checksum of TCP");
    }

    private static long words(byte[] bytes, int from, int length) {
        long sum = 0;
        for (int i = 0; i < length; i++) {
            sum += (bytes[from + i] & 0xffL) << (i % 2 == 0 ? 8 : 0);
        }
        return sum;
    }
}
