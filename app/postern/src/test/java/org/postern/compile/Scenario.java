package org.postern.compile;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.onlab.packet.IpPrefix;
import org.postern.policy.AccessDevice;
import org.postern.policy.Exemption;
import org.postern.policy.Infrastructure;
import org.postern.policy.NaiveEvaluator;
import org.postern.policy.Policy;
import org.postern.policy.PolicyLines;
import org.postern.policy.RandomPolicies;
import org.postern.policy.Subscriber;
import org.postern.policy.TruePacket;

/** A policy, one of its devices and packets that come in there. Immutable; used by one thread. */
final class Scenario {
    private static final int PACKETS = 40;

    private final Policy policy;
    private final AccessDevice device;
    private final List<TruePacket> packets;
    private final long seed;
    private DeviceRules rules;
    private AccessSwitch wholeSwitch;

    private Scenario(Policy policy, AccessDevice device, List<TruePacket> packets, long seed) {
        this.policy = policy;
        this.device = device;
        this.packets = packets;
        this.seed = seed;
    }

    static Scenario of(Random random) {
        RandomPolicies choose = new RandomPolicies(random);
        Policy policy = choose.policy();
        AccessDevice device = choose.deviceOf(policy);
        return new Scenario(
                policy,
                device,
                Stream.generate(() -> choose.packet(policy, device))
                        .limit(PACKETS)
                        .collect(Collectors.toList()),
                random.nextLong());
    }

    Policy policy() {
        return policy;
    }

    AccessDevice device() {
        return device;
    }

    List<TruePacket> packets() {
        return packets;
    }

    /** Further choices, the same each time. */
    RandomPolicies choices() {
        return new RandomPolicies(new Random(seed));
    }

    DeviceRules rules() {
        if (rules == null) {
            rules = AccessSwitch.compiled(policy, device);
        }
        return rules;
    }

    /** A switch with all rules, shared: do not change it. */
    AccessSwitch wholeSwitch() {
        if (wholeSwitch == null) {
            wholeSwitch = AccessSwitch.under(policy, device);
        }
        return wholeSwitch;
    }

    Scenario withPolicy(Policy other) {
        return new Scenario(other, other.devices().get(device.id()), packets, seed);
    }

    /**
     * Holds a claim against each packet. When it fails, looks for the smallest policy for which it
     * still fails and reports that one.
     *
     * @param claim throws AssertionError when it does not hold
     */
    void eachPacket(BiConsumer<Scenario, TruePacket> claim) {
        for (TruePacket packet : packets) {
            if (failureOf(claim, packet) != null) {
                throw new Scenario(policy, device, List.of(packet), seed).smallest(claim);
            }
        }
    }

    private AssertionError smallest(BiConsumer<Scenario, TruePacket> claim) {
        TruePacket packet = packets.get(0);
        for (Policy smaller : smallerPolicies()) {
            Scenario candidate = withPolicy(smaller);
            if (candidate.failureOf(claim, packet) != null) {
                return candidate.smallest(claim);
            }
        }
        AssertionError failure = failureOf(claim, packet);
        return new AssertionError(failure.getMessage() + "\n" + this, failure);
    }

    private AssertionError failureOf(BiConsumer<Scenario, TruePacket> claim, TruePacket packet) {
        try {
            claim.accept(this, packet);
            return null;
        } catch (AssertionError failure) {
            return failure;
        }
    }

    /** Policies with one thing less. */
    private List<Policy> smallerPolicies() {
        Infrastructure all = policy.infrastructure();
        List<Policy> smaller = new ArrayList<>();
        policy.devices().values().stream()
                .filter(d -> !d.equals(device))
                .map(d -> without(policy.devices().values(), d))
                .forEach(fewer -> smaller.add(policy.toBuilder().devices(fewer).build()));
        for (Subscriber s : policy.subscribers().values()) {
            List<Subscriber> others = without(policy.subscribers().values(), s);
            smaller.add(policy.toBuilder().subscribers(others).build());
            for (Subscriber.Builder part : parts(s)) {
                List<Subscriber> changed = new ArrayList<>(others);
                changed.add(part.build());
                smaller.add(policy.toBuilder().subscribers(changed).build());
            }
        }
        for (Exemption e : policy.exemptions()) {
            List<Exemption> others = without(policy.exemptions(), e);
            smaller.add(policy.toBuilder().exemptions(others).build());
            for (IpPrefix destination : e.destinations()) {
                if (e.destinations().size() > 1) {
                    List<Exemption> changed = new ArrayList<>(others);
                    changed.add(only(destination, e));
                    smaller.add(policy.toBuilder().exemptions(changed).build());
                }
            }
        }
        policy.suspensions().stream()
                .map(s -> without(policy.suspensions(), s))
                .forEach(fewer -> smaller.add(policy.toBuilder().suspensions(fewer).build()));
        Stream.concat(
                        all.servers().stream()
                                .map(
                                        s ->
                                                new Infrastructure(
                                                        without(all.servers(), s),
                                                        all.pools(),
                                                        all.classes().values(),
                                                        all.defaultClass().name(),
                                                        all.relays().values(),
                                                        all.remediation())),
                        all.pools().stream()
                                .map(
                                        p ->
                                                new Infrastructure(
                                                        all.servers(),
                                                        without(all.pools(), p),
                                                        all.classes().values(),
                                                        all.defaultClass().name(),
                                                        all.relays().values(),
                                                        all.remediation())))
                .forEach(i -> smaller.add(policy.toBuilder().infrastructure(i).build()));
        return smaller;
    }

    private static List<Subscriber.Builder> parts(Subscriber whole) {
        List<Subscriber.Builder> parts = new ArrayList<>();
        if (whole.attachments().size() > 1) {
            whole.attachments()
                    .forEach(
                            a -> {
                                Subscriber.Builder part = bare(whole).attachedAt(a);
                                whole.prefixes().forEach(part::prefix);
                                whole.macs().forEach(part::mac);
                                parts.add(part);
                            });
        }
        if (!whole.prefixes().isEmpty() || !whole.macs().isEmpty()) {
            Subscriber.Builder part = bare(whole);
            whole.attachments().forEach(part::attachedAt);
            parts.add(part);
        }
        return parts;
    }

    private static Exemption only(IpPrefix destination, Exemption whole) {
        return Exemption.builder(whole.id())
                .subscriber(whole.subscriber())
                .destination(destination)
                .reason(whole.reason())
                .by(whole.by())
                .from(whole.from())
                .until(whole.until())
                .build();
    }

    private static Subscriber.Builder bare(Subscriber whole) {
        return Subscriber.builder(whole.id())
                .serviceClass(whole.serviceClass())
                .mode(whole.mode())
                .quarantine(whole.quarantine().orElse(null));
    }

    private static <T> List<T> without(Collection<T> all, T one) {
        return all.stream().filter(x -> !x.equals(one)).collect(Collectors.toList());
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        Infrastructure all = policy.infrastructure();
        text.append(String.format("servers %s, pools %s%n", all.servers(), all.pools()));
        text.append(
                String.format(
                        "classes %s, default %s%n",
                        all.classes().values(), all.defaultClass().name()));
        policy.devices()
                .values()
                .forEach(d -> text.append(String.format("device %s, chain %s%n", d, d.chain())));
        policy.subscribers()
                .values()
                .forEach(
                        s ->
                                text.append(
                                        String.format(
                                                "subscriber %s %s %s %s %s%n",
                                                s,
                                                s.prefixes(),
                                                s.macs(),
                                                s.mode(),
                                                s.quarantine())));
        text.append(String.format("next hops %s%n", policy.nextHops()));
        policy.exemptions().forEach(e -> text.append(String.format("exemption %s%n", e)));
        policy.suspensions().forEach(s -> text.append(String.format("suspension %s%n", s)));
        if (packets.size() == 1) {
            TruePacket packet = packets.get(0);
            text.append(String.format("on %s: %s%n", device.id(), packet));
            text.append(
                    String.format(
                            "evaluator: %s%n", new NaiveEvaluator(policy, device).decide(packet)));
            text.append(
                    String.format(
                            "lines: %s%n",
                            PolicyLines.explain(PolicyLines.of(policy, device), packet.seen())));
            text.append("switch: ").append(wholeSwitch().explain(packet));
        } else {
            text.append("on ").append(device.id());
        }
        return text.toString();
    }
}
