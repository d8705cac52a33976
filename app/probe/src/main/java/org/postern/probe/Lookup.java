package org.postern.probe;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** A question that was asked of DNS, and what came of it: evidence. Immutable. */
public final class Lookup {
    /** Records that are kept; the rest is counted. */
    private static final int MOST_RECORDS = 20;

    /** Characters of a record, or a reason. */
    private static final int LONGEST = 300;

    private final String name;
    private final String type;
    private final String server;
    private final Instant at;
    private final Duration took;
    private final Outcome outcome;
    private final List<String> records;
    private final int more;
    private final String reason;

    /** What came of it; only the first three are answers. */
    public enum Outcome {
        /** There are records of this type. */
        RECORDS,
        /** The name exists, without records of this type (RFC 2308: NODATA). */
        NO_RECORDS,
        /** There is no such name (NXDOMAIN). */
        NO_SUCH_NAME,
        /**
         * A server could, or would, not tell: SERVFAIL, REFUSED, a broken answer, aliases in a
         * circle.
         */
        FAILURE,
        /** No server has answered in time. */
        NO_ANSWER;

        /**
         * Returns its name as people and programs read it.
         *
         * @return such as {@code no-such-name}
         */
        public String text() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        /**
         * Tells whether DNS has answered, be it with no.
         *
         * @return whether it is known what there is
         */
        public boolean isAnswer() {
            return this != FAILURE && this != NO_ANSWER;
        }
    }

    /**
     * Takes down a question.
     *
     * @param name what was asked for
     * @param type of records, such as {@code SRV}
     * @param server who answered, or was asked last; with its port
     * @param at when it was asked
     * @param took how long it took
     * @param outcome what came of it
     * @param records what the answer has, aliases first: owner, type and data as in a zone file
     * @param reason why there is no answer; empty if there is one
     */
    public Lookup(
            String name,
            String type,
            String server,
            Instant at,
            Duration took,
            Outcome outcome,
            List<String> records,
            String reason) {
        this.name = Printable.of(name);
        this.type = type;
        this.server = server;
        this.at = at;
        this.took = took;
        this.outcome = outcome;
        this.records =
                records.stream()
                        .limit(MOST_RECORDS)
                        .map(r -> Printable.abridged(Printable.of(r), LONGEST))
                        .collect(Collectors.toUnmodifiableList());
        more = records.size() - this.records.size();
        this.reason = Printable.abridged(Printable.of(reason), LONGEST);
    }

    /**
     * Returns what was asked for.
     *
     * @return a name, fit to be shown
     */
    public String name() {
        return name;
    }

    /**
     * Returns which records were asked for.
     *
     * @return such as {@code SRV}
     */
    public String type() {
        return type;
    }

    /**
     * Returns who answered, or was asked last.
     *
     * @return address and port
     */
    public String server() {
        return server;
    }

    /**
     * Returns when it was asked.
     *
     * @return when the question was sent first
     */
    public Instant at() {
        return at;
    }

    /**
     * Returns how long it took.
     *
     * @return until the answer, or until it was given up
     */
    public Duration took() {
        return took;
    }

    /**
     * Returns what came of it.
     *
     * @return never null
     */
    public Outcome outcome() {
        return outcome;
    }

    /**
     * Returns what the answer has.
     *
     * @return the first 20 records at most, fit to be shown, aliases first
     */
    public List<String> records() {
        return records;
    }

    /**
     * Returns how many records there were beyond those that are kept.
     *
     * @return not negative
     */
    public int more() {
        return more;
    }

    /**
     * Returns why there is no answer.
     *
     * @return words fit to be shown; empty if there is one
     */
    public String reason() {
        return reason;
    }
}
