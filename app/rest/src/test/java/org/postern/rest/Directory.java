package org.postern.rest;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.IntConsumer;
import org.postern.audit.Order;
import org.postern.policy.Attachment;
import org.postern.policy.Quarantine;
import org.postern.policy.Subscriber;
import org.postern.policy.Subscribers;
import org.postern.subscriber.SubscriberAdminService;
import org.postern.subscriber.SubscriberListener;

/** A directory of subscribers that remembers what was ordered, and refuses what it is told to. */
final class Directory implements SubscriberAdminService {
    static final Instant NOW = Instant.parse("2026-03-01T08:01:30Z");

    final ConcurrentSkipListMap<String, Subscriber> subscribers = new ConcurrentSkipListMap<>();

    /** Every order that changed something: an entry of the audit each. */
    final List<String> orders = new ArrayList<>();

    /** Thrown by whatever writes; null for nothing. */
    RuntimeException refusal;

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

    private void ordered(String order) {
        if (refusal != null) {
            throw refusal;
        }
        orders.add(order);
    }

    @Override
    public void put(Collection<Subscriber> some, Order order) {
        for (Subscriber subscriber : some) {
            for (Attachment attachment : subscriber.attachments()) {
                if (!isp.network.devices().containsKey(attachment.device())) {
                    throw new IllegalArgumentException(
                            attachment.device() + " is not an access device");
                }
            }
        }
        ordered("put " + some + " by " + order);
        some.forEach(this::keep);
    }

    @Override
    public Subscriber setClass(String id, String serviceClass, Order order) {
        ordered("class " + id + " " + serviceClass + " by " + order);
        return keep(subscribers.get(id).toBuilder().serviceClass(serviceClass).build());
    }

    @Override
    public Subscriber quarantine(String id, String serviceClass, String reason, Order order) {
        ordered("quarantine " + id + " " + serviceClass + " by " + order);
        return keep(
                subscribers.get(id).toBuilder()
                        .quarantine(new Quarantine(serviceClass, reason, NOW, order.by()))
                        .build());
    }

    @Override
    public Subscriber release(String id, Order order) {
        ordered("release " + id + " by " + order);
        return keep(subscribers.get(id).toBuilder().quarantine(null).build());
    }

    @Override
    public void remove(String id, Order order) {
        ordered("remove " + id + " by " + order);
        subscribers.remove(id);
    }

    @Override
    public void apply(
            Collection<Subscriber> put,
            Collection<String> removed,
            Order order,
            IntConsumer progress) {
        put(put, order);
        removed.forEach(id -> remove(id, order));
    }

    @Override
    public void check(Collection<Subscriber> put, Collection<String> removed) {
        if (refusal != null) {
            throw refusal;
        }
    }

    @Override
    public Subscribers directory() {
        return Subscribers.of(subscribers.values());
    }

    @Override
    public OptionalLong version(String id) {
        return subscribers.containsKey(id) ? OptionalLong.of(1) : OptionalLong.empty();
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
