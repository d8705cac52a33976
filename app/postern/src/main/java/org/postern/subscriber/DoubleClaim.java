package org.postern.subscriber;

import java.util.Objects;

/**
 * That two subscribers have what only one can have. Each node refuses that, by what it knows: two
 * that are asked in the same moment may both agree. Immutable.
 */
public final class DoubleClaim {
    private final String first;
    private final String second;
    private final String what;

    /**
     * Names two subscribers, in whatever order.
     *
     * @param one an identifier
     * @param other another one
     * @param what what both have
     */
    public DoubleClaim(String one, String other, String what) {
        boolean inOrder = one.compareTo(other) < 0;
        this.first = inOrder ? one : other;
        this.second = inOrder ? other : one;
        this.what = what;
    }

    /**
     * Returns one of the two.
     *
     * @return the identifier that comes first in order
     */
    public String first() {
        return first;
    }

    /**
     * Returns the other one.
     *
     * @return the identifier that comes second in order
     */
    public String second() {
        return second;
    }

    /**
     * Returns what both have.
     *
     * @return such as {@code attachment of:0000000000000001/7}, or {@code prefix 10.64.7.0/29 or a
     *     part of it}
     */
    public String what() {
        return what;
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof DoubleClaim)) {
            return false;
        }
        DoubleClaim that = (DoubleClaim) other;
        return first.equals(that.first) && second.equals(that.second) && what.equals(that.what);
    }

    @Override
    public int hashCode() {
        return Objects.hash(first, second, what);
    }

    @Override
    public String toString() {
        return first + " and " + second + " both have " + what;
    }
}
