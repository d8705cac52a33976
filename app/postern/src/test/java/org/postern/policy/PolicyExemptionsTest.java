package org.postern.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.onlab.packet.IpAddress;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;

/** What exemptions make of a subscriber's class, and where its mail passes by them. */
class PolicyExemptionsTest {
    private static final ServiceClass STRICT =
            ServiceClass.named("strict")
                    .outbound(OutboundAction.REDIRECT)
                    .relay("mx")
                    .fallback(OutboundAction.ALLOW)
                    .inbound(InboundRule.DROP)
                    .sourceGuard(true)
                    .blockTunnels(true)
                    .build();
    private static final Subscriber SHOP =
            Subscriber.builder("shop")
                    .serviceClass("strict")
                    .attachedAt(Attachment.parse("of:0000000000000001/1"))
                    .build();
    private static final Map<String, MacAddress> RELAY =
            Map.of("mx", MacAddress.valueOf("02:00:00:00:00:25"));

    private static Exemption.Builder exemption(String id, int day) {
        return Exemption.builder(id)
                .subscriber("shop")
                .reason("own mail server")
                .by("karaf")
                .from(Instant.EPOCH.plusSeconds(day))
                .until(Instant.EPOCH.plusSeconds(1000));
    }

    private static Exemption to(String id, String... destinations) {
        Exemption.Builder exemption = exemption(id, 0);
        Stream.of(destinations).map(IpPrefix::valueOf).forEach(exemption::destination);
        return exemption.build();
    }

    private static Exemption override(String id, int day, String serviceClass) {
        return exemption(id, day).serviceClass(serviceClass).build();
    }

    private static Policy policy(Subscriber subscriber, Exemption... exemptions) {
        return Policy.builder()
                .infrastructure(
                        new Infrastructure(
                                List.of(),
                                List.of(),
                                List.of(STRICT),
                                "residential",
                                List.of(
                                        new NextHop(
                                                "mx",
                                                Set.of(IpAddress.valueOf("10.64.0.25")),
                                                null,
                                                Set.of())),
                                Remediation.NONE))
                .subscribers(List.of(subscriber))
                .nextHops(RELAY)
                .exemptions(Arrays.asList(exemptions))
                .build();
    }

    private static ServiceClass classOf(Exemption... exemptions) {
        return policy(SHOP, exemptions).classOf(SHOP);
    }

    private static Set<String> destinations(Policy policy) {
        return policy.exemptDestinationsOf(policy.subscribers().get("shop")).stream()
                .map(IpPrefix::toString)
                .collect(Collectors.toSet());
    }

    private static Subscriber quarantined() {
        return SHOP.toBuilder()
                .quarantine(new Quarantine("quarantined", "spam", Instant.EPOCH, "karaf"))
                .build();
    }

    @Test
    void whoIsExemptedFromEverythingKeepsTheRestOfItsClass() {
        ServiceClass exempted = classOf(exemption("all", 0).build());
        assertTrue(exempted.allowsOutbound());
        assertEquals(Optional.empty(), exempted.relay());
        assertEquals("strict", exempted.name());
        assertEquals(InboundRule.DROP, exempted.inbound());
        assertTrue(exempted.guardsSources() && exempted.blocksTunnels());
        assertEquals(STRICT, classOf(exemption("other", 0).subscriber("cafe").build()));
    }

    @Test
    void ofSeveralClassesTheOneThatBeganLastHolds() {
        Exemption first = override("b", 1, "residential");
        Exemption last = override("a", 2, "business");
        assertEquals(ServiceClass.BUSINESS, classOf(first, last));
        assertEquals(ServiceClass.BUSINESS, classOf(last, first));
        assertEquals(ServiceClass.RESIDENTIAL, classOf(first));
    }

    @Test
    void aClassThatDoesNotExistOrQuarantinesIsNoOverride() {
        assertEquals(STRICT, classOf(override("a", 1, "gone")));
        assertEquals(STRICT, classOf(override("a", 1, "walled-garden")));
        assertEquals(
                ServiceClass.BUSINESS,
                classOf(override("a", 1, "business"), override("b", 2, "quarantined")));
    }

    @Test
    void anExemptionFromEverythingHoldsInAnOverridingClassToo() {
        ServiceClass both = classOf(override("a", 1, "residential"), exemption("all", 0).build());
        assertEquals("residential", both.name());
        assertTrue(both.allowsOutbound());
    }

    @Test
    void quarantineGoesBeforeExemptions() {
        Exemption[] all = {
            exemption("all", 0).build(), override("a", 1, "business"), to("t", "192.0.2.25/32")
        };
        Policy policy = policy(quarantined(), all);
        assertEquals(policy(quarantined()).classOf(quarantined()), policy.classOf(quarantined()));
        assertEquals(Set.of(), destinations(policy));
        Subscriber held = SHOP.toBuilder().serviceClass("quarantined").build();
        assertEquals(ServiceClass.QUARANTINED, policy(held, all).classOf(held));
        assertEquals(Set.of(), destinations(policy(held, all)));
    }

    @Test
    void destinationsOfAllExemptionsCountAndNoneWithinAnother() {
        Policy policy =
                policy(
                        SHOP,
                        to("a", "192.0.2.25/32", "198.51.100.0/24"),
                        to("b", "192.0.2.0/24", "2001:db8::25/128", "198.51.100.0/24"),
                        override("c", 1, "residential"));
        assertEquals(
                Set.of("192.0.2.0/24", "198.51.100.0/24", "2001:db8::25/128"),
                destinations(policy));
    }

    @Test
    void whereAllMailPassesNoDestinationNeedsNaming() {
        Exemption named = to("t", "192.0.2.25/32");
        assertEquals(Set.of("192.0.2.25/32"), destinations(policy(SHOP, named)));
        assertEquals(Set.of(), destinations(policy(SHOP, named, exemption("all", 0).build())));
        assertEquals(Set.of(), destinations(policy(SHOP, named, override("a", 1, "business"))));
        Policy stranded = policy(SHOP, named).toBuilder().nextHops(Map.of()).build();
        assertEquals(Set.of(), destinations(stranded));
        Policy suspended =
                policy(SHOP, named)
                        .withSuspensions(
                                List.of(
                                        Suspension.ofClass(
                                                "strict", Instant.MAX, "test", "karaf")));
        assertEquals(Set.of(), destinations(suspended));
        assertEquals(Set.of("192.0.2.25/32"), destinations(suspended.withSuspensions(List.of())));
    }

    @Test
    void aSnapshotThatDiffersInOneThingIsTheSameInEverythingElse() {
        Policy policy = policy(SHOP, to("t", "192.0.2.25/32"));
        Policy same = policy.toBuilder().build();
        assertEquals(policy.subscribers(), same.subscribers());
        assertEquals(policy.nextHops(), same.nextHops());
        assertEquals(List.copyOf(policy.exemptions()), List.copyOf(same.exemptions()));
        assertEquals(policy.exemptionsOf(SHOP), same.exemptionsOf(SHOP));
        assertEquals(
                List.of(), policy.toBuilder().exemptions(List.of()).build().exemptionsOf(SHOP));
    }
}
