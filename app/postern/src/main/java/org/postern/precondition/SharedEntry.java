package org.postern.precondition;

import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.postern.audit.AuditLog;
import org.postern.audit.AuditedChange;
import org.postern.audit.Change;
import org.postern.audit.Order;

/**
 * One entry of a map of the cluster, to be changed as it is stored, whatever else other nodes
 * change at the same time.
 *
 * @param <T> what the entry is
 */
public abstract class SharedEntry<T> {
    /** How often a change is tried anew that another node was quicker than. */
    private static final int TRIES = 5;

    private final String name;

    /**
     * Names an entry.
     *
     * @param name how it is called in messages, such as {@code subscriber shop-17}
     */
    protected SharedEntry(String name) {
        this.name = name;
    }

    /** Asks the store: another node may have changed it a moment ago. */
    protected abstract void refresh();

    /**
     * Tells which version this node knows.
     *
     * @return that of {@link #present}, or an older one; 0 if there is none
     */
    protected abstract long version();

    /**
     * Tells what this node knows.
     *
     * @return the entry, or empty if there is none
     */
    protected abstract Optional<T> present();

    /**
     * Tells all that there is of it.
     *
     * @param value what there is
     * @return text for audit and messages
     */
    protected abstract String text(T value);

    /**
     * Tells whether it has to be written though it is the same, for what is stored with it.
     *
     * @param same what there is, and is to be; empty if nothing is known, and nothing is to be
     * @return whether it has to be
     */
    protected boolean isToBeWritten(Optional<T> same) {
        return false;
    }

    /**
     * Does what has to be done before it is written, and may be done in vain.
     *
     * @param after what is written; empty if it is removed
     * @param order who orders it
     */
    protected void prepare(Optional<T> after, Order order) {}

    /**
     * Writes it, and asks the store again.
     *
     * @param version which it must have
     * @param after what is written; empty if it is removed
     * @return whether it was written; if not, it had another version
     */
    protected abstract boolean write(long version, Optional<T> after);

    /**
     * Undoes what was done before it was to be written, as far as it was: another node was quicker,
     * or the store failed, and nobody knows whether it was written all the same.
     *
     * @param after what was to be written; empty if it was to be removed
     * @param order who ordered it
     */
    protected void abandon(Optional<T> after, Order order) {}

    /**
     * Does what has to be done after it was written.
     *
     * @param after what was written; empty if it was removed
     * @param order who ordered it
     */
    protected void settle(Optional<T> after, Order order) {}

    /**
     * Changes it.
     *
     * @param expected what it must be before
     * @param change what becomes of it; empty is nothing; it may refuse
     * @param told what is audited of that, from what was and what is
     * @param log where
     * @param order who orders it
     * @return what it is now
     * @throws StaleException if it is not as expected
     * @throws IllegalStateException if other nodes change it all the time
     */
    public final Optional<T> change(
            Expected<T> expected,
            UnaryOperator<Optional<T>> change,
            BiFunction<Optional<T>, Optional<T>, Change> told,
            AuditLog log,
            Order order) {
        for (int tries = 0; tries < TRIES; tries++) {
            refresh();
            // before what there is: what an event brings between is then not overwritten
            long version = version();
            Optional<T> before = present();
            expected.require(name, before, this::text);
            Optional<T> after = change.apply(before);
            if (after.equals(before) && !isToBeWritten(after)) {
                return before;
            }
            Change audited =
                    told.apply(before, after)
                            .between(before.map(this::text), after.map(this::text));
            if (make(audited, version, after, log, order)) {
                settle(after, order);
                return after;
            }
            abandon(after, order);
        }
        throw new IllegalStateException(
                "other nodes of the cluster change "
                        + name
                        + " all the time; nothing was changed, try again");
    }

    private boolean make(
            Change audited, long version, Optional<T> after, AuditLog log, Order order) {
        try {
            prepare(after, order);
            return AuditedChange.make(log, order, audited, () -> write(version, after));
        } catch (RuntimeException e) {
            try {
                abandon(after, order);
            } catch (RuntimeException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
    }
}
