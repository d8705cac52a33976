package org.postern.policy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.onlab.packet.IpAddress;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.onlab.packet.VlanId;
import org.onosproject.net.ConnectPoint;
import org.onosproject.net.DeviceId;
import org.onosproject.net.PortNumber;
import org.postern.policy.TruePacket.Kind;
import org.postern.policy.TruePacket.Piece;

/**
 * Random policies of one small world, and packets between its hosts, biased towards what decides a
 * mail policy. Policies are those the managers accept: no two subscribers share an attachment, a
 * MAC or a part of a prefix, and attachments are on access ports. Subscribers that could not be
 * told apart ({@link Identification#flaw}) do occur, as they do after a change of the
 * infrastructure.
 */
public final class RandomPolicies {
    private static final Instant LATER = Instant.parse("2030-01-01T00:00:00Z");
    private static final int DEVICES = 3;
    private static final int HIGHEST_PORT = 9;
    private static final List<Integer> VLANS = List.of(100, 100, 200, 300);

    /** Within an outer VLAN; one is an outer VLAN's number too. */
    private static final List<Integer> INNER_VLANS = List.of(7, 7, 8, 100);

    /** Where those who share a VLAN are told by an inner one, not by a source. */
    private static final int PAIRED_PORT = 3;

    /** Disjoint, so that any of them may go to any subscriber. */
    private static final List<String> PREFIXES =
            List.of(
                    "10.64.1.0/24",
                    "10.64.2.7/32",
                    "10.65.0.0/16",
                    "192.0.2.0/28",
                    "2001:db8:64:1::/64",
                    "2001:db8:64:2::/64",
                    "2001:db8:65::/48",
                    "2001:db8:99::/64");

    private static final List<String> POOLS =
            List.of(
                    "10.64.0.0/16",
                    "10.64.2.0/24",
                    "10.65.3.0/24",
                    "2001:db8:64::/48",
                    "2001:db8:65:3::/64");

    private static final List<String> SERVERS =
            List.of("198.51.100.25", "198.51.100.26", "2001:db8:51::25", "2001:db8:51::26");

    private static final List<String> HOSTS_4 =
            List.of(
                    "10.64.1.9",
                    "10.64.2.7",
                    "10.64.2.8",
                    "10.64.200.1",
                    "10.65.3.3",
                    "10.65.9.9",
                    "192.0.2.5",
                    "203.0.113.9",
                    "198.51.100.25",
                    "198.51.100.26");

    private static final List<String> HOSTS_6 =
            List.of(
                    "2001:db8:64:1::9",
                    "2001:db8:64:2::7",
                    "2001:db8:64:f::1",
                    "2001:db8:65:3::3",
                    "2001:db8:65:9::9",
                    "2001:db8:99::5",
                    "2001:db8:f00d::9",
                    "2001:db8:51::25",
                    "2001:db8:51::26");

    /** Where exemptions may lead: some within another, some to subscribers and servers. */
    private static final List<String> DESTINATIONS =
            List.of(
                    "203.0.113.9/32",
                    "203.0.113.0/24",
                    "10.64.0.0/16",
                    "10.65.3.3/32",
                    "192.0.2.0/28",
                    "198.51.100.26/32",
                    "2001:db8:f00d::9/128",
                    "2001:db8::/32",
                    "2001:db8:64:f::/64",
                    "2001:db8:65:3::3/128");

    private static final MacAddress RELAY_MAC = MacAddress.valueOf("02:00:00:00:02:25");
    private static final MacAddress PORTAL_MAC = MacAddress.valueOf("02:00:00:00:02:80");

    /** The first two are in every policy, the others now and then. */
    private static final List<ServiceClass> CLASSES =
            List.of(
                    new ServiceClass("silent", OutboundAction.DROP, InboundRule.DROP),
                    new ServiceClass("sender", OutboundAction.ALLOW, InboundRule.DROP),
                    new ServiceClass("residential", OutboundAction.ALLOW, InboundRule.ALLOW),
                    new ServiceClass("business", OutboundAction.DROP, InboundRule.ALLOW));

    /** Classes that do more; each takes the place of one that every policy has. */
    private static final List<ServiceClass.Builder> RICHER =
            List.of(
                    ServiceClass.named("silent").outbound(OutboundAction.REJECT),
                    ServiceClass.named("silent").outbound(OutboundAction.REDIRECT).relay("relay"),
                    ServiceClass.named("silent")
                            .outbound(OutboundAction.REDIRECT)
                            .relay("relay")
                            .fallback(OutboundAction.ALLOW),
                    ServiceClass.named("residential")
                            .outbound(OutboundAction.REDIRECT)
                            .relay("relay"),
                    ServiceClass.named("residential").outbound(OutboundAction.REJECT),
                    ServiceClass.named("residential").mode(Mode.MONITOR).inbound(InboundRule.DROP),
                    ServiceClass.named("silent").mode(Mode.MONITOR).inbound(InboundRule.DROP),
                    ServiceClass.named("silent").sourceGuard(true),
                    ServiceClass.named("business").outbound(OutboundAction.ALLOW).sourceGuard(true),
                    ServiceClass.named("sender")
                            .outbound(OutboundAction.ALLOW)
                            .sourceGuard(true)
                            .inbound(InboundRule.DROP),
                    ServiceClass.named("sender").sourceGuard(true).blockTunnels(true),
                    ServiceClass.named("silent").blockTunnels(true),
                    ServiceClass.named("residential").blockTunnels(true));

    private static final List<String> CLASS_NAMES =
            List.of("residential", "residential", "business", "business", "silent", "sender");

    private final Random random;
    private final boolean plain;

    /** Whether much is about pairs of tags. */
    private final boolean paired;

    /**
     * Creates a generator.
     *
     * @param random where its choices come from
     */
    public RandomPolicies(Random random) {
        this(random, false);
    }

    private RandomPolicies(Random random, boolean plain) {
        this.random = random;
        this.plain = plain;
        this.paired = !plain && oneIn(3);
    }

    /**
     * Creates a generator of policies that drop or allow, and do nothing else.
     *
     * @param random where its choices come from
     * @return a generator
     */
    public static RandomPolicies plain(Random random) {
        return new RandomPolicies(random, true);
    }

    /** As {@link #oneIn}, but never in a plain policy. */
    private boolean richerOneIn(int chances) {
        return !plain && oneIn(chances);
    }

    /**
     * Draws a policy.
     *
     * @return a policy of one to three devices and none to six subscribers
     */
    public Policy policy() {
        Infrastructure infrastructure = infrastructure();
        List<AccessDevice> devices = new ArrayList<>();
        for (int i = 1; i <= 1 + random.nextInt(DEVICES); i++) {
            devices.add(device(i));
        }
        List<Subscriber> subscribers = subscribers(devices);
        return Policy.builder()
                .infrastructure(infrastructure)
                .devices(devices)
                .subscribers(subscribers)
                .suspensions(suspensions(infrastructure))
                .nextHops(nextHops())
                .refusedRelays(!plain && oneIn(4) ? Set.of("relay") : Set.of())
                .exemptions(exemptions(subscribers))
                .build();
    }

    /**
     * Draws exemptions.
     *
     * @param subscribers who may be exempted
     * @return some for half of them, of every kind, and one of nobody
     */
    public List<Exemption> exemptions(Collection<Subscriber> subscribers) {
        List<Exemption> exemptions = new ArrayList<>();
        exemptions.add(exemption("none", 0).subscriber("nobody").build());
        for (Subscriber subscriber : subscribers) {
            for (int n = oneIn(2) ? 1 + random.nextInt(3) : 0; n > 0; n--) {
                exemptions.add(
                        exemption(subscriber.id() + "-" + n, n)
                                .subscriber(subscriber.id())
                                .build());
            }
        }
        return shuffled(exemptions);
    }

    private Exemption.Builder exemption(String id, int day) {
        Exemption.Builder exemption =
                Exemption.builder(id)
                        .reason("test")
                        .by("karaf")
                        .from(Instant.EPOCH.plus(Duration.ofDays(day)))
                        .until(LATER);
        if (oneIn(5)) {
            return exemption;
        }
        if (oneIn(3)) {
            return exemption.serviceClass(
                    oneIn(6) ? pick(List.of("gone", "quarantined")) : pick(CLASS_NAMES));
        }
        shuffled(DESTINATIONS)
                .subList(0, 1 + random.nextInt(4))
                .forEach(p -> exemption.destination(IpPrefix.valueOf(p)));
        return exemption;
    }

    private Infrastructure infrastructure() {
        List<SubmissionServer> servers = new ArrayList<>();
        for (String address : some(SERVERS)) {
            servers.add(
                    new SubmissionServer(
                            "smtp" + servers.size(),
                            Set.of(IpAddress.valueOf(address)),
                            Set.of(25, 465, 587)));
        }
        List<IpPrefix> pools = new ArrayList<>();
        some(POOLS).forEach(p -> pools.add(IpPrefix.valueOf(p)));
        List<ServiceClass> classes = new ArrayList<>(CLASSES.subList(0, 2));
        if (oneIn(6)) {
            classes.addAll(some(CLASSES.subList(2, CLASSES.size())));
        }
        if (richerOneIn(2)) {
            shuffled(RICHER).subList(0, 1 + random.nextInt(3)).forEach(c -> classes.add(c.build()));
        }
        return new Infrastructure(
                servers,
                pools,
                classes,
                oneIn(2) ? "residential" : pick(CLASS_NAMES),
                List.of(
                        new NextHop(
                                "relay", Set.of(IpAddress.valueOf("10.64.0.25")), null, Set.of())),
                remediation());
    }

    private Remediation remediation() {
        if (oneIn(2)) {
            return Remediation.NONE;
        }
        return new Remediation(
                oneIn(2)
                        ? null
                        : new NextHop(
                                "portal", Set.of(IpAddress.valueOf("10.64.2.8")), null, Set.of()),
                some(List.of(IpPrefix.valueOf("203.0.113.9/32"))),
                some(List.of(IpPrefix.valueOf("2001:db8:f00d::/48"))),
                some(List.of(IpAddress.valueOf("10.65.9.9"))));
    }

    private Map<String, MacAddress> nextHops() {
        Map<String, MacAddress> reachable = new HashMap<>();
        if (!plain && !oneIn(4)) {
            reachable.put("relay", RELAY_MAC);
        }
        if (!plain && !oneIn(4)) {
            reachable.put("portal", PORTAL_MAC);
        }
        return reachable;
    }

    private AccessDevice device(int number) {
        Map<PortNumber, PortRole> roles = new HashMap<>();
        for (int port = 1; port <= HIGHEST_PORT; port++) {
            PortRole role = PortRole.ACCESS;
            if (port == HIGHEST_PORT) {
                role = oneIn(6) ? PortRole.TRANSIT : PortRole.UPLINK;
            } else if (port == HIGHEST_PORT - 1) {
                role = pick(List.of(PortRole.values()));
            } else if (port == HIGHEST_PORT - 2 && oneIn(2)) {
                role = PortRole.SERVER;
            }
            if (role != PortRole.ACCESS || oneIn(2)) {
                roles.put(PortNumber.portNumber(port), role);
            }
        }
        return new AccessDevice(
                        DeviceId.deviceId("of:000000000000000" + number),
                        roles,
                        oneIn(4) ? "east" : "default",
                        richerOneIn(10) ? Mode.MONITOR : Mode.ENFORCE,
                        Set.of())
                .withOuterTag(oneIn(2) ? 0x88a8 : 0x8100);
    }

    private List<Subscriber> subscribers(List<AccessDevice> devices) {
        List<String> prefixes = new ArrayList<>(PREFIXES);
        Collections.shuffle(prefixes, random);
        List<MacAddress> macs = new ArrayList<>();
        for (int i = 1; i <= 6; i++) {
            macs.add(mac(i));
        }
        AccessDevice gone = device(DEVICES + 1);
        Set<Attachment> taken = new LinkedHashSet<>();
        List<Subscriber> subscribers = new ArrayList<>();
        int wanted = random.nextInt(7);
        for (int i = 0; i < wanted; i++) {
            Subscriber.Builder subscriber =
                    Subscriber.builder("s" + i)
                            .serviceClass(oneIn(20) ? "forgotten" : pick(CLASS_NAMES))
                            .mode(richerOneIn(12) ? Mode.MONITOR : Mode.ENFORCE)
                            .quarantine(richerOneIn(6) ? quarantine() : null);
            boolean attached = false;
            for (int n = oneIn(3) ? 2 : 1; n > 0; n--) {
                Attachment attachment = attachment(oneIn(8) ? gone : pick(devices));
                if (attachment != null && taken.add(attachment)) {
                    subscriber.attachedAt(attachment);
                    attached = true;
                }
            }
            for (int n = random.nextInt(3); n > 0 && !prefixes.isEmpty(); n--) {
                subscriber.prefix(IpPrefix.valueOf(prefixes.remove(0)));
            }
            if (oneIn(3)) {
                subscriber.mac(macs.remove(0));
            }
            if (attached) {
                subscribers.add(subscriber.build());
            }
        }
        return subscribers;
    }

    private Quarantine quarantine() {
        return new Quarantine(
                oneIn(2) ? "quarantined" : "walled-garden", "spam", Instant.EPOCH, "karaf");
    }

    /** Few ports and VLANs, so that subscribers often share them. */
    private Attachment attachment(AccessDevice device) {
        PortNumber port =
                PortNumber.portNumber(
                        paired && !oneIn(4)
                                ? PAIRED_PORT
                                : 1 + random.nextInt(oneIn(4) ? HIGHEST_PORT : 3));
        if (device.roleOf(port) != PortRole.ACCESS) {
            return null;
        }
        ConnectPoint point = new ConnectPoint(device.id(), port);
        Attachment line =
                oneIn(paired ? 8 : 2)
                        ? Attachment.port(point)
                        : Attachment.vlan(point, VlanId.vlanId(pick(VLANS).shortValue()));
        boolean mayBePair = !plain && port.toLong() == PAIRED_PORT && line.vlan().isPresent();
        if (mayBePair && !oneIn(4)) {
            VlanId inner = VlanId.vlanId(pick(INNER_VLANS).shortValue());
            return Attachment.pair(point, line.vlan().get(), inner);
        }
        if (mayBePair || !richerOneIn(5)) {
            return line;
        }
        // of those that share a line all are told by prefix, or all by MAC
        return port.toLong() % 2 == 0
                ? line.from(mac(1 + random.nextInt(6)))
                : line.from(IpPrefix.valueOf(pick(PREFIXES)));
    }

    private List<Suspension> suspensions(Infrastructure infrastructure) {
        List<Suspension> suspensions = new ArrayList<>();
        if (oneIn(8)) {
            suspensions.add(
                    Suspension.ofClass(
                            pick(new ArrayList<>(infrastructure.classes().keySet())),
                            LATER,
                            "test",
                            "karaf"));
        }
        if (oneIn(12)) {
            suspensions.add(
                    Suspension.ofDevice(
                            DeviceId.deviceId("of:0000000000000001"), LATER, "test", "karaf"));
        }
        if (oneIn(40)) {
            suspensions.add(Suspension.everywhere(LATER, "test", "karaf"));
        }
        return suspensions;
    }

    /**
     * Draws an access device of a policy.
     *
     * @param policy a policy with at least one device
     * @return one of its devices
     */
    public AccessDevice deviceOf(Policy policy) {
        return pick(new ArrayList<>(policy.devices().values()));
    }

    /**
     * Draws a packet as {@link #packet()} does, now and then mail from somebody's attachment to
     * where somebody is exempted to.
     *
     * @param policy a policy
     * @param device an access device of it
     * @return the packet
     */
    public TruePacket packet(Policy policy, AccessDevice device) {
        List<IpPrefix> destinations = new ArrayList<>();
        policy.exemptions().forEach(e -> destinations.addAll(e.destinations()));
        List<Attachment> places = new ArrayList<>();
        policy.subscribersOf(device.id()).forEach(s -> places.addAll(s.attachments()));
        if (destinations.isEmpty() || places.isEmpty() || !oneIn(4)) {
            return packet();
        }
        IpPrefix to = pick(destinations);
        Attachment from = pick(places);
        List<String> hosts = new ArrayList<>(to.isIp4() ? HOSTS_4 : HOSTS_6);
        String sender = pick(hosts);
        hosts.removeIf(host -> !to.contains(IpAddress.valueOf(host)));
        TruePacket mail =
                TruePacket.tcp(from.port().toLong(), sender, 40000, pick(hosts), 25)
                        .fromMac(from.sourceMac().orElse(mac(1 + random.nextInt(6))))
                        .seenBehindTags(2);
        int vlan = from.vlan().map(v -> (int) v.toShort()).orElseGet(() -> pick(VLANS));
        if (from.customerVlan().isPresent() || from.vlan().isPresent() && oneIn(4)) {
            mail = mail.tagged(vlan, pick(INNER_VLANS));
        } else if (from.vlan().isPresent() || oneIn(2)) {
            mail = mail.tagged(vlan);
        }
        Piece hidden = to.isIp4() ? Piece.LATER : Piece.HIDDEN_FIRST;
        return oneIn(2) ? mail : mail.piece(pick(List.of(Piece.FIRST, hidden)));
    }

    /**
     * Draws a packet: any port of the device, any two hosts of one family, mostly TCP and mostly
     * mail, now and then tagged, fragmented or with options.
     *
     * @return the packet
     */
    public TruePacket packet() {
        boolean six = random.nextBoolean();
        List<String> hosts = six ? HOSTS_6 : HOSTS_4;
        TruePacket packet =
                tags(
                        TruePacket.tcp(
                                paired && oneIn(2)
                                        ? PAIRED_PORT
                                        : 1 + random.nextInt(HIGHEST_PORT + 1),
                                pick(hosts),
                                port(),
                                pick(hosts),
                                port()));
        if (oneIn(4)) {
            packet = packet.as(pick(List.of(Kind.values())));
        }
        if (oneIn(4)) {
            packet = packet.piece(pick(List.of(Piece.values())));
            boolean sixOnly =
                    packet.piece() == Piece.ATOMIC || packet.piece() == Piece.HIDDEN_FIRST;
            if (sixOnly && !six) {
                packet = packet.piece(Piece.FIRST);
            }
        }
        return oneIn(4) ? packet.extended() : packet;
    }

    /**
     * Draws a mail client's packet to a submission port, from an access port of a device to any
     * host.
     *
     * @param device an access device
     * @return TCP to port 587 or 465, in one piece
     */
    public TruePacket submission(AccessDevice device) {
        long inPort;
        do {
            inPort = 1 + random.nextInt(HIGHEST_PORT + 1);
        } while (device.roleOf(PortNumber.portNumber(inPort)) != PortRole.ACCESS);
        List<String> hosts = random.nextBoolean() ? HOSTS_6 : HOSTS_4;
        TruePacket packet =
                tags(
                        TruePacket.tcp(
                                inPort, pick(hosts), port(), pick(hosts), oneIn(2) ? 587 : 465));
        return oneIn(4) ? packet.extended() : packet;
    }

    private TruePacket tags(TruePacket plain) {
        TruePacket packet = oneIn(3) ? plain.toMac(mac(1 + random.nextInt(6))) : plain;
        if (oneIn(3)) {
            packet = packet.fromMac(oneIn(6) ? RELAY_MAC : mac(1 + random.nextInt(6)));
        }
        if (oneIn(2)) {
            packet = packet.tagged(pick(VLANS));
        } else if (oneIn(12)) {
            packet = packet.tagged(0);
        } else if (oneIn(20)) {
            packet = packet.tagged(pick(VLANS), pick(VLANS));
        }
        if (packet.inPort().toLong() == PAIRED_PORT && !oneIn(paired ? 6 : 3)) {
            packet = packet.tagged(oneIn(20) ? 0 : pick(VLANS), oneIn(12) ? 0 : pick(INNER_VLANS));
        }
        if (oneIn(20)) {
            packet = packet.tagged(pick(VLANS), pick(INNER_VLANS), pick(VLANS));
        }
        return packet.seenBehindTags(oneIn(4) ? 1 : 2);
    }

    private int port() {
        return oneIn(20)
                ? random.nextInt(65536)
                : pick(List.of(25, 25, 25, 25, 25, 587, 465, 80, 53, 123, 40000, 40000, 0));
    }

    private static MacAddress mac(int number) {
        return MacAddress.valueOf("02:00:00:00:01:0" + number);
    }

    /**
     * Draws the name of a class that every policy of this generator has.
     *
     * @return a class name
     */
    public String className() {
        return pick(CLASS_NAMES);
    }

    /**
     * Draws a subset.
     *
     * @param all what to choose from
     * @param <T> of what
     * @return some of it, in the same order; now and then all or nothing
     */
    public <T> List<T> some(List<T> all) {
        int eighths = random.nextInt(9);
        List<T> chosen = new ArrayList<>(all);
        chosen.removeIf(x -> random.nextInt(8) >= eighths);
        return chosen;
    }

    /**
     * Draws an order.
     *
     * @param all what to order
     * @param <T> of what
     * @return the same things in a random order
     */
    public <T> List<T> shuffled(List<T> all) {
        List<T> copy = new ArrayList<>(all);
        Collections.shuffle(copy, random);
        return copy;
    }

    /**
     * Draws one.
     *
     * @param choices at least one
     * @param <T> of what
     * @return one of them
     */
    public <T> T pick(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    private boolean oneIn(int chances) {
        return random.nextInt(chances) == 0;
    }
}
