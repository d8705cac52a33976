package org.postern.probe;

import java.util.Optional;

/** What a server let somebody do who did not authenticate, before or within TLS. Immutable. */
public final class Trial {
    /** What came of it. */
    enum Outcome {
        /** The recipient elsewhere was accepted. */
        RELAY,
        /** The recipient of its own was accepted. */
        LOCAL,
        /** MAIL was refused for want of authentication. */
        AUTH_AT_MAIL,
        /** RCPT was. */
        AUTH_AT_RCPT,
        /** TLS is wanted first. */
        TLS_FIRST,
        /** Refused for good, for another reason. */
        REFUSED,
        /** Nothing that lasts was learnt. */
        UNDECIDED
    }

    private final boolean withinTls;
    private final Reply mail;
    private final Reply rcpt;
    private final Reply local;

    /**
     * Creates a trial.
     *
     * @param withinTls whether within TLS
     * @param mail the reply to MAIL; null if there was none
     * @param rcpt to RCPT of an address elsewhere; null if there was none
     * @param local to RCPT of an address of the server's own; null if there was none
     */
    Trial(boolean withinTls, Reply mail, Reply rcpt, Reply local) {
        this.withinTls = withinTls;
        this.mail = mail;
        this.rcpt = rcpt;
        this.local = local;
    }

    /**
     * Returns the reply to MAIL.
     *
     * @return empty if there was none
     */
    public Optional<Reply> mail() {
        return Optional.ofNullable(mail);
    }

    /**
     * Returns the reply to RCPT of an address elsewhere.
     *
     * @return empty if there was none
     */
    public Optional<Reply> rcpt() {
        return Optional.ofNullable(rcpt);
    }

    /**
     * Returns the reply to RCPT of an address of the server's own.
     *
     * @return empty if there was none
     */
    public Optional<Reply> local() {
        return Optional.ofNullable(local);
    }

    /** What came of it. */
    Outcome outcome() {
        if (mail == null) {
            return Outcome.UNDECIDED;
        }
        if (!mail.isPositive()) {
            return atMail(Refusal.of(mail, withinTls));
        }
        if (rcpt != null && rcpt.isPositive()) {
            return Outcome.RELAY;
        }
        if (local != null && local.isPositive()) {
            return Outcome.LOCAL;
        }
        if (rcpt == null || local == null || local.isTemporary()) {
            return Outcome
                    .UNDECIDED; // who says "not now" to its own may say yes later: greylisting
        }
        return atRcpt(Refusal.of(rcpt, withinTls), Refusal.of(local, withinTls));
    }

    private static Outcome atMail(Refusal refusal) {
        switch (refusal) {
            case AUTHENTICATION:
                return Outcome.AUTH_AT_MAIL;
            case TLS:
                return Outcome.TLS_FIRST;
            case TEMPORARY:
                return Outcome.UNDECIDED;
            default:
                return Outcome.REFUSED;
        }
    }

    /**
     * Judges by both recipients. Every server refuses to relay for strangers, a mail exchanger too:
     * that it is authentication it wants shows only if its own address is refused like that.
     */
    private static Outcome atRcpt(Refusal elsewhere, Refusal own) {
        switch (elsewhere) {
            case AUTHENTICATION:
                return Outcome.AUTH_AT_RCPT;
            case POLICY:
                return own == Refusal.TLS
                        ? Outcome.TLS_FIRST
                        : own == Refusal.AUTHENTICATION || own == Refusal.POLICY
                                ? Outcome.AUTH_AT_RCPT
                                : Outcome.REFUSED;
            case TLS:
                return Outcome.TLS_FIRST;
            case TEMPORARY:
                return Outcome.UNDECIDED;
            default:
                return own == Refusal.AUTHENTICATION ? Outcome.AUTH_AT_RCPT : Outcome.REFUSED;
        }
    }

    /**
     * Tells whether an address that was tried as the server's own was seen to be one, be it a guess
     * or not: one elsewhere is refused for the relaying, and this one otherwise, for want of
     * authentication. A server that says the same of both may say it of strangers only.
     */
    boolean showsOwn() {
        if (rcpt == null || local == null) {
            return false;
        }
        Refusal own = Refusal.of(local, withinTls);
        return Refusal.of(rcpt, withinTls) == Refusal.POLICY
                && Refusal.deniesRelay(rcpt)
                && (own == Refusal.AUTHENTICATION || own == Refusal.POLICY)
                && !Refusal.deniesRelay(local);
    }

    /**
     * Tells whether nothing is relayed here: that there is no such recipient, or why it is refused,
     * says so only of a recipient that there is.
     *
     * @param exists whether the recipient elsewhere is one that there is
     */
    boolean refusesRelaying(boolean exists) {
        if (rcpt == null) {
            Outcome outcome = outcome();
            return outcome == Outcome.AUTH_AT_MAIL || outcome == Outcome.TLS_FIRST;
        }
        if (rcpt.code() / 100 != 5) {
            return false;
        }
        switch (Refusal.of(rcpt, withinTls)) {
            case SOURCE:
            case SOME_POLICY:
                return false;
            case RECIPIENT:
            case UNCLEAR:
                return exists;
            default:
                return true;
        }
    }

    /** What was said to RCPT of the recipient elsewhere, in words. */
    String ofElsewhere() {
        return rcpt == null ? grounds() : "elsewhere it " + why(rcpt);
    }

    /** What the outcome rests on, in words. */
    String grounds() {
        String where = withinTls ? " within TLS" : " in clear";
        if (mail == null) {
            return "MAIL" + where + " was not answered";
        }
        if (!mail.isPositive()) {
            return "MAIL" + where + ": the server " + why(mail);
        }
        switch (outcome()) {
            case RELAY:
                return "RCPT of an address elsewhere"
                        + where
                        + " was accepted without authentication: "
                        + rcpt;
            case LOCAL:
                return "RCPT of an address of its own"
                        + where
                        + " was accepted without authentication: "
                        + local;
            default:
                break;
        }
        if (rcpt == null || local == null) {
            return "RCPT" + where + " was not answered";
        }
        if (local.isTemporary()) {
            return "RCPT of an address of its own" + where + ": the server " + why(local);
        }
        String both =
                "RCPT of an address elsewhere"
                        + where
                        + ": the server "
                        + why(rcpt)
                        + "; of its own: it "
                        + why(local);
        return outcome() == Outcome.REFUSED && Refusal.of(rcpt, withinTls) == Refusal.POLICY
                ? both
                        + "; whether mail for its own is taken was not seen: give an address of its own"
                : both;
    }

    private String why(Reply reply) {
        return Refusal.of(reply, withinTls).words() + ": " + reply;
    }
}
