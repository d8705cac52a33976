package org.postern.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.onlab.packet.IpAddress;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.onosproject.net.DeviceId;
import org.onosproject.net.PortNumber;
import org.postern.policy.AccessDevice;
import org.postern.policy.Attachment;
import org.postern.policy.Exemption;
import org.postern.policy.Infrastructure;
import org.postern.policy.Mode;
import org.postern.policy.NextHop;
import org.postern.policy.OutboundAction;
import org.postern.policy.Policy;
import org.postern.policy.PortRole;
import org.postern.policy.Quarantine;
import org.postern.policy.Remediation;
import org.postern.policy.ServiceClass;
import org.postern.policy.Subscriber;

/** Holds what the guide says each feature costs against the compiler. */
class RulesPerFeatureTest {
    private static final Pattern ROW = Pattern.compile("\\| (.+) \\| (\\d+) \\| .+ \\|");
    private static final DeviceId DEVICE = DeviceId.deviceId("of:0000000000000001");
    private static final MacAddress MAC = MacAddress.valueOf("02:00:00:00:00:25");
    private static final Remediation OPEN = new Remediation(null, List.of(), List.of(), List.of());

    private static final List<ServiceClass> CLASSES =
            List.of(
                    ServiceClass.named("steered")
                            .outbound(OutboundAction.REDIRECT)
                            .relay("mx")
                            .build(),
                    ServiceClass.named("refused").outbound(OutboundAction.REJECT).build(),
                    ServiceClass.named("watched").mode(Mode.MONITOR).build(),
                    ServiceClass.named("guarded").sourceGuard(true).build(),
                    ServiceClass.named("sealed").blockTunnels(true).build());

    private static Map<String, Integer> guide() throws IOException {
        Path file = Path.of(System.getProperty("basedir", "."), "..", "..", "docs", "guide.md");
        String text = Files.readString(file, StandardCharsets.UTF_8);
        int from = text.indexOf("\n### Rules per feature");
        Map<String, Integer> rows = new LinkedHashMap<>();
        text.substring(from, text.indexOf("\n## ", from))
                .lines()
                .map(ROW::matcher)
                .filter(Matcher::matches)
                .forEach(row -> rows.put(row.group(1), Integer.parseInt(row.group(2))));
        return rows;
    }

    /** Rules of a device with one uplink. */
    private static int rules(
            Mode mode,
            Set<Integer> etherTypes,
            Remediation remediation,
            Map<String, MacAddress> nextHops,
            Subscriber.Builder... subscribers) {
        return rules(policy(mode, etherTypes, remediation, nextHops, subscribers));
    }

    private static int rules(Policy policy) {
        return AccessSwitch.metered(policy, policy.devices().get(DEVICE)).size();
    }

    /** Rules with one subscriber, exempted from everything or to some destinations. */
    private static int rulesOfExempted(int destinations, Subscriber.Builder subscriber) {
        Exemption.Builder exemption =
                Exemption.builder("e-1")
                        .subscriber(subscriber.build().id())
                        .reason("own mail server")
                        .by("noc")
                        .from(Instant.EPOCH)
                        .until(Instant.MAX);
        List.of("192.0.2.25/32", "2001:db8:2::25/128").subList(0, destinations).stream()
                .map(IpPrefix::valueOf)
                .forEach(exemption::destination);
        Policy policy = policy(Mode.ENFORCE, Set.of(), OPEN, Map.of(), subscriber);
        return rules(policy.toBuilder().exemptions(List.of(exemption.build())).build());
    }

    private static Policy policy(
            Mode mode,
            Set<Integer> etherTypes,
            Remediation remediation,
            Map<String, MacAddress> nextHops,
            Subscriber.Builder... subscribers) {
        AccessDevice device =
                new AccessDevice(
                        DEVICE,
                        Map.of(PortNumber.portNumber(100), PortRole.UPLINK),
                        "default",
                        mode,
                        etherTypes);
        return new Policy(
                new Infrastructure(
                        List.of(),
                        List.of(IpPrefix.valueOf("10.64.0.0/16")),
                        CLASSES,
                        "residential",
                        List.of(
                                new NextHop(
                                        "mx",
                                        Set.of(IpAddress.valueOf("10.64.0.25")),
                                        null,
                                        Set.of())),
                        remediation),
                List.of(device),
                Arrays.stream(subscribers)
                        .map(Subscriber.Builder::build)
                        .collect(Collectors.toList()),
                List.of(),
                nextHops);
    }

    private static int rules(Subscriber.Builder... subscribers) {
        return rules(Mode.ENFORCE, Set.of(), OPEN, Map.of(), subscribers);
    }

    private static int rules(Remediation remediation, Subscriber.Builder... subscribers) {
        return rules(Mode.ENFORCE, Set.of(), remediation, Map.of(), subscribers);
    }

    private static Subscriber.Builder at(String serviceClass, String... places) {
        Subscriber.Builder builder =
                Subscriber.builder(serviceClass + places[0].replaceAll("\\W", "-"))
                        .serviceClass(serviceClass);
        for (String place : places) {
            builder.attachedAt(Attachment.parse(DEVICE + "/" + place));
        }
        return builder;
    }

    private static Subscriber.Builder jailed(String depth, String... places) {
        return at("residential", places)
                .quarantine(new Quarantine(depth, "spam", Instant.EPOCH, "noc"));
    }

    private static Remediation open(int contact, int allowed, int resolvers) {
        return new Remediation(
                null,
                List.of(IpPrefix.valueOf("192.0.2.0/28"), IpPrefix.valueOf("2001:db8:2::/64"))
                        .subList(0, contact),
                List.of(IpPrefix.valueOf("198.18.7.0/24"), IpPrefix.valueOf("2001:db8:7::/64"))
                        .subList(0, allowed),
                List.of(IpAddress.valueOf("192.0.2.53"), IpAddress.valueOf("2001:db8:2::53"))
                        .subList(0, resolvers));
    }

    private static IpPrefix prefix(String text) {
        return IpPrefix.valueOf(text);
    }

    /** What is more with a feature, or with one thing more that has it. */
    private static Map<String, Integer> measured() {
        Map<String, Integer> more = new LinkedHashMap<>();
        int plain = rules(at("residential", "1"));
        Map<String, MacAddress> relay = Map.of("mx", MAC);
        more.put(
                "relay that is reachable",
                rules(Mode.ENFORCE, Set.of(), OPEN, relay, at("residential", "1")) - plain);
        more.put(
                "`redirect`",
                rules(
                                Mode.ENFORCE,
                                Set.of(),
                                OPEN,
                                relay,
                                at("residential", "1"),
                                at("steered", "2"))
                        - rules(Mode.ENFORCE, Set.of(), OPEN, relay, at("residential", "1")));
        more.put(
                "`redirect`, relay not reachable",
                rules(at("residential", "1"), at("steered", "2")) - plain);
        int refused = rules(at("residential", "1"), at("refused", "2"));
        int refusedTwice = rules(at("residential", "1"), at("refused", "2", "3"));
        more.put("`reject`", refusedTwice - refused);
        more.put("`reject`, the first", refused - plain - (refusedTwice - refused));
        more.put(
                "`mode` monitor, of a class or a subscriber",
                rules(watched("1", "2")) - rules(watched("1")));
        more.put(
                "further Ethernet type",
                rules(Mode.ENFORCE, Set.of(0x88b8), OPEN, Map.of(), at("residential", "1"))
                        - plain);
        quarantines(more);
        guards(more, plain);
        more.put(
                "`@PREFIX` or `@MAC`",
                rules(at("residential", "1@10.64.3.0/29"), at("residential", "1@10.64.3.8/29"))
                        - rules(at("residential", "1@10.64.3.0/29")));
        pairs(more, plain);
        exemptions(more);
        return more;
    }

    private static void exemptions(Map<String, Integer> more) {
        more.put(
                "exemption from everything",
                rulesOfExempted(0, at("residential", "1").mac(MAC)) - rules());
        more.put(
                "exemption to one destination",
                rulesOfExempted(1, at("residential", "1").mac(MAC))
                        - rules(at("residential", "1").mac(MAC)));
        more.put(
                "exemption to one destination more",
                rulesOfExempted(2, at("residential", "1").mac(MAC))
                        - rulesOfExempted(1, at("residential", "1").mac(MAC)));
        more.put(
                "exemption to one destination, `OUTER.INNER`",
                rulesOfExempted(1, at("residential", "2/100.7").mac(MAC))
                        - rules(at("residential", "2/100.7").mac(MAC)));
    }

    private static Subscriber.Builder watched(String... places) {
        return at("watched", places).mac(MAC);
    }

    private static void pairs(Map<String, Integer> more, int plain) {
        int one = rules(at("residential", "1"), at("residential", "2/100.7"));
        int two = rules(at("residential", "1"), at("residential", "2/100.7", "2/100.8"));
        int line = rules(at("residential", "1"), at("residential", "2/100.7", "3/100.7"));
        int each = two - one;
        int eachLine = line - one - each;
        more.put("`OUTER.INNER`", each);
        more.put(
                "`OUTER.INNER`, of a class that sends",
                rules(at("residential", "2/100.7"), at("business", "2/100.8").mac(MAC))
                        - rules(at("residential", "2/100.7"))
                        - (rules(at("residential", "2"), at("business", "1").mac(MAC))
                                - rules(at("residential", "2"), at("business", "1"))));
        more.put("`OUTER.INNER`, the first of a port and outer VLAN", eachLine);
        more.put("`OUTER.INNER`, the first of a device", one - plain - each - eachLine);
        int jailed =
                rules(
                        at("residential", "1"),
                        at("residential", "2/100.7"),
                        jailed("quarantined", "2/100.8"));
        int jailedToo =
                rules(
                        at("residential", "1"),
                        at("residential", "2/100.7"),
                        jailed("quarantined", "2/100.8", "2/100.9"));
        more.put("`OUTER.INNER`, quarantine `mail`", jailedToo - jailed);
        more.put(
                "`OUTER.INNER`, the first in quarantine",
                jailed - one - (jailedToo - jailed) - more.get("quarantine `mail`, the first"));
    }

    private static void quarantines(Map<String, Integer> more) {
        Remediation named = open(0, 0, 1);
        for (String depth : List.of("quarantined", "walled-garden")) {
            String row =
                    depth.equals("quarantined")
                            ? "quarantine `mail`"
                            : "quarantine `walled-garden`";
            int each = rules(jailed(depth, "1", "2")) - rules(jailed(depth, "1"));
            int one = rules(jailed(depth, "1"));
            more.put(row, each);
            more.put(row + ", the first", one - rules() - each);
            more.put(
                    row + ", contact prefix",
                    rules(open(1, 0, 0), jailed(depth, "1"))
                            - rules(open(1, 0, 0))
                            - one
                            + rules());
        }
        int without = rules(jailed("walled-garden", "1"));
        int first = rules(open(0, 1, 0), jailed("walled-garden", "1"));
        more.put("quarantine `walled-garden`, the first prefix of `allow`", first - without);
        more.put(
                "quarantine `walled-garden`, each other prefix of `allow`",
                rules(open(0, 2, 0), jailed("walled-garden", "1")) - first);
        more.put(
                "quarantine `walled-garden`, a second resolver",
                rules(open(0, 0, 2), jailed("walled-garden", "1"))
                        - rules(named, jailed("walled-garden", "1")));
        more.put(
                "quarantine `walled-garden`, portal that is reachable",
                rules(
                                Mode.ENFORCE,
                                Set.of(),
                                portal(),
                                Map.of("quarantine portal", MAC),
                                jailed("walled-garden", "1"))
                        - rules(portal(), jailed("walled-garden", "1")));
    }

    private static Remediation portal() {
        return new Remediation(
                new NextHop(
                        "quarantine portal",
                        Set.of(IpAddress.valueOf("192.0.2.80")),
                        null,
                        Set.of()),
                List.of(),
                List.of(),
                List.of());
    }

    private static void guards(Map<String, Integer> more, int plain) {
        IpPrefix four = prefix("10.64.3.1/32");
        IpPrefix wide = prefix("10.64.16.0/24");
        IpPrefix six = prefix("2001:db8:3::/64");
        more.put(
                "`sourceGuard`, one IPv4 address",
                rules(at("guarded", "1").prefix(four))
                        - rules(at("residential", "1").prefix(four)));
        more.put(
                "`sourceGuard`, one IPv4 prefix wider than /28",
                rules(at("guarded", "1").prefix(wide))
                        - rules(at("residential", "1").prefix(wide)));
        more.put(
                "`sourceGuard`, one IPv6 prefix",
                rules(at("guarded", "1").prefix(six)) - rules(at("residential", "1").prefix(six)));
        more.put(
                "`sourceGuard`, one IPv4 address and one IPv6 prefix",
                rules(at("guarded", "1").prefix(four).prefix(six))
                        - rules(at("residential", "1").prefix(four).prefix(six)));
        more.put(
                "`sourceGuard`, the same with a MAC",
                rules(at("guarded", "1").prefix(four).prefix(six).mac(MAC))
                        - rules(at("residential", "1").prefix(four).prefix(six).mac(MAC)));
        int sealed = rules(at("residential", "1"), at("sealed", "2"));
        more.put(
                "`blockTunnels`",
                rules(at("residential", "1"), at("sealed", "2", "3")) - sealed - 1);
        more.put(
                "`blockTunnels`, the first",
                sealed - plain - (rules(at("residential", "1"), at("sealed", "2", "3")) - sealed));
    }

    @Test
    void eachFeatureCostsWhatTheGuideSays() throws IOException {
        assertEquals(guide(), measured());
    }
}
