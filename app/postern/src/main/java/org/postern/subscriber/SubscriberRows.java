package org.postern.subscriber;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import org.onosproject.store.service.Versioned;
import org.postern.audit.Order;
import org.postern.bulk.BulkStore;
import org.postern.bulk.ChangeJournal.Row;
import org.postern.policy.Subscriber;

/** The subscribers of a change of many, as rows that are written to the store. */
final class SubscriberRows implements BulkStore {
    private final SubscriberStore store;
    private final BiConsumer<Set<String>, Order> endStrangers;

    /**
     * Begins.
     *
     * @param endStrangers ends the exemptions of who had an identifier before; it does not fail
     */
    SubscriberRows(SubscriberStore store, BiConsumer<Set<String>, Order> endStrangers) {
        this.store = store;
        this.endStrangers = endStrangers;
    }

    /**
     * Lists what a change writes.
     *
     * @param changed who is written
     * @param gone who is removed
     * @param versions which each has now; who is not in it must not be there
     * @param strangers who of those written gets the identifier of somebody who is awaited
     */
    static List<Row> of(
            Collection<Subscriber> changed,
            Set<String> gone,
            Map<String, Long> versions,
            Set<String> strangers) {
        List<Row> rows = new ArrayList<>();
        // first, since others may get what they had
        gone.forEach(id -> rows.add(Row.removed(id, versions.getOrDefault(id, 0L))));
        changed.forEach(
                s ->
                        rows.add(
                                Row.stored(
                                        s.id(),
                                        versions.getOrDefault(s.id(), 0L),
                                        StoredSubscriber.text(s),
                                        strangers.contains(s.id()))));
        return rows;
    }

    @Override
    public String count(int number) {
        return BulkStore.count(number, "subscriber");
    }

    @Override
    public boolean write(Row row, Order order) {
        if (row.isStranger() && !store.get(row.id()).isPresent()) {
            // before: what waits for an identifier goes on for whoever is found to have it
            endStrangers.accept(Set.of(row.id()), order);
        }
        if (store.write(row.id(), row.version(), row.text())) {
            return true;
        }
        Optional<String> present = store.get(row.id()).map(Versioned::value);
        return present.equals(row.text());
    }
}
