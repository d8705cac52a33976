package org.postern.submission;

import java.time.Instant;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.postern.probe.Verdict;

/** Something that is wrong with a submission server or relay. Immutable. */
public final class Alarm {
    /** What is wrong. */
    public enum Kind {
        /** It takes mail without authentication, or it was not seen to demand any. */
        NOT_ENFORCED,
        /** It offers to take passwords in clear. */
        AUTH_IN_CLEAR,
        /** It could not be reached, or did not get as far as mail, twice one after the other. */
        DOWN,
        /** It answers, but twice one after the other it could not be told whether it is sound. */
        NOT_JUDGED,
        /** Its certificate expires soon, or has expired. */
        CERTIFICATE_EXPIRES,
        /** Mail clients refuse its certificate: nobody they trust signed it, or for other names. */
        CERTIFICATE_REFUSED;

        /**
         * Returns its name as people and programs read it.
         *
         * @return such as {@code auth-in-clear}
         */
        public String text() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        static Kind named(String text) {
            return valueOf(text.toUpperCase(Locale.ROOT).replace('-', '_'));
        }
    }

    private final Kind kind;
    private final Instant since;
    private final Verdict seen;
    private final String own;
    private final String reason;

    /**
     * Creates an alarm.
     *
     * @param seen by what verdict it was found last
     * @param own which address of the server's own was taken then; null if none
     */
    Alarm(Kind kind, Instant since, Verdict seen, String own, String reason) {
        this.kind = kind;
        this.since = since;
        this.seen = seen;
        this.own = own;
        this.reason = reason;
    }

    /**
     * Returns what is wrong.
     *
     * @return its kind; each server has one alarm of a kind at most
     */
    public Kind kind() {
        return kind;
    }

    /**
     * Returns since when.
     *
     * @return when it was seen first, and since then at each look
     */
    public Instant since() {
        return since;
    }

    /**
     * Returns what that rests on.
     *
     * @return words fit to be shown
     */
    public String reason() {
        return reason;
    }

    /** Whether mail was taken without authentication, not only no demand of that seen. */
    boolean isOfOpenDoor() {
        return kind == Kind.NOT_ENFORCED
                && (seen == Verdict.RELAY_SUSPECTED || seen == Verdict.LOCAL_UNAUTH);
    }

    /** Which address of the server's own was taken then. */
    Optional<String> own() {
        return Optional.ofNullable(own);
    }

    /** By what verdict it was found last. */
    Verdict seen() {
        return seen;
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof Alarm)) {
            return false;
        }
        Alarm that = (Alarm) other;
        return kind == that.kind
                && since.equals(that.since)
                && seen == that.seen
                && Objects.equals(own, that.own)
                && reason.equals(that.reason);
    }

    @Override
    public int hashCode() {
        return Objects.hash(kind, since, seen, own, reason);
    }

    @Override
    public String toString() {
        return kind.text() + ": " + reason;
    }
}
