package org.postern.sadis;

import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.onosproject.net.ConnectPoint;
import org.postern.audit.Order;
import org.postern.policy.Subscriber;
import org.postern.policy.Subscribers;
import org.postern.precondition.Expected;
import org.postern.precondition.StaleException;
import org.postern.subscriber.SubscriberAdminService;
import org.postern.subscriber.SubscriberExemptions;

/** Writes to the directory of subscribers, and only to what came from SADIS. */
final class SadisWriter {
    private static final Order ORDER = new Order("sadis", Order.Interface.DIRECTORY);

    private final SadisRecords records;
    private final SubscriberAdminService directory;
    private final SubscriberExemptions exemptions;

    SadisWriter(
            SadisRecords records,
            SubscriberAdminService directory,
            SubscriberExemptions exemptions) {
        this.records = records;
        this.directory = directory;
        this.exemptions = exemptions;
    }

    /** Who is attached to a port, or to a part of it. */
    Set<Subscriber> subscribersAt(ConnectPoint port) {
        return directory.directory().at(port.deviceId()).values().stream()
                .filter(
                        s ->
                                s.attachments().stream()
                                        .anyMatch(
                                                a ->
                                                        a.device().equals(port.deviceId())
                                                                && a.port().equals(port.port())))
                .collect(Collectors.toSet());
    }

    /** The other port that a subscriber came from that was found at this one. */
    Optional<ConnectPoint> formerPort(String id, ConnectPoint port) {
        return records.get(id)
                .map(SadisRecord::port)
                .filter(former -> !former.equals(port))
                .filter(former -> directory.subscriber(id).isPresent());
    }

    /**
     * Puts a subscriber, if it is different, in place of whom SADIS had named for its port before.
     *
     * @throws IllegalArgumentException if it is not SADIS's to change, or the directory refuses it;
     *     nothing is changed then
     * @throws StaleException if another node changes it, or whom it replaces, at the same time;
     *     nothing is changed then
     */
    void put(ConnectPoint port, Subscriber wanted) {
        String id = wanted.id();
        Optional<SadisRecord> record = records.get(id);
        Optional<Subscriber> existing = seen(id, record);
        if (existing.isPresent() && !record.filter(r -> r.describes(existing.get())).isPresent()) {
            if (record.isPresent()) {
                records.remove(id);
            }
            throw new IllegalArgumentException(
                    "subscriber "
                            + id
                            + " is registered, or was changed, otherwise and stays as it is; remove it to have it"
                            + " from SADIS");
        }
        Set<Subscriber> replaced =
                subscribersAt(port).stream()
                        .filter(s -> !s.id().equals(id))
                        .filter(s -> isOf(port, s))
                        .collect(Collectors.toSet());
        replaced.stream()
                .filter(other -> other.quarantine().isPresent())
                .findFirst()
                .ifPresent(
                        other -> {
                            throw quarantined(other.id(), "names " + id + " for its port");
                        });
        boolean settled =
                existing.filter(s -> SadisRecord.same(s, wanted)).isPresent()
                        && record.filter(r -> r.port().equals(port)).isPresent();
        if (settled && replaced.isEmpty()) {
            if (!record.get().isWritten()) {
                records.put(id, SadisRecord.written(port, wanted));
            }
            if (exemptions.isAwaited(id) && directory.stored(id).isPresent()) {
                // it was to be removed, and that failed
                exemptions.goOn(Set.of(id), ORDER);
            }
            return;
        }
        // first: were it the other way, a node that ends between would leave a stranger behind
        records.put(id, SadisRecord.of(port, wanted, existing));
        try {
            write(wanted, existing, replaced);
        } catch (IllegalArgumentException | StaleException e) {
            record.ifPresentOrElse(r -> records.put(id, r), () -> records.remove(id));
            throw e;
        }
        // from now on only that is SADIS's: an operator may want what it was before
        records.put(id, SadisRecord.written(port, wanted));
        replaced.stream()
                .map(Subscriber::id)
                .filter(other -> !directory.stored(other).isPresent())
                .forEach(records::remove);
    }

    /** As this node knows it; what is not as it was put may be newer than what this node knows. */
    private Optional<Subscriber> seen(String id, Optional<SadisRecord> record) {
        Optional<Subscriber> known = directory.subscriber(id);
        return known.filter(s -> !record.filter(r -> r.describes(s)).isPresent()).isPresent()
                ? directory.stored(id)
                : known;
    }

    private void write(Subscriber wanted, Optional<Subscriber> existing, Set<Subscriber> replaced) {
        if (replaced.isEmpty()) {
            directory.put(wanted, Expected.asSeen(existing), ORDER);
            return;
        }
        requireAsSeen(wanted.id(), existing);
        replaced.forEach(other -> requireAsSeen(other.id(), Optional.of(other)));
        Set<String> removed = replaced.stream().map(Subscriber::id).collect(Collectors.toSet());
        Subscribers seen = Subscribers.of(replaced);
        directory.apply(
                Set.of(wanted), removed, existing.map(seen::with).orElse(seen), ORDER, n -> {});
    }

    /** Asked last: what is changed from then on is not overwritten by a change of many. */
    private void requireAsSeen(String id, Optional<Subscriber> seen) {
        Expected.asSeen(seen)
                .require("subscriber " + id, directory.stored(id), Subscriber::toString);
    }

    private boolean isOf(ConnectPoint port, Subscriber subscriber) {
        return records.get(subscriber.id())
                .filter(r -> r.port().equals(port) && r.describes(subscriber))
                .isPresent();
    }

    /** One that SADIS names is no stranger, though it could not be brought back. */
    void stillNamed(String id) {
        if (id != null && exemptions.isAwaited(id)) {
            exemptions.await(Set.of(id), ORDER);
        }
    }

    /**
     * Removes whom SADIS does not name for a port any more.
     *
     * @throws IllegalArgumentException if it is quarantined, or the directory refuses it; nothing
     *     is changed then
     * @throws StaleException if another node changes it at the same time; nothing is changed then
     */
    void forget(ConnectPoint port, String id) {
        Optional<SadisRecord> record = records.get(id).filter(r -> r.port().equals(port));
        if (!record.isPresent()) {
            return;
        }
        Optional<Subscriber> present = directory.stored(id);
        if (present.flatMap(Subscriber::quarantine).isPresent()) {
            // its removal would end the quarantine, and "nobody" is SADIS's answer to a failure too
            throw quarantined(id, "does not name it any more");
        }
        if (present.filter(record.get()::describes).isPresent()) {
            directory.remove(id, Expected.asSeen(present), ORDER);
        }
        records.remove(id);
    }

    private static IllegalArgumentException quarantined(String id, String why) {
        return new IllegalArgumentException(
                "subscriber "
                        + id
                        + " is quarantined and stays, though SADIS "
                        + why
                        + "; release or remove it");
    }
}
