package org.postern.policy;

import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.onlab.packet.MacAddress;

/** What a policy line says of the packets it matches. Immutable. */
public final class Verdict {
    /** The packet is forwarded, untouched. */
    public static final Verdict PASS = new Verdict("pass", null, null);

    /** The packet is dropped. */
    public static final Verdict DROP = new Verdict("drop", null, null);

    /** The connection is refused by a reset, as long as the rate allows. */
    public static final Verdict REJECT = new Verdict("reject", null, null);

    private final String name;
    private final Chain next;
    private final MacAddress nextHop;
    private final int outerTag;

    private Verdict(String name, Chain next, MacAddress nextHop) {
        this(name, next, nextHop, 0);
    }

    private Verdict(String name, Chain next, MacAddress nextHop, int outerTag) {
        this.name = name;
        this.next = next;
        this.nextHop = nextHop;
        this.outerTag = outerTag;
    }

    /**
     * Sends the packet on to another chain.
     *
     * @param chain where it is examined next
     * @return the verdict
     */
    public static Verdict jump(Chain chain) {
        return new Verdict("jump", Objects.requireNonNull(chain), null);
    }

    /**
     * Steers the packet to another host of the same layer-2 network and goes on as this verdict
     * does.
     *
     * @param mac the host's MAC, which becomes the packet's destination
     * @return the verdict
     */
    public Verdict steeredTo(MacAddress mac) {
        return new Verdict(name, next, Objects.requireNonNull(mac), outerTag);
    }

    /**
     * Goes on as this verdict does with a packet that was looked at behind its outer tag: that tag
     * is put back.
     *
     * @param type its Ethernet type, 0x8100 or 0x88a8
     * @return the verdict
     */
    Verdict puttingBack(int type) {
        return new Verdict(name, next, nextHop, type);
    }

    /**
     * Returns the Ethernet type of the outer tag that is put back.
     *
     * @return 0x8100 or 0x88a8; empty if the packet has all its tags
     */
    public OptionalInt outerTag() {
        return outerTag == 0 ? OptionalInt.empty() : OptionalInt.of(outerTag);
    }

    /**
     * Returns where the packet is steered.
     *
     * @return MAC of the new destination, or empty if it goes where it was going
     */
    public Optional<MacAddress> nextHop() {
        return Optional.ofNullable(nextHop);
    }

    /**
     * Tells whether the packet goes no further.
     *
     * @return true if it is dropped or rejected
     */
    public boolean denies() {
        return name.equals(DROP.name) || name.equals(REJECT.name);
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
                && next == ((Verdict) other).next
                && outerTag == ((Verdict) other).outerTag
                && Objects.equals(nextHop, ((Verdict) other).nextHop);
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, next, nextHop, outerTag);
    }

    @Override
    public String toString() {
        return name
                + (next == null ? "" : " " + next)
                + (nextHop == null ? "" : " by way of " + nextHop);
    }
}
