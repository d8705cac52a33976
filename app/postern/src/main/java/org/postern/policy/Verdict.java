package org.postern.policy;

import java.util.Objects;
import java.util.Optional;

/** What a policy line says of the packets it matches. Immutable. */
public final class Verdict {
    /** The packet is forwarded, untouched. */
    public static final Verdict PASS = new Verdict("pass", null);

    /** The packet is dropped. */
    public static final Verdict DROP = new Verdict("drop", null);

    private final String name;
    private final Chain next;

    private Verdict(String name, Chain next) {
        this.name = name;
        this.next = next;
    }

    /**
     * Sends the packet on to another chain.
     *
     * @param chain where it is examined next
     * @return the verdict
     */
    public static Verdict jump(Chain chain) {
        return new Verdict("jump", Objects.requireNonNull(chain));
    }

    /**
     * Returns the chain that examines the packet next.
     *
     * @return the chain, or empty if this verdict is final
     */
    public Optional<Chain> next() {
        return Optional.ofNullable(next);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Verdict
                && name.equals(((Verdict) other).name)
                && next == ((Verdict) other).next;
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, next);
    }

    @Override
    public String toString() {
        return next == null ? name : name + " " + next;
    }
}
