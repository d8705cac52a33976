package org.postern.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.onlab.packet.IpAddress;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.onosproject.net.DeviceId;
import org.onosproject.net.PortNumber;
import org.postern.fakeswitch.Packet;
import org.postern.fakeswitch.PacketBuilder;
import org.postern.policy.AccessDevice;
import org.postern.policy.Attachment;
import org.postern.policy.Infrastructure;
import org.postern.policy.Mode;
import org.postern.policy.NextHop;
import org.postern.policy.OutboundAction;
import org.postern.policy.Policy;
import org.postern.policy.PortRole;
import org.postern.policy.Quarantine;
import org.postern.policy.Remediation;
import org.postern.policy.ServiceClass;
import org.postern.policy.SubmissionServer;
import org.postern.policy.Subscriber;
import org.postern.policy.Verdict;

/**
 * A switch with subscribers of every class, the packets they send, and what becomes of those; for
 * tests that ask it.
 */
abstract class ServiceClassesOnTheSwitch {
    static final DeviceId DEVICE = DeviceId.deviceId("of:0000000000000001");
    static final long HOME = 1;
    static final long GUARDED = 2;
    static final long SEALED = 4;
    static final long SHARED = 6;
    static final long UNLISTED = 8;
    static final long UPLINK = 9;

    static final String MAC = "02:00:00:00:00:01";
    static final String GUARDED_MAC = "02:00:00:00:00:02";
    static final String GATEWAY = "02:00:00:00:00:fd";
    static final MacAddress PORTAL_MAC = MacAddress.valueOf("02:00:00:00:00:80");
    static final MacAddress RELAY_MAC = MacAddress.valueOf("02:00:00:00:00:25");

    static final String HERE = "10.64.0.7";
    static final String HERE_6 = "2001:db8:64::7";
    static final String GUARDED_HOST = "10.64.3.2";
    static final String GUARDED_HOST_6 = "2001:db8:64:3::2";
    static final String FOREIGN = "203.0.113.9";
    static final String FOREIGN_6 = "2001:db8:f00d::9";
    static final String SERVER = "198.51.100.25";
    static final String SERVER_6 = "2001:db8:51::25";
    static final String CONTACT = "192.0.2.65";
    static final String CONTACT_6 = "2001:db8:2:64::1";
    static final String UPDATES = "198.18.7.7";
    static final String PORTAL = "10.64.0.80";
    static final String RESOLVER = "192.0.2.53";

    static final ServiceClass GUARD = ServiceClass.named("guarded").sourceGuard(true).build();
    static final ServiceClass SEAL = ServiceClass.named("sealed").blockTunnels(true).build();
    static final ServiceClass STEER =
            ServiceClass.named("steered").outbound(OutboundAction.REDIRECT).relay("mx").build();
    static final ServiceClass WATCH =
            ServiceClass.named("watched")
                    .mode(Mode.MONITOR)
                    .sourceGuard(true)
                    .blockTunnels(true)
                    .build();

    final List<Subscriber> subscribers =
            new ArrayList<>(
                    List.of(
                            at("home", HOME).build(),
                            at("guarded", GUARDED)
                                    .serviceClass("guarded")
                                    .prefix(IpPrefix.valueOf("10.64.3.0/29"))
                                    .prefix(IpPrefix.valueOf(GUARDED_HOST_6 + "/128"))
                                    .mac(MacAddress.valueOf(GUARDED_MAC))
                                    .build(),
                            at("sealed", SEALED).serviceClass("sealed").build()));
    final Map<String, MacAddress> nextHops = new LinkedHashMap<>();
    List<IpAddress> resolvers = List.of();
    ServiceClass watch = WATCH;
    String byDefault = "residential";
    Mode deviceMode = Mode.ENFORCE;
    Set<Integer> etherTypes = Set.of();

    static Subscriber.Builder at(String id, Object place) {
        return Subscriber.builder(id).attachedAt(Attachment.parse(DEVICE + "/" + place));
    }

    AccessDevice device() {
        return new AccessDevice(
                DEVICE,
                Map.of(PortNumber.portNumber(UPLINK), PortRole.UPLINK),
                "default",
                deviceMode,
                etherTypes);
    }

    Policy policy() {
        return new Policy(
                new Infrastructure(
                        List.of(
                                new SubmissionServer(
                                        "smtp.isp.example",
                                        Set.of(
                                                IpAddress.valueOf(SERVER),
                                                IpAddress.valueOf(SERVER_6)),
                                        Set.of(25, 465, 587))),
                        List.of(
                                IpPrefix.valueOf("10.64.0.0/16"),
                                IpPrefix.valueOf("2001:db8:64::/48")),
                        List.of(GUARD, SEAL, STEER, watch),
                        byDefault,
                        List.of(
                                new NextHop(
                                        "mx",
                                        Set.of(IpAddress.valueOf("10.64.0.25")),
                                        null,
                                        Set.of())),
                        new Remediation(
                                new NextHop(
                                        "quarantine portal",
                                        Set.of(IpAddress.valueOf(PORTAL)),
                                        null,
                                        Set.of()),
                                List.of(
                                        IpPrefix.valueOf("192.0.2.64/28"),
                                        IpPrefix.valueOf("2001:db8:2:64::/64")),
                                List.of(IpPrefix.valueOf("198.18.7.0/24")),
                                resolvers)),
                List.of(device()),
                subscribers,
                List.of(),
                nextHops);
    }

    void assertBecomes(Verdict expected, long port, Packet... packets) {
        AccessSwitch tables = AccessSwitch.under(policy(), device());
        for (Packet packet : packets) {
            assertEquals(expected, tables.decide(packet, port), () -> tables.explain(packet, port));
        }
    }

    void assertPass(long port, Packet... packets) {
        assertBecomes(Verdict.PASS, port, packets);
    }

    void assertDropped(long port, Packet... packets) {
        assertBecomes(Verdict.DROP, port, packets);
    }

    static PacketBuilder frame() {
        return Packet.from(MAC).to(GATEWAY);
    }

    static PacketBuilder guardedFrame() {
        return Packet.from(GUARDED_MAC).to(GATEWAY);
    }

    /** From the subscriber's address of the same family. */
    static PacketBuilder to(String destination) {
        return frame().ip(
                        IpAddress.valueOf(destination.contains(":") ? HERE_6 : HERE),
                        IpAddress.valueOf(destination));
    }

    static Packet tcp(String destination, int port) {
        return to(destination).tcp(40_000, port).build();
    }

    static Packet udp(String destination, int port) {
        return to(destination).udp(40_000, port).build();
    }

    /** The same to several hosts. */
    static Packet[] tcp(int port, String... destinations) {
        return Arrays.stream(destinations).map(d -> tcp(d, port)).toArray(Packet[]::new);
    }

    static Packet arp(String mac, String sender) {
        return Packet.from(mac)
                .to("ff:ff:ff:ff:ff:ff")
                .arp(1, MacAddress.valueOf(mac), sender, "10.64.0.1")
                .build();
    }

    static Packet laterFragment(String destination, int protocol) {
        return to(destination).fragment(1480, false).raw(protocol, new byte[16]).build();
    }

    static Packet hiddenUpperLayer() {
        return to(FOREIGN_6)
                .fragment(0, true)
                .raw(
                        60, (byte) 6, (byte) 7, (byte) 1, (byte) 4, (byte) 0, (byte) 0, (byte) 0,
                        (byte) 0)
                .build();
    }

    /** ARP of another hardware type, of which Open vSwitch sees nothing. */
    static Packet unreadableArp() {
        byte[] arp = arp(MAC, HERE).bytes();
        byte[] content = Arrays.copyOfRange(arp, 14, arp.length);
        content[1] = 6;
        return Packet.from(MAC).to("ff:ff:ff:ff:ff:ff").ethernetPayload(0x0806, content).build();
    }

    static Packet unreadableAdvertisement() {
        return frame().ipv6("fe80::1", "ff02::1").neighbourAdvertisement("::").build();
    }

    static Packet ethernet(int etherType) {
        return frame().ethernetPayload(etherType, new byte[46]).build();
    }

    void quarantine(String depth) {
        subscribers.set(
                0,
                subscribers.get(0).toBuilder()
                        .quarantine(new Quarantine(depth, "spam", Instant.EPOCH, "noc"))
                        .build());
    }

    static Packet[] tunnels() {
        return new Packet[] {
            to(FOREIGN).raw(4, new byte[20]).build(),
            to(FOREIGN).raw(41, new byte[40]).build(),
            to(FOREIGN).gre().build(),
            to(FOREIGN).raw(97, new byte[20]).build(),
            to(FOREIGN).raw(115, new byte[20]).build(),
            to(FOREIGN_6).raw(4, new byte[20]).build(),
            to(FOREIGN_6).raw(41, new byte[40]).build(),
            to(FOREIGN_6).gre().build(),
            udp(FOREIGN, 3544)
        };
    }
}
