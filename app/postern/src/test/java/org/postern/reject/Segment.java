package org.postern.reject;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Random;
import org.onlab.packet.IpAddress;
import org.onlab.packet.MacAddress;
import org.postern.compile.PuntRule;

/**
 * A TCP segment to be put into a frame, with right checksums, in every form that a subscriber may
 * send it in.
 */
final class Segment {
    static final int FIN = 1;
    static final int SYN = 2;
    static final int RST = 4;
    static final int PSH = 8;
    static final int ACK = 16;

    MacAddress sourceMac = MacAddress.valueOf("02:00:00:00:00:01");
    MacAddress destinationMac = MacAddress.valueOf("02:00:00:00:00:fe");
    int[] tags = {};
    IpAddress source = IpAddress.valueOf("100.64.0.1");
    IpAddress destination = IpAddress.valueOf("203.0.113.9");
    int trafficClass;
    int ipOptions;

    /** Protocol numbers of IPv6 extension headers, in order. */
    int[] extensions = {};

    int sourcePort = 40000;
    int destinationPort = PuntRule.PORT;
    int sequence = 1000;
    int acknowledged;
    int flags = SYN;
    int tcpOptions;
    int data;
    int padding;

    /** Draws one that deserves an answer. */
    static Segment random(Random random) {
        Segment segment = new Segment();
        boolean ipv6 = random.nextBoolean();
        if (ipv6) {
            segment.source = IpAddress.valueOf("2001:db8:64::" + hex(random));
            segment.destination = IpAddress.valueOf("2001:db8:" + hex(random) + "::9");
            int[] known = {0, 60, 43, 44};
            segment.extensions = random.ints(random.nextInt(4), 0, 4).map(i -> known[i]).toArray();
        } else {
            segment.source = IpAddress.valueOf("100.64.3." + random.nextInt(256));
            segment.destination = IpAddress.valueOf("203.0.113." + random.nextInt(256));
            segment.ipOptions = 4 * random.nextInt(11);
        }
        int[][] tags = {{}, {0x81000064}, {0x8100e000 | 4094}, {0x88a8a001, 0x81006064}};
        segment.tags = tags[random.nextInt(tags.length)];
        segment.trafficClass = random.nextInt(256);
        segment.sourcePort = random.nextInt(65536);
        segment.sequence = random.nextInt();
        segment.acknowledged = random.nextInt();
        segment.flags = random.nextInt(256) & ~RST;
        segment.tcpOptions = 4 * random.nextInt(11);
        segment.data = random.nextInt(4) == 0 ? random.nextInt(1200) : 0;
        segment.padding = random.nextInt(7);
        return segment;
    }

    private static String hex(Random random) {
        return Integer.toHexString(1 + random.nextInt(0xfffe));
    }

    byte[] frame() {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.writeBytes(destinationMac.toBytes());
        frame.writeBytes(sourceMac.toBytes());
        for (int tag : tags) {
            frame.writeBytes(ByteBuffer.allocate(4).putInt(tag).array());
        }
        byte[] tcp = tcp();
        frame.writeBytes(source.isIp4() ? ipv4(tcp) : ipv6(tcp));
        frame.writeBytes(new byte[padding]);
        return frame.toByteArray();
    }

    private byte[] ipv4(byte[] tcp) {
        int header = 20 + ipOptions;
        ByteBuffer packet = ByteBuffer.allocate(2 + header + tcp.length).putShort((short) 0x0800);
        packet.put((byte) (0x40 | header / 4)).put((byte) trafficClass);
        packet.putShort((short) (header + tcp.length)).putShort((short) 7).putShort((short) 0);
        packet.put((byte) 64).put((byte) 6).putShort((short) 0);
        packet.put(source.toOctets()).put(destination.toOctets());
        for (int i = 0; i < ipOptions; i++) {
            packet.put((byte) 1);
        }
        packet.putShort(12, (short) sum(packet.array(), 2, header, 0));
        return packet.put(tcp).array();
    }

    private byte[] ipv6(byte[] tcp) {
        ByteArrayOutputStream packet = new ByteArrayOutputStream();
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (int i = 0; i < extensions.length; i++) {
            int length = extensions[i] == 44 ? 8 : 8 * (1 + i);
            byte[] extension = new byte[length];
            extension[0] = (byte) (i + 1 < extensions.length ? extensions[i + 1] : 6);
            extension[1] = (byte) (extensions[i] == 44 ? 0 : length / 8 - 1);
            content.writeBytes(extension);
        }
        content.writeBytes(tcp);
        ByteBuffer header = ByteBuffer.allocate(42).putShort((short) 0x86dd);
        header.putInt(6 << 28 | trafficClass << 20 | 0x12345);
        header.putShort((short) content.size());
        header.put((byte) (extensions.length > 0 ? extensions[0] : 6)).put((byte) 64);
        header.put(source.toOctets()).put(destination.toOctets());
        packet.writeBytes(header.array());
        packet.writeBytes(content.toByteArray());
        return packet.toByteArray();
    }

    private byte[] tcp() {
        int header = 20 + tcpOptions;
        ByteBuffer tcp = ByteBuffer.allocate(header + data);
        tcp.putShort((short) sourcePort).putShort((short) destinationPort);
        tcp.putInt(sequence).putInt(acknowledged);
        tcp.put((byte) (header / 4 << 4)).put((byte) flags).putShort((short) 64240).putInt(0);
        for (int i = 0; i < tcpOptions; i++) {
            tcp.put((byte) 1);
        }
        for (int i = 0; i < data; i++) {
            tcp.put((byte) (i * 31));
        }
        int pseudo = 6 + tcp.capacity();
        pseudo += words(source.toOctets(), 0, source.toOctets().length);
        pseudo += words(destination.toOctets(), 0, destination.toOctets().length);
        tcp.putShort(16, (short) sum(tcp.array(), 0, tcp.capacity(), pseudo));
        return tcp.array();
    }

    private static int words(byte[] bytes, int from, int length) {
        int sum = 0;
        for (int i = 0; i < length; i += 2) {
            sum += (bytes[from + i] & 0xff) << 8;
            sum += i + 1 < length ? bytes[from + i + 1] & 0xff : 0;
        }
        return sum;
    }

    private static int sum(byte[] bytes, int from, int length, int start) {
        int sum = start + words(bytes, from, length);
        while (sum > 0xffff) {
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        return ~sum & 0xffff;
    }
}
