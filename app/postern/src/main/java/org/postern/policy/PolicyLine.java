package org.postern.policy;

import java.util.Objects;
import java.util.Optional;

/** One line of a chain: packets that match get the verdict, for the reason given. Immutable. */
public final class PolicyLine {
    /** What would be if the line were missing. */
    private enum Standing {
        /** Less would pass. */
        PERMITTING,
        /** The same would pass: something below denies too. */
        DENYING,
        /** More would pass, or packets would not come to where they are examined. */
        GUARDING
    }

    private final Chain chain;
    private final int rank;
    private final PacketMatch match;
    private final Verdict verdict;
    private final String reason;
    private final String subscriber;
    private final Standing standing;
    private final Counted counted;

    private PolicyLine(
            Chain chain,
            int rank,
            PacketMatch match,
            Verdict verdict,
            String reason,
            String subscriber,
            Standing standing,
            Counted counted) {
        this.chain = chain;
        this.rank = rank;
        this.match = match;
        this.verdict = verdict;
        this.reason = reason;
        this.subscriber = subscriber;
        this.standing = standing;
        this.counted = counted;
    }

    /**
     * A line that the others rely on: it denies, or it leads packets to where they are examined.
     */
    static PolicyLine floor(
            Chain chain, int rank, PacketMatch match, Verdict verdict, String reason) {
        return new PolicyLine(chain, rank, match, verdict, reason, null, Standing.GUARDING, null);
    }

    /**
     * A line that drops what concerns one subscriber.
     *
     * @param guarding whether something below it would permit what it drops
     */
    static PolicyLine deny(
            Chain chain,
            int rank,
            PacketMatch match,
            String reason,
            String subscriber,
            boolean guarding) {
        return new PolicyLine(
                chain,
                rank,
                match,
                Verdict.DROP,
                reason,
                subscriber,
                guarding ? Standing.GUARDING : Standing.DENYING,
                null);
    }

    /** A line that only permits: without it less passes. */
    static PolicyLine permit(
            Chain chain,
            int rank,
            PacketMatch match,
            Verdict verdict,
            String reason,
            String subscriber) {
        return new PolicyLine(
                chain, rank, match, verdict, reason, subscriber, Standing.PERMITTING, null);
    }

    /** The same line of the floor, about one subscriber. */
    PolicyLine about(String who) {
        return new PolicyLine(chain, rank, match, verdict, reason, who, standing, counted);
    }

    /** The same line, whose packets are counted. */
    PolicyLine counting(Counted kind) {
        return new PolicyLine(chain, rank, match, verdict, reason, subscriber, standing, kind);
    }

    /**
     * Tells whether this line belongs to the floor: the lines that deny or lead packets to where
     * they are examined. All other lines only permit; so a switch that has the floor, and any of
     * the others or none, permits no mail that the whole denies.
     *
     * @return true for a line of the floor
     */
    public boolean isFloor() {
        return standing != Standing.PERMITTING;
    }

    /**
     * Tells whether less would be denied without this line. A subscriber's denial above a chain
     * whose last line denies anyway does not guard: it is there to count.
     *
     * @return true for a line of the floor that must not be missing for a moment
     */
    public boolean isGuarding() {
        return standing == Standing.GUARDING;
    }

    /**
     * Returns the chain.
     *
     * @return the chain this line stands in
     */
    public Chain chain() {
        return chain;
    }

    /**
     * Returns the rank: of the lines of a chain that match, the one of the highest rank speaks.
     *
     * @return 0 to 99; lines of one rank match no packet in common, or agree; 0 is the chain's last
     *     line
     */
    public int rank() {
        return rank;
    }

    /**
     * Returns the expression.
     *
     * @return which packets this line speaks of
     */
    public PacketMatch match() {
        return match;
    }

    /**
     * Returns the verdict.
     *
     * @return what becomes of them
     */
    public Verdict verdict() {
        return verdict;
    }

    /**
     * Returns the reason.
     *
     * @return a phrase for operators
     */
    public String reason() {
        return reason;
    }

    /**
     * Returns the subscriber that the line is about.
     *
     * @return its identifier, or empty for a line about everybody
     */
    public Optional<String> subscriber() {
        return Optional.ofNullable(subscriber);
    }

    /**
     * Returns what the packets of this line are counted as.
     *
     * @return the kind, or empty if nobody asks how many they were
     */
    public Optional<Counted> counted() {
        return Optional.ofNullable(counted);
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof PolicyLine)) {
            return false;
        }
        PolicyLine that = (PolicyLine) other;
        return chain == that.chain
                && rank == that.rank
                && match.equals(that.match)
                && verdict.equals(that.verdict)
                && reason.equals(that.reason)
                && Objects.equals(subscriber, that.subscriber)
                && counted == that.counted;
    }

    @Override
    public int hashCode() {
        return Objects.hash(chain, rank, match, verdict);
    }

    @Override
    public String toString() {
        return chain + "[" + rank + "] " + match + " -> " + verdict + " (" + reason + ")";
    }
}
