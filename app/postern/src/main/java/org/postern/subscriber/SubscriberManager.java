package org.postern.subscriber;

import com.google.common.collect.ImmutableList;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.onlab.util.KryoNamespace;
import org.onosproject.core.ApplicationId;
import org.onosproject.core.CoreService;
import org.onosproject.event.AbstractListenerManager;
import org.onosproject.store.serializers.KryoNamespaces;
import org.onosproject.store.service.ConsistentMap;
import org.onosproject.store.service.MapEvent;
import org.onosproject.store.service.MapEventListener;
import org.onosproject.store.service.Serializer;
import org.onosproject.store.service.StorageService;
import org.onosproject.store.service.Versioned;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.postern.audit.AuditLog;
import org.postern.audit.Change;
import org.postern.audit.Order;
import org.postern.audit.Reasons;
import org.postern.drivers.FrontTable;
import org.postern.infrastructure.InfrastructureService;
import org.postern.policy.AccessDevice;
import org.postern.policy.Attachment;
import org.postern.policy.Identification;
import org.postern.policy.Policy;
import org.postern.policy.PortRole;
import org.postern.policy.Quarantine;
import org.postern.policy.ServiceClass;
import org.postern.policy.Subscriber;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the directory in a distributed map; a change is checked against everything else first. */
@Component(
        immediate = true,
        service = {SubscriberService.class, SubscriberAdminService.class})
public class SubscriberManager extends AbstractListenerManager<SubscriberEvent, SubscriberListener>
        implements SubscriberAdminService {
    /**
     * How many subscribers are named in one message, so that it stays readable; the log has all.
     */
    private static final int NAMED = 10;

    private final Logger log = LoggerFactory.getLogger(getClass());
    private final MapEventListener<String, SubscriberRecord> storeListener = this::stored;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected CoreService coreService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected StorageService storageService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected InfrastructureService infrastructureService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected AuditLog auditLog;

    private ConsistentMap<String, SubscriberRecord> store;

    @Activate
    protected void activate() {
        ApplicationId appId = coreService.registerApplication(FrontTable.POLICY_APPLICATION);
        eventDispatcher.addSink(SubscriberEvent.class, listenerRegistry);
        store =
                storageService
                        .<String, SubscriberRecord>consistentMapBuilder()
                        .withName("postern-subscribers")
                        .withApplicationId(appId)
                        .withSerializer(
                                Serializer.using(
                                        KryoNamespace.newBuilder()
                                                .register(KryoNamespaces.BASIC)
                                                .nextId(KryoNamespaces.BEGIN_USER_CUSTOM_ID)
                                                .register(SubscriberRecord.class)
                                                .build("postern-subscribers")))
                        .build();
        store.addListener(storeListener);
        log.info("Started with {} subscribers", store.size());
    }

    @Deactivate
    protected void deactivate() {
        store.removeListener(storeListener);
        eventDispatcher.removeSink(SubscriberEvent.class);
        log.info("Stopped");
    }

    private void stored(MapEvent<String, SubscriberRecord> event) {
        SubscriberRecord now = Versioned.valueOrNull(event.newValue());
        SubscriberRecord before = Versioned.valueOrNull(event.oldValue());
        switch (event.type()) {
            case INSERT:
                post(new SubscriberEvent(SubscriberEvent.Type.SUBSCRIBER_ADDED, now.subscriber()));
                break;
            case UPDATE:
                post(
                        new SubscriberEvent(
                                SubscriberEvent.Type.SUBSCRIBER_UPDATED, now.subscriber()));
                break;
            case REMOVE:
                post(
                        new SubscriberEvent(
                                SubscriberEvent.Type.SUBSCRIBER_REMOVED, before.subscriber()));
                break;
            default:
                break;
        }
    }

    @Override
    public Collection<Subscriber> subscribers() {
        ImmutableList.Builder<Subscriber> all = ImmutableList.builder();
        store.asJavaMap().values().forEach(r -> all.add(r.subscriber()));
        return all.build();
    }

    @Override
    public Optional<Subscriber> subscriber(String id) {
        return Optional.ofNullable(Versioned.valueOrNull(store.get(id)))
                .map(SubscriberRecord::subscriber);
    }

    @Override
    public synchronized void put(Collection<Subscriber> subscribers, Order order) {
        Map<String, Subscriber> before = new LinkedHashMap<>();
        subscribers().forEach(s -> before.put(s.id(), s));
        Map<String, Subscriber> changes = new LinkedHashMap<>();
        for (Subscriber subscriber : subscribers) {
            Subscriber former = before.get(subscriber.id());
            if (changes.put(subscriber.id(), keepingQuarantine(subscriber, former)) != null) {
                throw new IllegalArgumentException(
                        "subscriber " + subscriber.id() + " is named twice");
            }
        }
        Map<String, Subscriber> all = new LinkedHashMap<>(before);
        all.putAll(changes);
        Policy after = policyOf(all.values());
        check(after, before, changes.values());
        Identification.loss(policyOf(before.values()), after, changes.keySet())
                .ifPresent(
                        loss -> {
                            throw new IllegalArgumentException(loss);
                        });
        write(subscribers, before, order);
        auditLog.record(
                order,
                changes.size() == 1
                        ? Change.of(
                                "put-subscribers",
                                changes.keySet().iterator().next(),
                                changes.values().iterator().next().toString())
                        : Change.of("put-subscribers", "", changes.size() + " subscribers"));
    }

    /** Only a release ends a quarantine; an import that knows nothing of it must not. */
    private static Subscriber keepingQuarantine(Subscriber subscriber, Subscriber former) {
        Optional<Quarantine> kept = Optional.ofNullable(former).flatMap(Subscriber::quarantine);
        return kept.isPresent() && !subscriber.quarantine().isPresent()
                ? subscriber.toBuilder().quarantine(kept.get()).build()
                : subscriber;
    }

    /** Writes all, or puts back what there was: the store writes one at a time. */
    private void write(
            Collection<Subscriber> changes, Map<String, Subscriber> before, Order order) {
        Deque<String> written = new ArrayDeque<>();
        for (Subscriber subscriber : changes) {
            try {
                // another node may have quarantined or released it since the directory was read
                store.compute(
                        subscriber.id(),
                        (id, stored) ->
                                new SubscriberRecord(
                                        keepingQuarantine(subscriber, subscriberOf(stored))));
                written.push(subscriber.id());
            } catch (RuntimeException e) {
                String failure =
                        "the store of the cluster failed at subscriber "
                                + subscriber.id()
                                + " ("
                                + (written.size() + 1)
                                + " of "
                                + changes.size()
                                + "): ";
                // a write that timed out may have been done
                written.addLast(subscriber.id());
                putBack(written, before);
                if (!written.isEmpty()) {
                    auditLog.record(
                            order,
                            Change.of(
                                    "put-subscribers",
                                    "",
                                    "the store failed, may be changed: " + named(written)));
                }
                throw new IllegalStateException(
                        failure
                                + (written.isEmpty()
                                        ? "nothing was changed"
                                        : "what was written could not be put back and may be changed: "
                                                + named(written))
                                + "; see whether most nodes are up (nodes), and try again",
                        e);
            }
        }
    }

    /**
     * Puts back what there was, and takes out of the list what is as it was. It ends at the first
     * failure: with the store away each try would last until it times out.
     */
    private void putBack(Deque<String> written, Map<String, Subscriber> before) {
        try {
            while (!written.isEmpty()) {
                Subscriber former = before.get(written.peek());
                if (former == null) {
                    store.remove(written.peek());
                } else {
                    store.compute(
                            former.id(),
                            (id, stored) -> new SubscriberRecord(quarantinedAs(stored, former)));
                }
                written.pop();
            }
        } catch (RuntimeException e) {
            log.error("Subscribers {} could not be put back as they were", written, e);
        }
    }

    private static Subscriber subscriberOf(SubscriberRecord stored) {
        return stored == null ? null : stored.subscriber();
    }

    /** What there was, but for a quarantine that was begun or ended meanwhile. */
    private static Subscriber quarantinedAs(SubscriberRecord stored, Subscriber former) {
        return stored == null
                ? former
                : former.toBuilder()
                        .quarantine(stored.subscriber().quarantine().orElse(null))
                        .build();
    }

    /**
     * Changes one thing of a subscriber as it is stored, whatever else another node changed since
     * the directory was read.
     */
    private Subscriber change(String id, UnaryOperator<Subscriber.Builder> change) {
        SubscriberRecord now =
                Versioned.valueOrNull(
                        store.computeIfPresent(
                                id,
                                (key, stored) ->
                                        new SubscriberRecord(
                                                change.apply(stored.subscriber().toBuilder())
                                                        .build())));
        return now == null ? existing(id) : now.subscriber();
    }

    private static String named(Collection<String> ids) {
        String some = ids.stream().limit(NAMED).collect(Collectors.joining(", "));
        return ids.size() <= NAMED ? some : some + " and " + (ids.size() - NAMED) + " more";
    }

    @Override
    public synchronized Subscriber setClass(String id, String serviceClass, Order order) {
        Subscriber before = existing(id);
        Subscriber after = before.toBuilder().serviceClass(serviceClass).build();
        refuseQuarantine(serviceClass);
        check(policyWith(after), Map.of(id, before), List.of(after));
        Subscriber now = change(id, stored -> stored.serviceClass(serviceClass));
        auditLog.record(
                order,
                Change.of(
                        "set-class",
                        id,
                        id + " from " + before.serviceClass() + " to " + serviceClass));
        return now;
    }

    private void refuseQuarantine(String serviceClass) {
        if (infrastructureService
                .infrastructure()
                .classNamed(serviceClass)
                .quarantine()
                .isPresent()) {
            throw new IllegalArgumentException(
                    "class "
                            + serviceClass
                            + " is a quarantine: use postern-quarantine, which keeps the reason and the class"
                            + " that comes back");
        }
    }

    @Override
    public synchronized Subscriber quarantine(
            String id, String serviceClass, String reason, Order order) {
        existing(id);
        if (!infrastructureService
                .infrastructure()
                .classNamed(serviceClass)
                .quarantine()
                .isPresent()) {
            throw new IllegalArgumentException(
                    "class "
                            + serviceClass
                            + " is no quarantine: use one of "
                            + infrastructureService.infrastructure().classes().values().stream()
                                    .filter(c -> c.quarantine().isPresent())
                                    .map(ServiceClass::name)
                                    .collect(Collectors.joining(", ")));
        }
        Quarantine quarantine =
                new Quarantine(
                        serviceClass,
                        Reasons.checked(reason),
                        Instant.now().truncatedTo(ChronoUnit.MILLIS),
                        order.by());
        // nothing else is checked: neither a class that went nor a flaw, of its own or of
        // another's,
        // keeps abuse going
        Subscriber after = change(id, stored -> stored.quarantine(quarantine));
        auditLog.record(order, Change.of("quarantine", id, id + ": " + quarantine).because(reason));
        return after;
    }

    @Override
    public synchronized Subscriber release(String id, Order order) {
        Subscriber before = existing(id);
        Quarantine quarantine =
                before.quarantine()
                        .orElseThrow(
                                () ->
                                        new IllegalArgumentException(
                                                "subscriber "
                                                        + id
                                                        + " is not quarantined; postern-quarantines lists who is"));
        // what it had before is its own again, whatever became of it meanwhile
        Subscriber after = change(id, stored -> stored.quarantine(null));
        auditLog.record(order, Change.of("release", id, id + " from " + quarantine));
        return after;
    }

    private Policy policyWith(Subscriber changed) {
        Map<String, Subscriber> all = new LinkedHashMap<>();
        subscribers().forEach(s -> all.put(s.id(), s));
        all.put(changed.id(), changed);
        return policyOf(all.values());
    }

    @Override
    public synchronized void remove(String id, Order order) {
        Subscriber before = existing(id);
        store.remove(id);
        auditLog.record(order, Change.of("remove-subscriber", id, before.toString()));
    }

    private Subscriber existing(String id) {
        return subscriber(id)
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "there is no subscriber \""
                                                + id
                                                + "\": postern-subscribers lists those that exist"));
    }

    private Policy policyOf(Collection<Subscriber> all) {
        return new Policy(
                infrastructureService.infrastructure(),
                infrastructureService.devices().values(),
                all,
                List.of());
    }

    /**
     * Checks changes.
     *
     * @param policy the policy as it would be
     * @param before the directory as it is
     * @param changes what is different
     */
    private void check(
            Policy policy, Map<String, Subscriber> before, Collection<Subscriber> changes) {
        Map<String, Subscriber> after = new LinkedHashMap<>(policy.subscribers());
        // last: of two that claim the same, the one that is to change is refused
        changes.forEach(s -> after.put(s.id(), after.remove(s.id())));
        Occupancy occupancy = new Occupancy();
        after.values().forEach(occupancy::take);
        for (Subscriber subscriber : changes) {
            policy.infrastructure().classNamed(subscriber.serviceClass());
            Subscriber former = before.get(subscriber.id());
            // where it is already, it stays, also if that is no access port any more
            subscriber.attachments().stream()
                    .filter(a -> former == null || !former.attachments().contains(a))
                    .forEach(a -> checkAttachment(policy, subscriber, a));
            if (former == null || !former.serviceClass().equals(subscriber.serviceClass())) {
                refuseQuarantine(subscriber.serviceClass());
            }
            refuseFlaw(policy, subscriber);
            // a release must find everything in order
            refuseFlaw(policy, subscriber.toBuilder().quarantine(null).build());
        }
    }

    private static void refuseFlaw(Policy policy, Subscriber subscriber) {
        Identification.flaw(policy, subscriber)
                .ifPresent(
                        flaw -> {
                            throw new IllegalArgumentException(flaw);
                        });
    }

    private static void checkAttachment(
            Policy policy, Subscriber subscriber, Attachment attachment) {
        AccessDevice device = policy.devices().get(attachment.device());
        if (device == null) {
            throw new IllegalArgumentException(
                    "subscriber "
                            + subscriber.id()
                            + ": "
                            + attachment.device()
                            + " is not an access device; configure its port roles first. Access devices: "
                            + policy.devices().keySet());
        }
        if (device.roleOf(attachment.port()) != PortRole.ACCESS) {
            throw new IllegalArgumentException(
                    "subscriber "
                            + subscriber.id()
                            + ": port "
                            + attachment.port().toLong()
                            + " of "
                            + attachment.device()
                            + " is not an access port but "
                            + device.roleOf(attachment.port()).name().toLowerCase(Locale.ROOT));
        }
    }
}
