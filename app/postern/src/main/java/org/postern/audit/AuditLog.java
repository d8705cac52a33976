package org.postern.audit;

/**
 * Takes down who changed what, before it is changed: what cannot be taken down must not be done.
 */
public interface AuditLog {

    /**
     * Takes down a change, with the reason of the order if it has none itself. What Postern does by
     * itself ({@link Order.Interface#POSTERN}) is a fact already: it is never refused, and taken
     * down as soon as the store answers.
     *
     * @param order who ordered it, and by which interface
     * @param change what is to be done
     * @throws org.onosproject.store.service.StorageException if it could not be taken down; then it
     *     must not be done
     */
    void record(Order order, Change change);

    /**
     * Takes down a change of many subjects as one entry that has the single changes as details,
     * each with the reason of the order if it has none itself.
     *
     * @param order who ordered it, and by which interface
     * @param summary what is to be done, as a whole
     * @param details what is to be done to each; read once, best in the order of their subjects
     * @throws org.onosproject.store.service.StorageException if it could not be taken down; then
     *     nothing of it must be done
     */
    default void record(Order order, Change summary, Iterable<Change> details) {
        record(order, summary);
        details.forEach(change -> record(order, change));
    }
}
