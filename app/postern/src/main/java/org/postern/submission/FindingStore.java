package org.postern.submission;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.onosproject.core.ApplicationId;
import org.onosproject.store.service.StorageService;
import org.onosproject.store.service.Versioned;
import org.postern.audit.AuditLog;
import org.postern.audit.Change;
import org.postern.audit.Order;
import org.postern.replica.Replica;
import org.postern.replica.Schemas;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the cluster knows of servers and relays, by {@link Watched#key}. What is written here goes
 * into the audit, once; what any node writes is told on every node.
 */
final class FindingStore {
    /** How often what was found is written anew if another node was quicker. */
    private static final int TRIES = 5;

    private final Logger log = LoggerFactory.getLogger(getClass());
    private final Map<String, Finding> known = new ConcurrentHashMap<>();

    /** Of whom something is stored that this node does not understand. */
    private final Set<String> unread = ConcurrentHashMap.newKeySet();

    private final Replica store;
    private final Schemas schemas;
    private final AuditLog auditLog;
    private final Listener listener;

    /** Whether this node knows what is stored. */
    private volatile boolean follows;

    /** Is told what changes. */
    interface Listener {
        /** An alarm was raised, or is over. */
        void alarm(SubmissionEvent.Type type, Watched watched, Alarm alarm);

        /** Anything is known now that was not, or not like that. */
        void changed();
    }

    FindingStore(
            StorageService storage, ApplicationId owner, AuditLog auditLog, Listener listener) {
        store = new Replica(storage, owner, "postern-submission", new Known());
        schemas = new Schemas(storage, owner);
        this.auditLog = auditLog;
        this.listener = listener;
    }

    /** Takes down what the store tells. */
    private final class Known implements Replica.Holder {
        @Override
        public void stored(String key, Versioned<String> value) {
            Finding now;
            try {
                now = Finding.of(value.value());
            } catch (IllegalStateException e) {
                // it comes anew with the next look; what was wrong is not mended by this
                log.error("What was found of {} is not understood", key, e);
                unread.add(key);
                listener.changed();
                return;
            }
            unread.remove(key);
            tell(Optional.ofNullable(known.put(key, now)), Optional.of(now));
        }

        @Override
        public void gone(String key) {
            unread.remove(key);
            tell(Optional.ofNullable(known.remove(key)), Optional.empty());
        }

        private void tell(Optional<Finding> before, Optional<Finding> now) {
            over(before, now).forEach(a -> post(SubmissionEvent.Type.ALARM_CLEARED, before, a));
            over(now, before).forEach(a -> post(SubmissionEvent.Type.ALARM_RAISED, now, a));
            listener.changed();
        }

        private void post(SubmissionEvent.Type type, Optional<Finding> finding, Alarm alarm) {
            listener.alarm(type, finding.orElseThrow().watched(), alarm);
        }
    }

    /** The alarms that one has and another has not. */
    private static List<Alarm> over(Optional<Finding> one, Optional<Finding> other) {
        return one.stream()
                .flatMap(f -> f.alarms().stream())
                .filter(a -> !other.flatMap(o -> o.alarm(a.kind())).isPresent())
                .collect(Collectors.toList());
    }

    /** Begins to know what is stored, unless it does, or the store is away. */
    boolean follow() {
        try {
            if (!follows) {
                schemas.require(
                        "submission", "what was found of servers was", Finding.SCHEMA, () -> {});
                store.follow();
                follows = true;
                listener.changed();
            }
        } catch (RuntimeException e) {
            log.error("What was found of servers is not known, nothing is probed; tried again", e);
        }
        return follows;
    }

    /** Compares what is known with the store, were an event lost. */
    void compare() {
        try {
            if (follow()) {
                store.compare();
            }
        } catch (RuntimeException e) {
            log.warn("What was found of servers could not be compared; it goes on", e);
        }
    }

    void close() {
        store.close();
    }

    /** Whether this node knows what is stored. */
    boolean follows() {
        return follows;
    }

    /** Whether something is stored that this node does not understand. */
    boolean isUnread(Watched watched) {
        return unread.contains(watched.key());
    }

    Optional<Finding> of(Watched watched) {
        return Optional.ofNullable(known.get(watched.key()));
    }

    /** All that is known, also of those that are watched no more. */
    Map<String, Finding> all() {
        return Map.copyOf(known);
    }

    /** Forgets one; its alarms are over. */
    void forget(String key, Finding finding) {
        if (store.remove(key)) {
            finding.alarms().forEach(a -> audit("over", finding.watched(), a));
        }
    }

    /** Which version the store has of one, now: for {@link #keep}. */
    long version(Watched watched) {
        store.refresh(watched.key());
        return store.version(watched.key());
    }

    /**
     * Adds a look to what is known. What is stored and not understood is replaced only by a look
     * that judges.
     *
     * @param began which version there was when it began
     * @param notice how long before its end a certificate expires soon
     * @return false if it was not kept: other nodes write all the time, or it would end an alarm
     *     that was raised meanwhile. Which look is the newer one is not known, clocks do not tell
     */
    boolean keep(Watched watched, Observation look, long began, Duration notice) {
        for (int tries = 0; tries < TRIES; tries++) {
            long version = version(watched);
            if (isUnread(watched) && !look.judges()) {
                return true; // what was wrong is not known, and was not seen to be right
            }
            Optional<Finding> before = of(watched);
            Finding now = Finding.after(watched, before, look, notice);
            List<Alarm> ended = over(before, Optional.of(now));
            if (version != began && !ended.isEmpty()) {
                return false;
            }
            if (store.write(watched.key(), version, Optional.of(now.stored()))) {
                ended.forEach(a -> audit("over", watched, a));
                over(Optional.of(now), before).forEach(a -> audit("raised", watched, a));
                auditRefusal(watched, before.flatMap(Finding::notEnforced), now.notEnforced());
                return true;
            }
        }
        return false;
    }

    private void audit(String what, Watched watched, Alarm alarm) {
        auditLog.record(
                Order.POSTERN,
                Change.of("alarm-" + what, watched.name(), watched.text() + ": " + alarm));
    }

    private void auditRefusal(Watched watched, Optional<String> was, Optional<String> is) {
        if (watched.kind() == Watched.Kind.RELAY && was.isPresent() != is.isPresent()) {
            auditLog.record(
                    Order.POSTERN,
                    Change.of(
                            is.isPresent() ? "next-hop-refused" : "next-hop-accepted",
                            watched.name(),
                            watched.text() + is.map(why -> ": " + why).orElse("")));
        }
    }
}
