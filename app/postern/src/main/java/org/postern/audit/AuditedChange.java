package org.postern.audit;

import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a change down before it is made; if it is not made then, that is taken down too. So there
 * may be an entry too many, but never one too few.
 */
public final class AuditedChange {
    private static final Logger LOG = LoggerFactory.getLogger(AuditedChange.class);

    private AuditedChange() {}

    /**
     * Makes a change.
     *
     * @param log where it is taken down
     * @param order who ordered it
     * @param change what is done
     * @param work does it; tells whether it was done, or somebody else was quicker
     * @return what {@code work} tells
     * @throws org.onosproject.store.service.StorageException if it could not be taken down; it is
     *     not done then
     * @throws RuntimeException what {@code work} throws; then it is taken down that nobody knows
     */
    public static boolean make(AuditLog log, Order order, Change change, BooleanSupplier work) {
        log.record(order, change);
        boolean done;
        try {
            done = work.getAsBoolean();
        } catch (RuntimeException e) {
            retract(log, order, change, "the store failed: see whether it was done all the same");
            throw e;
        }
        if (!done) {
            retract(
                    log,
                    order,
                    change,
                    "another node was quicker; what is tried again has its own entry");
        }
        return done;
    }

    /**
     * Makes a change that may be refused, or may not come to its end.
     *
     * @param log where it is taken down
     * @param order who ordered it
     * @param change what is done
     * @param work does it; an {@link IllegalArgumentException} says that it is refused and nothing
     *     is changed, any other that it is not finished
     * @throws org.onosproject.store.service.StorageException if it could not be taken down; it is
     *     not done then
     * @throws RuntimeException what {@code work} throws, once that is taken down
     */
    public static void attempt(AuditLog log, Order order, Change change, Runnable work) {
        log.record(order, change);
        try {
            work.run();
        } catch (IllegalArgumentException e) {
            retract(log, order, change, "refused, nothing was changed: " + e.getMessage());
            throw e;
        } catch (RuntimeException e) {
            retract(log, order, change, "not finished: " + e.getMessage());
            throw e;
        }
    }

    /**
     * Takes down that a change was not made.
     *
     * @param log where it was taken down
     * @param order who ordered it
     * @param change what was to be done
     * @param why why it was not, or may not have been
     */
    public static void retract(AuditLog log, Order order, Change change, String why) {
        String what =
                change.action()
                        + (change.subject().isEmpty() ? "" : " of " + change.subject())
                        + ": "
                        + why;
        try {
            log.record(order, Change.of("not-done", change.subject(), what));
        } catch (RuntimeException e) {
            LOG.warn("Not audited: {}", what, e);
        }
    }
}
