package org.postern.fakeswitch;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.onlab.packet.IpAddress;
import org.onlab.packet.MacAddress;

/**
 * Random frames, biased towards what decides a mail policy: TCP to and from ports 25, 587, 465 and
 * 80 over both families, to and from given addresses, with fragments, VLAN tags, IPv6 extension
 * headers, tunnels and damaged frames. The same seed gives the same frames. With jqwik: {@code
 * Arbitraries.randomValue(random -> new RandomPackets(random, ...).next())}.
 */
public final class RandomPackets {
    private static final ImmutableList<Integer> PORTS =
            ImmutableList.of(25, 25, 25, 25, 587, 465, 80, 24, 26, 0, 40000);
    private static final ImmutableList<Integer> VLANS = ImmutableList.of(0, 100, 100, 200, 4095);
    private static final ImmutableList<Integer> OTHER_PROTOCOLS =
            ImmutableList.of(0, 2, 33, 43, 44, 51, 59, 60, 132, 255);
    private static final ImmutableList<Integer> OTHER_TYPES =
            ImmutableList.of(0x88cc, 0x8863, 0x9100, 0x0026, 0x22f3);

    private final Random random;
    private final List<IpAddress> ipv4;
    private final List<IpAddress> ipv6;
    private final List<MacAddress> macs;

    /**
     * Creates a generator whose frames follow from a seed.
     *
     * @param seed any number
     * @param addresses source and destination addresses to choose from (servers, subscribers, the
     *     outside), at least one of each family
     * @param macs Ethernet addresses to choose from, at least one
     */
    public RandomPackets(
            long seed, Collection<? extends IpAddress> addresses, Collection<MacAddress> macs) {
        this(new Random(seed), addresses, macs);
    }

    /**
     * Creates a generator that draws from a given source of randomness.
     *
     * @param random the source
     * @param addresses source and destination addresses to choose from (servers, subscribers, the
     *     outside), at least one of each family
     * @param macs Ethernet addresses to choose from, at least one
     */
    public RandomPackets(
            Random random, Collection<? extends IpAddress> addresses, Collection<MacAddress> macs) {
        this.random = random;
        this.ipv4 =
                addresses.stream()
                        .filter(IpAddress::isIp4)
                        .collect(Collectors.toUnmodifiableList());
        this.ipv6 =
                addresses.stream()
                        .filter(IpAddress::isIp6)
                        .collect(Collectors.toUnmodifiableList());
        this.macs = ImmutableList.copyOf(macs);
        checkArgument(
                !ipv4.isEmpty() && !ipv6.isEmpty() && !macs.isEmpty(),
                "addresses of both families are needed");
    }

    /**
     * Returns as many frames as are asked for.
     *
     * @return an endless stream
     */
    public Stream<Packet> stream() {
        return Stream.generate(this::next);
    }

    /**
     * Returns a frame of any kind, well formed or not.
     *
     * @return the next frame
     */
    public Packet next() {
        PacketBuilder frame = Packet.from(pick(macs)).to(pick(macs));
        tags(frame);
        int kind = random.nextInt(20);
        if (kind == 0) {
            frame.arp(
                    1 + random.nextInt(2),
                    pick(macs),
                    pick(ipv4).toString(),
                    pick(ipv4).toString());
        } else if (kind == 1) {
            frame.ethernetPayload(pick(OTHER_TYPES), bytes(random.nextInt(60)));
        } else {
            tunnel(frame);
            datagram(frame);
        }
        damage(frame);
        return frame.build();
    }

    /**
     * Returns a well-formed TCP packet, in one piece and without a tunnel, that must be judged by
     * its ports: with at most one VLAN tag and with any IPv4 options or IPv6 extension headers.
     *
     * @param from source address
     * @param to destination address of the same family
     * @param sourcePort source port
     * @param destinationPort destination port
     * @return the frame
     */
    public Packet tcp(IpAddress from, IpAddress to, int sourcePort, int destinationPort) {
        PacketBuilder frame = Packet.from(pick(macs)).to(pick(macs));
        if (oneIn(4)) {
            frame.vlan(pick(VLANS));
        }
        frame.ip(from, to);
        if (from.isIp4()) {
            ipv4Options(frame);
        } else {
            extensionHeaders(frame);
        }
        frame.tcp(sourcePort, destinationPort, random.nextInt(256), 4 * random.nextInt(11));
        return frame.payload(random.nextInt(40)).build();
    }

    private void tags(PacketBuilder frame) {
        for (int more = 4; oneIn(more); more = 3) {
            if (oneIn(4)) {
                frame.serviceVlan(pick(VLANS));
            } else {
                frame.vlan(pick(VLANS));
            }
        }
    }

    private void tunnel(PacketBuilder frame) {
        switch (random.nextInt(30)) {
            case 0:
                frame.pppoe(1 + random.nextInt(9));
                break;
            case 1:
                frame.mpls(random.nextInt(1 << 20));
                break;
            case 2:
                frame.ip(pick(ipv4), pick(ipv4));
                break;
            case 3:
                frame.ip(pick(ipv4), pick(ipv4)).gre();
                break;
            case 4:
                frame.ip(pick(ipv6), pick(ipv6));
                break;
            default:
                break;
        }
    }

    private void datagram(PacketBuilder frame) {
        boolean six = random.nextBoolean();
        boolean later = false;
        if (six) {
            frame.ip(pick(ipv6), pick(ipv6));
            extensionHeaders(frame);
            if (oneIn(3)) {
                later = fragment(frame);
                extensionHeaders(frame);
            }
        } else {
            frame.ip(pick(ipv4), pick(ipv4));
            ipv4Options(frame);
            if (oneIn(3)) {
                later = fragment(frame);
            }
        }
        if (later && oneIn(2)) {
            frame.raw(oneIn(4) ? FrameParser.UDP : FrameParser.TCP, bytes(8 * random.nextInt(12)));
        } else {
            transport(frame, six);
        }
    }

    /** Returns whether it is a later fragment. */
    private boolean fragment(PacketBuilder frame) {
        boolean later = random.nextBoolean();
        frame.fragment(
                later ? 8 * (1 + random.nextInt(200)) : 0,
                later ? random.nextBoolean() : !oneIn(4));
        return later;
    }

    private void ipv4Options(PacketBuilder frame) {
        if (oneIn(5)) {
            frame.options(4 * random.nextInt(11));
        }
        if (oneIn(3)) {
            frame.dontFragment();
        }
    }

    private void extensionHeaders(PacketBuilder frame) {
        while (oneIn(4)) {
            int length = 8 * (1 + random.nextInt(4));
            switch (random.nextInt(3)) {
                case 0:
                    frame.hopByHop(length);
                    break;
                case 1:
                    frame.destinationOptions(length);
                    break;
                default:
                    frame.routing(length);
                    break;
            }
        }
    }

    private void transport(PacketBuilder frame, boolean six) {
        switch (random.nextInt(12)) {
            case 0:
            case 1:
                frame.udp(port(), port());
                break;
            case 2:
                int type = pick(ImmutableList.of(128, 133, 134, 135, 135, 136, 1));
                if (six) {
                    frame.icmpv6(type, random.nextInt(2));
                } else {
                    frame.icmp(8, random.nextInt(2));
                }
                break;
            case 3:
                neighbour(frame);
                return;
            case 4:
                frame.raw(pick(OTHER_PROTOCOLS), bytes(random.nextInt(40)));
                break;
            case 5:
                // A first fragment, or a cut packet, may carry less than a whole TCP header.
                frame.raw(FrameParser.TCP, bytes(random.nextInt(20)));
                break;
            default:
                frame.tcp(
                        port(), port(), random.nextInt(256), oneIn(3) ? 4 * random.nextInt(11) : 0);
                break;
        }
        frame.payload(oneIn(2) ? 0 : random.nextInt(40));
    }

    private void neighbour(PacketBuilder frame) {
        if (oneIn(2)) {
            frame.neighbourSolicitation(pick(ipv6).toString());
        } else {
            frame.neighbourAdvertisement(pick(ipv6).toString());
        }
        if (oneIn(2)) {
            // A further link-layer address option, sometimes the second of its kind, which spoils
            // the message.
            byte[] option = bytes(8);
            option[0] = (byte) (1 + random.nextInt(2));
            option[1] = 1;
            frame.payload(option);
        }
    }

    private void damage(PacketBuilder frame) {
        if (oneIn(5)) {
            frame.padding(bytes(1 + random.nextInt(46)));
        }
        if (oneIn(10)) {
            frame.cut(1 + random.nextInt(50));
        }
        if (oneIn(10)) {
            frame.withByte(12 + random.nextInt(60), random.nextInt(256));
        }
    }

    private int port() {
        return oneIn(8) ? random.nextInt(65536) : pick(PORTS);
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private boolean oneIn(int chances) {
        return random.nextInt(chances) == 0;
    }

    private <T> T pick(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }
}
