package org.postern.rest;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.function.IntConsumer;
import java.util.function.UnaryOperator;
import org.postern.audit.Order;
import org.postern.policy.Attachment;
import org.postern.policy.Quarantine;
import org.postern.policy.Subscriber;
import org.postern.policy.Subscribers;
import org.postern.precondition.Expected;
import org.postern.subscriber.DoubleClaim;
import org.postern.subscriber.SubscriberAdminService;
import org.postern.subscriber.SubscriberListener;

/** A directory of subscribers that remembers what was ordered, and refuses what it is told to. */
final class Directory implements SubscriberAdminService {
    static final Instant NOW = Instant.parse("2026-03-01T08:01:30Z");

    final ConcurrentSkipListMap<String, Subscriber> subscribers = new ConcurrentSkipListMap<>();

    /** Those that are stored but not understood. */
    final Set<String> unreadable = new ConcurrentSkipListSet<>();

    /** Every order that changed something: an entry of the audit each. */
    final List<String> orders = new ArrayList<>();

    /** What two subscribers have. */
    final List<DoubleClaim> doubles = new ArrayList<>();

    /** Thrown by whatever writes; null for nothing. */
    RuntimeException refusal;

    /** What another node does just before the next change is made. */
    private Runnable meanwhile = () -> {};

    private final Isp isp;

    Directory(Isp isp) {
        this.isp = isp;
    }

    /** Registers somebody without an order. */
    Subscriber add(String id, String... attachments) {
        Subscriber.Builder builder = Subscriber.builder(id);
        for (String attachment : attachments) {
            builder.attachedAt(Attachment.parse(attachment));
        }
        return keep(builder.build());
    }

    Subscriber keep(Subscriber subscriber) {
        subscribers.put(subscriber.id(), subscriber);
        return subscriber;
    }

    /** Another node is a moment faster than the next change, once. */
    synchronized void meanwhile(Runnable work) {
        meanwhile = work;
    }

    /** Makes a change of one subscriber as if no other came between. */
    private synchronized Subscriber change(
            String id,
            Expected<Subscriber> expected,
            String order,
            UnaryOperator<Subscriber> work) {
        Runnable first = meanwhile;
        meanwhile = () -> {};
        first.run();
        expected.require(
                "subscriber " + id, Optional.ofNullable(subscribers.get(id)), Subscriber::toString);
        if (refusal != null) {
            throw refusal;
        }
        if (unreadable.contains(id) && work.apply(null) != null && !expected.isAnything()) {
            throw new IllegalArgumentException("subscriber " + id + " is not understood");
        }
        unreadable.remove(id);
        Subscriber after = work.apply(subscribers.get(id));
        orders.add(order);
        return after == null ? subscribers.remove(id) : keep(after);
    }

    @Override
    public Optional<Subscriber> stored(String id) {
        return Optional.ofNullable(subscribers.get(id));
    }

    @Override
    public boolean isUnreadable(String id) {
        return unreadable.contains(id);
    }

    @Override
    public Subscriber put(Subscriber subscriber, Expected<Subscriber> expected, Order order) {
        for (Attachment attachment : subscriber.attachments()) {
            if (!isp.network.devices().containsKey(attachment.device())) {
                throw new IllegalArgumentException(
                        attachment.device() + " is not an access device");
            }
        }
        return change(
                subscriber.id(),
                expected,
                "put [" + subscriber + "] by " + order,
                before -> subscriber);
    }

    @Override
    public Subscriber setClass(
            String id, String serviceClass, Expected<Subscriber> expected, Order order) {
        return change(
                id,
                expected,
                "class " + id + " " + serviceClass + " by " + order,
                before -> before.toBuilder().serviceClass(serviceClass).build());
    }

    @Override
    public Subscriber quarantine(
            String id,
            String serviceClass,
            String reason,
            Expected<Subscriber> expected,
            Order order) {
        return change(
                id,
                expected,
                "quarantine " + id + " " + serviceClass + " by " + order,
                before ->
                        before.toBuilder()
                                .quarantine(new Quarantine(serviceClass, reason, NOW, order.by()))
                                .build());
    }

    @Override
    public Subscriber release(String id, Expected<Subscriber> expected, Order order) {
        return change(
                id,
                expected,
                "release " + id + " by " + order,
                before -> before.toBuilder().quarantine(null).build());
    }

    @Override
    public void remove(String id, Expected<Subscriber> expected, Order order) {
        change(id, expected, "remove " + id + " by " + order, before -> null);
    }

    @Override
    public Set<String> apply(
            Collection<Subscriber> put,
            Collection<String> removed,
            Subscribers seen,
            Order order,
            IntConsumer progress) {
        put.forEach(s -> put(s, Expected.any(), order));
        removed.forEach(id -> remove(id, order));
        return Set.of();
    }

    @Override
    public void check(Collection<Subscriber> put, Collection<String> removed) {
        if (refusal != null) {
            throw refusal;
        }
    }

    @Override
    public List<DoubleClaim> doubleClaims() {
        return doubles;
    }

    @Override
    public Subscribers directory() {
        return Subscribers.of(subscribers.values());
    }

    @Override
    public void addListener(SubscriberListener listener) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void removeListener(SubscriberListener listener) {
        throw new UnsupportedOperationException();
    }
}
