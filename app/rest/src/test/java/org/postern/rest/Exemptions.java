package org.postern.rest;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.function.IntConsumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.postern.audit.Order;
import org.postern.exemption.ExemptionAdminService;
import org.postern.exemption.ExemptionBatchService;
import org.postern.exemption.ExemptionListener;
import org.postern.exemption.ExemptionService;
import org.postern.exemption.ExemptionState;
import org.postern.policy.Exemption;
import org.postern.precondition.Expected;

/** Exemptions that remember what was ordered, and refuse what they are told to. */
final class Exemptions implements ExemptionService, ExemptionAdminService, ExemptionBatchService {
    final ConcurrentSkipListMap<String, Exemption> known = new ConcurrentSkipListMap<>();
    final List<String> orders = new ArrayList<>();

    /** Whether the cluster has marked all as ended, by a clock that was wrong. */
    boolean ended;

    /** Those that are stored but not understood. */
    final Set<String> unreadable = new ConcurrentSkipListSet<>();

    /** Thrown by whatever writes; null for nothing. */
    RuntimeException refusal;

    /** What another node does just before the next change is made. */
    private Runnable meanwhile = () -> {};

    /** Another node is a moment faster than the next change, once. */
    synchronized void meanwhile(Runnable work) {
        meanwhile = work;
    }

    /** Makes a change of one exemption as if no other came between. */
    private synchronized Exemption change(
            String id, Expected<Exemption> expected, String order, UnaryOperator<Exemption> work) {
        Runnable first = meanwhile;
        meanwhile = () -> {};
        first.run();
        expected.require(
                "exemption " + id, Optional.ofNullable(known.get(id)), Exemption::toString);
        if (refusal != null) {
            throw refusal;
        }
        orders.add(order);
        Exemption after = work.apply(known.get(id));
        if (after == null) {
            return known.remove(id);
        }
        known.put(id, after);
        return after;
    }

    @Override
    public Optional<Exemption> stored(String id) {
        return exemption(id);
    }

    @Override
    public boolean isUnreadable(String id) {
        return unreadable.contains(id);
    }

    @Override
    public void discard(String id, String reason, Order order) {
        unreadable.remove(id);
        orders.add("discard " + id + ": " + reason + " by " + order);
    }

    @Override
    public Exemption put(Exemption exemption, Expected<Exemption> expected, Order order) {
        return change(
                exemption.id(),
                expected,
                "put " + exemption.id() + " by " + order,
                before -> exemption);
    }

    @Override
    public Map<String, String> refusals(Collection<Exemption> put) {
        return refusal == null
                ? Map.of()
                : put.stream().collect(Collectors.toMap(Exemption::id, e -> refusal.getMessage()));
    }

    @Override
    public Set<String> putAll(
            Collection<Exemption> put,
            Map<String, Exemption> seen,
            Order order,
            IntConsumer progress) {
        put.forEach(e -> put(e, Expected.any(), order));
        return Set.of();
    }

    @Override
    public Exemption renew(
            String id,
            Instant until,
            Optional<String> reason,
            Expected<Exemption> expected,
            Order order) {
        return change(
                id,
                expected,
                "renew " + id + " by " + order,
                before ->
                        before.toBuilder()
                                .until(until)
                                .reason(reason.orElse(before.reason()))
                                .build());
    }

    @Override
    public Exemption revoke(String id, String reason, Expected<Exemption> expected, Order order) {
        return change(
                id, expected, "revoke " + id + ": " + reason + " by " + order, before -> null);
    }

    @Override
    public Collection<Exemption> exemptions() {
        return known.values();
    }

    @Override
    public Collection<Exemption> inForce() {
        return known.values();
    }

    @Override
    public Optional<Exemption> exemption(String id) {
        return Optional.ofNullable(known.get(id));
    }

    @Override
    public ExemptionState stateOf(Exemption exemption) {
        return ended || exemption.until().isBefore(Instant.now())
                ? ExemptionState.ENDED
                : ExemptionState.IN_FORCE;
    }

    @Override
    public void addListener(ExemptionListener listener) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void removeListener(ExemptionListener listener) {
        throw new UnsupportedOperationException();
    }
}
