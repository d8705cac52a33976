package org.postern.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.onlab.packet.IpAddress;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.VlanId;
import org.onosproject.net.DeviceId;
import org.onosproject.net.PortNumber;
import org.postern.policy.AccessDevice;
import org.postern.policy.Attachment;
import org.postern.policy.InboundRule;
import org.postern.policy.Infrastructure;
import org.postern.policy.Policy;
import org.postern.policy.PortRole;
import org.postern.policy.RandomPolicies;
import org.postern.policy.ServiceClass;
import org.postern.policy.SubmissionServer;
import org.postern.policy.Subscriber;

/** Holds the formula of the guide, by which operators size their switches, against the compiler. */
class RulesPerDeviceTest {
    private static final int POLICIES = 3000;
    private static final Pattern ROW = Pattern.compile("\\| (.+) \\| (\\d+) \\|");

    private final Map<String, Integer> guide = guide();

    private static Map<String, Integer> guide() {
        Path file = Path.of(System.getProperty("basedir", "."), "..", "..", "docs", "guide.md");
        try {
            String text = Files.readString(file, StandardCharsets.UTF_8);
            Map<String, Integer> rows = new LinkedHashMap<>();
            text.substring(text.indexOf("\n## 7. Rules per device"))
                    .lines()
                    .map(ROW::matcher)
                    .filter(Matcher::matches)
                    .forEach(row -> rows.put(term(rows, row.group(1)), rules(row)));
            return rows;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int rules(Matcher row) {
        return Integer.parseInt(row.group(2));
    }

    /** A line that begins with a dash belongs to the last that does not. */
    private static String term(Map<String, Integer> before, String row) {
        if (!row.startsWith("–")) {
            return row;
        }
        return before.keySet().stream()
                        .filter(term -> !term.contains(" – "))
                        .reduce((first, second) -> second)
                        .orElseThrow()
                + " "
                + row;
    }

    @Test
    void aDeviceHasAsManyRulesAsTheGuideSays() {
        Set<String> occurred = new HashSet<>();
        for (int seed = 0; seed < POLICIES; seed++) {
            RandomPolicies choose = RandomPolicies.plain(new Random(seed));
            Policy drawn = choose.policy();
            Policy policy = drawn.withSuspensions(List.of());
            AccessDevice device = choose.deviceOf(policy);
            Map<String, Integer> counts = new Count(policy, device).terms();
            assertEquals(guide.keySet(), counts.keySet(), "the terms of the guide");
            assertEquals(
                    rules(counts),
                    AccessSwitch.rules(policy, device).size(),
                    () -> counts + " of " + device + ", " + policy.subscribers());
            counts.forEach((term, count) -> occurred.addAll(count > 0 ? Set.of(term) : Set.of()));
        }
        assertEquals(guide.keySet(), occurred, "every term was put to the test");
    }

    private int rules(Map<String, Integer> counts) {
        return counts.entrySet().stream()
                .mapToInt(term -> term.getValue() * guide.get(term.getKey()))
                .sum();
    }

    @Test
    void theExampleOfTheGuideIsRight() {
        DeviceId id = DeviceId.deviceId("of:0000000000000001");
        AccessDevice device =
                new AccessDevice(
                        id, Map.of(PortNumber.portNumber(5000), PortRole.UPLINK), "default");
        Stream<Subscriber> residential =
                Stream.iterate(1, n -> n + 1)
                        .limit(998)
                        .map(n -> Subscriber.builder("r" + n).attachedAt(at(id, n)).build());
        Stream<Subscriber> business =
                Stream.of(1, 2)
                        .map(
                                n ->
                                        Subscriber.builder("b" + n)
                                                .serviceClass("business")
                                                .attachedAt(at(id, 1000 + n))
                                                .prefix(IpPrefix.valueOf("10.64.0." + n + "/32"))
                                                .prefix(IpPrefix.valueOf("2001:db8::" + n + "/128"))
                                                .build());
        Policy policy =
                new Policy(
                        new Infrastructure(
                                List.of(
                                        new SubmissionServer(
                                                "smtp.isp.example",
                                                Set.of(
                                                        IpAddress.valueOf("198.51.100.25"),
                                                        IpAddress.valueOf("2001:db8:51::25")),
                                                Set.of(25))),
                                List.of(
                                        IpPrefix.valueOf("10.64.0.0/16"),
                                        IpPrefix.valueOf("2001:db8::/48")),
                                List.of(),
                                "residential"),
                        List.of(device),
                        Stream.concat(residential, business).collect(Collectors.toList()),
                        List.of());
        assertEquals(1041, AccessSwitch.rules(policy, device).size());
        assertEquals(1041, rules(new Count(policy, device).terms()));
    }

    @Test
    void aSuspensionAddsNoMoreThanTheGuideSays() {
        for (int seed = 0; seed < POLICIES; seed++) {
            RandomPolicies choose = RandomPolicies.plain(new Random(seed));
            Policy policy = choose.policy();
            if (policy.suspensions().stream().anyMatch(s -> s.serviceClass().isPresent())) {
                continue;
            }
            AccessDevice device = choose.deviceOf(policy);
            int more =
                    AccessSwitch.rules(policy, device).size()
                            - rules(new Count(policy, device).terms());
            assertTrue(more >= 0 && more <= 3, more + " more with " + policy.suspensions());
        }
    }

    private static Attachment at(DeviceId device, int port) {
        return Attachment.parse(device + "/" + port);
    }

    /** Counts on a device what the guide's table names, as an operator would. */
    private static final class Count {
        private final Policy policy;
        private final AccessDevice device;
        private final ServiceClass byDefault;
        private final List<IpPrefix> pools;
        private final Set<DeviceId> here;
        private final List<Subscriber> subscribers;

        private Count(Policy policy, AccessDevice device) {
            this.policy = policy;
            this.device = device;
            byDefault = policy.infrastructure().defaultClass();
            pools = policy.infrastructure().pools();
            here =
                    policy.devices().values().stream()
                            .filter(device::carriesTrafficOf)
                            .map(AccessDevice::id)
                            .collect(Collectors.toSet());
            subscribers =
                    policy.subscribers().values().stream()
                            .filter(
                                    s ->
                                            attachmentsHere(s).findAny().isPresent()
                                                    || s.attachments().stream()
                                                            .map(Attachment::device)
                                                            .anyMatch(
                                                                    d ->
                                                                            !policy.devices()
                                                                                    .containsKey(
                                                                                            d)))
                            .collect(Collectors.toList());
        }

        private Map<String, Integer> terms() {
            Map<String, Integer> terms = new LinkedHashMap<>();
            int outside = ports(PortRole.UPLINK) + ports(PortRole.SERVER);
            int dropping = attachments(false).size();
            String drops = "each attachment of a subscriber whose class drops";
            terms.put("every device", 1);
            terms.put("each uplink port", ports(PortRole.UPLINK));
            terms.put("each server port", ports(PortRole.SERVER));
            terms.put("each transit port", ports(PortRole.TRANSIT));
            terms.put(
                    "each address of a submission server, IPv4 or IPv6",
                    policy.infrastructure().servers().stream()
                            .mapToInt(s -> s.addresses().size())
                            .sum());
            terms.put(
                    "each address of a relay or the portal",
                    policy.infrastructure().nextHops().stream()
                            .mapToInt(h -> h.addresses().size())
                            .sum());
            terms.put("each pool prefix, IPv4 or IPv6", pools.size());
            terms.put(
                    "each contact prefix, and each address of the portal, of quarantines",
                    policy.infrastructure().remediation().help().size());
            terms.put(drops + " (its counter)", dropping);
            terms.put(
                    drops
                            + " (its counter) – if the port as a whole is a sender's, and this is a VLAN of it",
                    byDefault.allowsOutbound() ? 0 : (int) vlansOfSendersPorts());
            terms.put(
                    "each attachment of a subscriber whose class sends", attachments(true).size());
            terms.put(
                    "each prefix, in a pool, of a sender here",
                    sum(senders().flatMap(s -> s.prefixes().stream()).filter(this::isInAPool)));
            terms.put(
                    "each MAC address of a sender here",
                    sum(senders().flatMap(s -> s.macs().stream())));
            terms.put(
                    "each own VLAN of a sender here",
                    sum(senders().flatMap(s -> ownVlans(s).stream())));
            exempted(terms);
            String sends = "if the default class sends";
            terms.put(sends, byDefault.allowsOutbound() ? 1 : 0);
            terms.put(sends + " – " + drops, byDefault.allowsOutbound() ? dropping : 0);
            int times = byDefault.allowsOutbound() ? 1 : 0;
            terms.put(sends + " – each pool prefix, IPv4 or IPv6", times * pools.size());
            terms.put(
                    sends
                            + " – each part of a pool that a prefix names of a subscriber here whose class drops",
                    times
                            * sum(
                                    silent().flatMap(s -> s.prefixes().stream())
                                            .flatMap(
                                                    p ->
                                                            pools.stream()
                                                                    .filter(q -> meet(p, q))
                                                                    .map(
                                                                            q ->
                                                                                    p.contains(q)
                                                                                            ? q
                                                                                            : p))
                                            .distinct()));
            terms.put(
                    sends + " – each MAC address of such a subscriber, times pool prefixes",
                    times * pools.size() * sum(silent().flatMap(s -> s.macs().stream())));
            terms.put(
                    sends + " – each own VLAN of such a subscriber, times pool prefixes",
                    times * pools.size() * sum(silent().flatMap(s -> ownVlans(s).stream())));
            String inbound =
                    "if the default class, or the class of a subscriber here, has `inbound` drop";
            String such = " of a subscriber of such a class";
            boolean filtered =
                    dropsInbound(byDefault)
                            || subscribers.stream().anyMatch(s -> dropsInbound(policy.classOf(s)));
            terms.put(inbound, filtered ? 1 : 0);
            terms.put(inbound + " – each uplink or server port", filtered ? outside : 0);
            terms.put(
                    inbound + " – each prefix" + such,
                    sum(filtered().flatMap(s -> s.prefixes().stream())));
            terms.put(
                    inbound + " – each MAC address" + such,
                    sum(filtered().flatMap(s -> s.macs().stream())));
            terms.put(
                    inbound + " – each own VLAN" + such + ", times uplink and server ports",
                    sum(filtered().flatMap(s -> ownVlans(s).stream())) * outside);
            terms.put(
                    inbound + " – each pool prefix, if it is the default class",
                    dropsInbound(byDefault) ? pools.size() : 0);
            return terms;
        }

        private void exempted(Map<String, Integer> terms) {
            String such = " of such a subscriber here, times destinations";
            terms.put(
                    "each attachment of a subscriber exempted to named destinations, times those",
                    attachments(false).stream()
                            .mapToInt(a -> destinations(ownerOf(a)).size())
                            .sum());
            terms.put(
                    "each prefix, in a pool," + such + " of its family",
                    sum(
                            exempted()
                                    .flatMap(
                                            s ->
                                                    s.prefixes().stream()
                                                            .filter(this::isInAPool)
                                                            .flatMap(p -> destinations(s, p)))));
            terms.put(
                    "each MAC address" + such,
                    exempted().mapToInt(s -> s.macs().size() * destinations(s).size()).sum());
            terms.put(
                    "each own VLAN" + such,
                    exempted().mapToInt(s -> ownVlans(s).size() * destinations(s).size()).sum());
        }

        private Stream<Subscriber> exempted() {
            return silent().filter(s -> !destinations(s).isEmpty());
        }

        private Set<IpPrefix> destinations(Subscriber subscriber) {
            return policy.exemptDestinationsOf(subscriber);
        }

        private Stream<IpPrefix> destinations(Subscriber subscriber, IpPrefix from) {
            return destinations(subscriber).stream().filter(d -> d.version() == from.version());
        }

        private Subscriber ownerOf(Attachment attachment) {
            return subscribers.stream()
                    .filter(s -> s.attachments().contains(attachment))
                    .findFirst()
                    .orElseThrow();
        }

        private int ports(PortRole role) {
            return device.ports(role).size();
        }

        private static int sum(Stream<?> things) {
            return (int) things.count();
        }

        private static boolean dropsInbound(ServiceClass serviceClass) {
            return serviceClass.inbound() == InboundRule.DROP;
        }

        private boolean sends(Subscriber subscriber) {
            return policy.classOf(subscriber).allowsOutbound();
        }

        private Stream<Subscriber> senders() {
            return subscribers.stream().filter(this::sends);
        }

        private Stream<Subscriber> silent() {
            return subscribers.stream().filter(s -> !sends(s));
        }

        private static boolean meet(IpPrefix one, IpPrefix two) {
            return one.contains(two) || two.contains(one);
        }

        /** Subscribers whom the inbound rule tells from others. */
        private Stream<Subscriber> filtered() {
            return subscribers.stream()
                    .filter(s -> dropsInbound(byDefault) || dropsInbound(policy.classOf(s)));
        }

        private Stream<Attachment> attachmentsHere(Subscriber subscriber) {
            return subscriber.attachments().stream().filter(a -> here.contains(a.device()));
        }

        /** Attachments on the device itself, of senders or of the others. */
        private List<Attachment> attachments(boolean senders) {
            return subscribers.stream()
                    .filter(s -> sends(s) == senders)
                    .flatMap(s -> s.attachments().stream())
                    .filter(a -> a.device().equals(device.id()))
                    .collect(Collectors.toList());
        }

        private long vlansOfSendersPorts() {
            Set<PortNumber> whole =
                    Stream.concat(
                                    attachments(true).stream(),
                                    exempted().flatMap(s -> s.attachments().stream()))
                            .filter(a -> a.device().equals(device.id()) && a.vlan().isEmpty())
                            .map(Attachment::port)
                            .collect(Collectors.toSet());
            return attachments(false).stream()
                    .filter(a -> a.vlan().isPresent() && whole.contains(a.port()))
                    .count();
        }

        private boolean isInAPool(IpPrefix prefix) {
            return pools.stream().anyMatch(p -> meet(p, prefix));
        }

        private Set<VlanId> vlans(Subscriber subscriber) {
            return attachmentsHere(subscriber)
                    .flatMap(a -> a.vlan().stream())
                    .collect(Collectors.toSet());
        }

        private Set<VlanId> ownVlans(Subscriber subscriber) {
            Set<VlanId> own = vlans(subscriber);
            subscribers.stream()
                    .filter(s -> !s.equals(subscriber))
                    .forEach(s -> own.removeAll(vlans(s)));
            return own;
        }
    }
}
