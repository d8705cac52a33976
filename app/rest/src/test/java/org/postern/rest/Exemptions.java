package org.postern.rest;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import org.postern.audit.Order;
import org.postern.exemption.ExemptionAdminService;
import org.postern.exemption.ExemptionListener;
import org.postern.exemption.ExemptionService;
import org.postern.exemption.ExemptionState;
import org.postern.policy.Exemption;

/** Exemptions that remember what was ordered, and refuse what they are told to. */
final class Exemptions implements ExemptionService, ExemptionAdminService {
    final ConcurrentSkipListMap<String, Exemption> known = new ConcurrentSkipListMap<>();
    final List<String> orders = new ArrayList<>();

    /** Thrown by whatever writes; null for nothing. */
    RuntimeException refusal;

    private void ordered(String order) {
        if (refusal != null) {
            throw refusal;
        }
        orders.add(order);
    }

    @Override
    public void put(Exemption exemption, Order order) {
        ordered("put " + exemption.id() + " by " + order);
        known.put(exemption.id(), exemption);
    }

    @Override
    public Exemption renew(String id, Instant until, Optional<String> reason, Order order) {
        ordered("renew " + id + " by " + order);
        Exemption after =
                known.get(id).toBuilder()
                        .until(until)
                        .reason(reason.orElse(known.get(id).reason()))
                        .build();
        known.put(id, after);
        return after;
    }

    @Override
    public Exemption revoke(String id, String reason, Order order) {
        ordered("revoke " + id + ": " + reason + " by " + order);
        return known.remove(id);
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
    public OptionalLong version(String id) {
        return OptionalLong.empty();
    }

    @Override
    public ExemptionState stateOf(Exemption exemption) {
        return exemption.until().isBefore(Instant.now())
                ? ExemptionState.ENDED
                : ExemptionState.IN_FORCE;
    }

    @Override
    public void await(Collection<String> subscribers, Order order) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Set<String> awaited() {
        return Set.of();
    }

    @Override
    public boolean isAwaited(String subscriber) {
        return false;
    }

    @Override
    public void goOn(Collection<String> subscribers, Order order) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void endOf(Collection<String> subscribers, Order order) {
        throw new UnsupportedOperationException();
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
