package org.postern.bulk;

import org.postern.audit.Order;

/** Where a change of many is written, one row after the other. */
public interface BulkStore {
    /**
     * Names what a row is.
     *
     * @param number of rows
     * @return such as {@code 1 subscriber} or {@code 3 subscribers}
     */
    String count(int number);

    /**
     * Tells whom a row is about, for the audit.
     *
     * @param id identifier of a row
     * @return a subscriber's identifier, or that of the row if nobody's is known
     */
    default String subject(String id) {
        return id;
    }

    /**
     * Writes a row. It may be asked for more than once, by several threads and nodes.
     *
     * @param row a row of the change
     * @param order who ordered the change
     * @return whether the store has it as the row says; false if somebody changed it later than the
     *     change was made, and then it is left
     * @throws RuntimeException if the store does not answer
     */
    boolean write(ChangeJournal.Row row, Order order);

    /**
     * Counts.
     *
     * @param number how many
     * @param one what one is called
     * @return number and name, in the plural if it is not 1
     */
    static String count(int number, String one) {
        return number + " " + one + (number == 1 ? "" : "s");
    }
}
