package org.postern.subscriber;

import com.google.common.collect.ImmutableSortedSet;
import com.google.common.collect.Iterables;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.postern.audit.AuditLog;
import org.postern.audit.Change;
import org.postern.audit.Order;
import org.postern.policy.Subscriber;

/** Takes down changes of many subscribers: one entry, and each of them as its detail. */
final class BatchAudit {
    /**
     * How many subscribers are named in one message, so that it stays readable; the details have
     * all.
     */
    private static final int NAMED = 10;

    private BatchAudit() {}

    /**
     * Takes a change down before it is made.
     *
     * @param changed who is put, by identifier
     * @param gone identifiers of those who are removed
     * @param directory as it is before
     * @return the entry
     */
    static Change record(
            AuditLog log,
            Order order,
            Map<String, Subscriber> changed,
            Set<String> gone,
            Directory directory) {
        List<String> ids = new ArrayList<>(changed.keySet());
        ids.addAll(gone);
        Change summary =
                Change.of(
                        "put-subscribers",
                        "",
                        changed.size()
                                + " subscribers"
                                + (gone.isEmpty() ? "" : ", " + gone.size() + " removed")
                                + ": "
                                + named(ids));
        log.record(
                order,
                summary,
                Iterables.transform(
                        ImmutableSortedSet.copyOf(ids),
                        id -> detail(id, changed.get(id), directory)));
        return summary;
    }

    /** One of many changes, as it would be audited alone. */
    private static Change detail(String id, Subscriber after, Directory directory) {
        Optional<Subscriber> before = directory.subscriber(id);
        return after == null
                ? Change.of("remove-subscriber", id, before.map(Subscriber::toString).orElse(id))
                        .between(before.map(StoredSubscriber::text), Optional.empty())
                : Change.of("put-subscribers", id, directory.putText(after))
                        .between(
                                before.map(StoredSubscriber::text),
                                Optional.of(StoredSubscriber.text(after)));
    }

    private static String named(List<String> ids) {
        String some = ids.stream().limit(NAMED).collect(Collectors.joining(", "));
        return ids.size() <= NAMED ? some : some + " and " + (ids.size() - NAMED) + " more";
    }
}
