package org.postern.policy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSetMultimap;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.onlab.packet.VlanId;
import org.onosproject.net.DeviceId;
import org.onosproject.net.PortNumber;
import org.postern.policy.PacketMatch.Family;

/**
 * How packets <em>towards</em> subscribers are told apart on a device: where they come in, the port
 * by which they will leave is not known yet, so a destination prefix, a destination MAC or a VLAN
 * of its own must name the subscriber.
 */
public final class Identification {
    private static final int SMTP = 25;

    /** No subscriber's identifier. */
    private static final String OTHERS = "";

    private final ImmutableList<Subscriber> subscribers;
    private final ImmutableSetMultimap<String, VlanId> soleVlans;

    private Identification(Collection<Subscriber> subscribers, Set<DeviceId> devices) {
        this.subscribers = ImmutableList.copyOf(subscribers);
        Map<VlanId, Set<String>> usersOfVlan = new LinkedHashMap<>();
        for (Subscriber subscriber : subscribers) {
            for (Attachment attachment : subscriber.attachments()) {
                if (devices.contains(attachment.device())) {
                    attachment
                            .vlan()
                            .ifPresent(
                                    v ->
                                            usersOfVlan
                                                    .computeIfAbsent(v, k -> new LinkedHashSet<>())
                                                    .addAll(users(subscriber, attachment)));
                }
            }
        }
        ImmutableSetMultimap.Builder<String, VlanId> sole = ImmutableSetMultimap.builder();
        usersOfVlan.forEach(
                (vlan, users) -> {
                    if (users.size() == 1) {
                        sole.put(users.iterator().next(), vlan);
                    }
                });
        this.soleVlans = sole.build();
    }

    /**
     * Looks at the subscribers whose traffic passes a device: its own, those of the devices it is
     * chained with, and those of whom nobody knows where their traffic passes.
     *
     * @param policy the policy
     * @param device an access device of it
     * @return how they are told apart there
     */
    static Identification on(Policy policy, AccessDevice device) {
        Set<DeviceId> devices = new LinkedHashSet<>();
        Set<Subscriber> carried = new LinkedHashSet<>();
        for (AccessDevice carrying : policy.carriedBy(device)) {
            devices.add(carrying.id());
            carried.addAll(policy.subscribersOf(carrying.id()));
        }
        // it may be behind this one; its lawful answers must not be taken for somebody else's
        carried.addAll(policy.subscribersElsewhere());
        return new Identification(carried, devices);
    }

    List<Subscriber> subscribers() {
        return subscribers;
    }

    /** Who shares a VLAN is not alone in it. */
    private static Set<String> users(Subscriber subscriber, Attachment attachment) {
        return attachment.isShared() ? Set.of(subscriber.id(), OTHERS) : Set.of(subscriber.id());
    }

    /** VLANs that the subscriber has on these devices, and no other subscriber. */
    Set<VlanId> vlansOf(Subscriber subscriber) {
        return soleVlans.get(subscriber.id());
    }

    /**
     * TCP to port 25 of a subscriber, in every way it can be told. A VLAN tells it only of packets
     * that come in on the given ports: on an access port the same tag says whose packet it is, not
     * for whom.
     */
    List<PacketMatch> smtpTowards(Subscriber subscriber, Collection<PortNumber> outside) {
        List<PacketMatch> matches = new ArrayList<>();
        for (IpPrefix prefix : subscriber.prefixes()) {
            matches.add(
                    PacketMatch.tcp(Family.of(prefix)).destinationPort(SMTP).destination(prefix));
        }
        for (Family family : Family.values()) {
            PacketMatch smtp = PacketMatch.tcp(family).destinationPort(SMTP);
            for (MacAddress mac : subscriber.macs()) {
                matches.add(smtp.destinationMac(mac));
            }
            for (VlanId vlan : vlansOf(subscriber)) {
                outside.forEach(port -> matches.add(smtp.inPort(port).vlan(vlan)));
            }
        }
        return matches;
    }

    static boolean overlapsAny(IpPrefix prefix, Collection<IpPrefix> pools) {
        return pools.stream()
                .anyMatch(
                        p ->
                                p.version() == prefix.version()
                                        && (p.contains(prefix) || prefix.contains(p)));
    }

    /**
     * Says why packets towards a subscriber could not be treated as its class demands.
     *
     * @param policy the policy, with the subscriber in it
     * @param subscriber a subscriber of the policy
     * @return the reason and what to do, or empty if they can
     */
    public static Optional<String> flaw(Policy policy, Subscriber subscriber) {
        ServiceClass own = policy.classOf(subscriber);
        Infrastructure infrastructure = policy.infrastructure();
        Optional<String> stranded = stranded(policy, subscriber);
        if (stranded.isPresent()) {
            return stranded;
        }
        Optional<String> unpaired = unpaired(policy, own, subscriber);
        if (unpaired.isPresent()) {
            return unpaired;
        }
        boolean answersNeeded =
                (policy.mayBeOpen(subscriber) || policy.exemptionOpening(subscriber).isPresent())
                        && !infrastructure.pools().isEmpty();
        boolean differsInbound =
                own.inbound() == InboundRule.DROP
                        || infrastructure.defaultClass().inbound() == InboundRule.DROP
                                && !infrastructure.pools().isEmpty();
        if (!answersNeeded && !differsInbound
                || !subscriber.prefixes().isEmpty()
                || !subscriber.macs().isEmpty()
                || hasVlanEverywhere(policy, subscriber)) {
            return Optional.empty();
        }
        return Optional.of(
                "subscriber "
                        + subscriber.id()
                        + " cannot have "
                        + senderBy(policy, subscriber)
                        + ": packets "
                        + (answersNeeded
                                ? "from port 25 (the answers to its mail)"
                                : "to its port 25")
                        + " could not be told from those to its neighbours in the pools; give it a prefix, a MAC"
                        + " address or a VLAN of its own first");
    }

    /** Which class a subscriber has, and by what. */
    private static String classOf(Policy policy, Subscriber subscriber) {
        return "class "
                + policy.classOf(subscriber).name()
                + policy.overrideOf(subscriber).map(e -> " by exemption " + e.id()).orElse("");
    }

    /** By what mail of a subscriber gets out. */
    private static String senderBy(Policy policy, Subscriber subscriber) {
        return policy.exemptionOpening(subscriber)
                .map(e -> "exemption " + e.id())
                .orElseGet(
                        () ->
                                classOf(policy, subscriber)
                                        + (policy.isMonitored(subscriber)
                                                ? " in mode monitor"
                                                : ""));
    }

    /** Says why a pair of VLANs cannot be told where it is, or cannot have the class. */
    private static Optional<String> unpaired(
            Policy policy, ServiceClass own, Subscriber subscriber) {
        Optional<String> oneTable =
                subscriber.attachments().stream()
                        .filter(a -> a.customerVlan().isPresent())
                        .filter(
                                a ->
                                        policy.devices().containsKey(a.device())
                                                && policy.devices().get(a.device()).backend()
                                                        == Backend.SINGLE_TABLE)
                        .findFirst()
                        .map(
                                a ->
                                        "subscriber "
                                                + subscriber.id()
                                                + ": attachment "
                                                + a
                                                + " is a pair of VLANs, which one table cannot tell; set backend"
                                                + " front-table for "
                                                + a.device()
                                                + ", or attach it by port or VLAN");
        if (oneTable.isPresent() || !own.guardsSources()) {
            return oneTable;
        }
        return subscriber.attachments().stream()
                .filter(a -> a.customerVlan().isPresent())
                .findFirst()
                .map(
                        a ->
                                "subscriber "
                                        + subscriber.id()
                                        + " cannot have "
                                        + classOf(policy, subscriber)
                                        + ": attachment "
                                        + a
                                        + " is a pair of VLANs, whose sources are not guarded; use a class without"
                                        + " sourceGuard, or give it a VLAN of its own");
    }

    /** Says why the answers of the relay could not come back to the subscriber. */
    private static Optional<String> stranded(Policy policy, Subscriber subscriber) {
        ServiceClass own = policy.classOf(subscriber);
        Optional<NextHop> relay = own.relay().map(policy.infrastructure().relays()::get);
        if (own.outbound() != OutboundAction.REDIRECT || !relay.isPresent()) {
            return Optional.empty();
        }
        return subscriber.attachments().stream()
                .filter(a -> a.customerVlan().isPresent() || !relay.get().isIn(a.vlan()))
                .findFirst()
                .map(
                        a ->
                                "subscriber "
                                        + subscriber.id()
                                        + " cannot have "
                                        + classOf(policy, subscriber)
                                        + ": attachment "
                                        + a
                                        + " and relay "
                                        + relay.get().name()
                                        + (relay.get().vlans().isEmpty()
                                                ? ", which is untagged,"
                                                : ", which is in VLANs "
                                                        + relay.get().vlans()
                                                        + ",")
                                        + " are not in one layer-2 network, so the relay's answers would not come"
                                        + " back by its MAC; "
                                        + (a.customerVlan().isPresent()
                                                ? "a relay has one tag at most: use a class that drops, or rejects"
                                                : "attach it there, put the relay in its VLAN (field vlans"
                                                        + " of the relay), or use a class that drops"));
    }

    /**
     * Says what a subscriber does not get, or is not kept from, in one family of addresses because
     * its prefixes tell it from its neighbours in the other only. That is no flaw: customers
     * without IPv6 are legitimate, and only the operator knows whether this is one.
     *
     * @param policy the policy; the subscriber may be newer than it
     * @param subscriber a subscriber without a {@link #flaw}
     * @return the family, what happens in it and what to do, or empty if there is no such family
     */
    public static Optional<String> caveat(Policy policy, Subscriber subscriber) {
        if (subscriber.prefixes().isEmpty() || !subscriber.macs().isEmpty()) {
            return Optional.empty();
        }
        Set<Family> told = families(subscriber.prefixes());
        for (Family family : Family.values()) {
            List<String> effects =
                    told.contains(family) ? List.of() : effectsUntold(policy, subscriber, family);
            if (!effects.isEmpty() && !hasVlanEverywhere(policy, subscriber)) {
                String name = family == Family.V4 ? "IPv4" : "IPv6";
                return Optional.of(
                        "subscriber "
                                + subscriber.id()
                                + " cannot be told from its neighbours over "
                                + name
                                + ": there "
                                + String.join(" and ", effects)
                                + "; if it uses "
                                + name
                                + ", give it an "
                                + name
                                + " prefix, a MAC address or a VLAN of its own");
            }
        }
        return Optional.empty();
    }

    /** How packets of a family miss what a class demands if nothing tells whom they are for. */
    private static List<String> effectsUntold(Policy policy, Subscriber subscriber, Family family) {
        ServiceClass own = policy.classOf(subscriber);
        Collection<IpPrefix> pools = policy.infrastructure().pools();
        boolean pooled = families(pools).contains(family);
        boolean closedByDefault =
                pooled && policy.infrastructure().defaultClass().inbound() == InboundRule.DROP;
        // pools show which families the ISP's customers have; without pools they may have both
        boolean used = pooled || pools.isEmpty();
        List<String> effects = new ArrayList<>();
        Optional<Exemption> opening = policy.exemptionOpening(subscriber);
        if (pooled
                && (policy.mayBeOpen(subscriber)
                        || opening.isPresent()
                                && families(policy.namedDestinationsOf(subscriber))
                                        .contains(family))) {
            effects.add(
                    "the answers to its mail"
                            + opening.map(e -> ", by exemption " + e.id() + ",").orElse("")
                            + " are dropped");
        }
        if (own.inbound() == InboundRule.DROP && used && !closedByDefault) {
            effects.add("its port 25 stays reachable");
        }
        if (own.inbound() == InboundRule.ALLOW && closedByDefault) {
            effects.add("its port 25 is not reachable");
        }
        return effects;
    }

    private static Set<Family> families(Collection<IpPrefix> prefixes) {
        return prefixes.stream().map(Family::of).collect(Collectors.toSet());
    }

    /**
     * Says whom a change would leave without identification: a VLAN of its own is so only until
     * somebody else is attached in it. Only those are looked at who share a VLAN with what changes.
     *
     * @param before the policy before the change
     * @param after the policy after it
     * @param changed identifiers of the subscribers that change
     * @return who takes which VLAN from whom and what to do, or empty if nobody loses anything
     */
    public static Optional<String> loss(Policy before, Policy after, Set<String> changed) {
        Set<VlanId> vlans =
                changed.stream()
                        .flatMap(id -> after.subscribers().get(id).attachments().stream())
                        .flatMap(a -> a.vlan().stream())
                        .collect(Collectors.toSet());
        return vlans.stream()
                .flatMap(vlan -> after.usersOf(vlan).values().stream())
                .flatMap(Set::stream)
                .distinct()
                .sorted()
                .filter(id -> !changed.contains(id))
                .map(after.subscribers()::get)
                .filter(s -> flaw(after, s).isPresent() && !flaw(before, s).isPresent())
                .findFirst()
                .map(loser -> loss(after, loser, changed));
    }

    private static String loss(Policy after, Subscriber loser, Set<String> changed) {
        for (Attachment attachment : loser.attachments()) {
            Optional<String> taker =
                    usersOfVlan(after, attachment).filter(changed::contains).findFirst();
            if (taker.isPresent()) {
                return "subscriber "
                        + taker.get()
                        + ": VLAN "
                        + attachment.vlan().get()
                        + " is what tells subscriber "
                        + loser.id()
                        + after.exemptionOpening(loser)
                                .map(e -> " with exemption " + e.id())
                                .orElseGet(() -> " of " + classOf(after, loser))
                        + " from its neighbours; give "
                        + loser.id()
                        + " a prefix or a MAC address first, or "
                        + taker.get()
                        + " another VLAN";
            }
        }
        throw new IllegalStateException("nobody took a VLAN of " + loser.id());
    }

    private static boolean hasVlanEverywhere(Policy policy, Subscriber subscriber) {
        return subscriber.attachments().stream()
                .allMatch(
                        a ->
                                a.vlan().isPresent()
                                        && !a.isShared()
                                        && usersOfVlan(policy, a)
                                                .allMatch(subscriber.id()::equals));
    }

    /** Who has the VLAN of an attachment where the traffic of its device passes. */
    private static Stream<String> usersOfVlan(Policy policy, Attachment attachment) {
        AccessDevice device = policy.devices().get(attachment.device());
        if (device == null || !attachment.vlan().isPresent()) {
            return Stream.empty();
        }
        return policy.usersOf(attachment.vlan().get()).entrySet().stream()
                .filter(
                        users -> {
                            AccessDevice other = policy.devices().get(users.getKey());
                            return other != null && device.carriesTrafficOf(other);
                        })
                .flatMap(users -> users.getValue().stream());
    }
}
