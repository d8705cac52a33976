package org.postern.compile;

import com.google.common.collect.ImmutableSortedMap;
import java.util.Map;
import java.util.OptionalInt;

/** How many rules Postern may have in each table of a device. Immutable. */
public final class TableSpace {
    /** As much as the switch takes, and it has refused nothing. */
    public static final TableSpace UNLIMITED = new TableSpace(OptionalInt.empty(), Map.of());

    private final OptionalInt configured;
    private final ImmutableSortedMap<Integer, Integer> learnt;

    /**
     * Creates the space of a device.
     *
     * @param configured most rules in any table, 1 or more; empty without a limit of one's own
     * @param learnt most rules in tables whose switch refused more, by table, 0 or more
     */
    public TableSpace(OptionalInt configured, Map<Integer, Integer> learnt) {
        this.configured = configured;
        this.learnt = ImmutableSortedMap.copyOf(learnt);
    }

    /**
     * Tells whether there is any limit.
     *
     * @return false if rules are laid as if there were none
     */
    public boolean isLimited() {
        return configured.isPresent() || !learnt.isEmpty();
    }

    /**
     * Returns the limit of a table.
     *
     * @param table its number
     * @return most rules; {@link Integer#MAX_VALUE} without a limit
     */
    public int of(int table) {
        return Math.min(
                configured.orElse(Integer.MAX_VALUE),
                learnt.getOrDefault(table, Integer.MAX_VALUE));
    }

    /**
     * Says what limits a table.
     *
     * @param table its number
     * @return a phrase such as {@code table 2 has room for 64 rules (ruleLimit)}
     */
    String told(int table) {
        return "table "
                + table
                + " has room for "
                + of(table)
                + " rules "
                + (of(table) == learnt.getOrDefault(table, Integer.MAX_VALUE)
                        ? "(learnt: the switch refused more)"
                        : "(ruleLimit)");
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TableSpace
                && configured.equals(((TableSpace) other).configured)
                && learnt.equals(((TableSpace) other).learnt);
    }

    @Override
    public int hashCode() {
        return configured.hashCode() + learnt.hashCode();
    }

    @Override
    public String toString() {
        return "limit " + configured + ", learnt " + learnt;
    }
}
