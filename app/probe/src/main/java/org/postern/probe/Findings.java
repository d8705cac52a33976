package org.postern.probe;

import java.util.EnumSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** What a connection has shown so far, and what follows from it. */
final class Findings {
    /** Where mail for one's own is taken from anybody. */
    static final int MAIL_EXCHANGE = 25;

    private static final String MASKED =
            "something on the way masks what the server offers (XXXX), maybe STARTTLS, so that what it does within"
                    + " TLS was not seen: probe from elsewhere";

    private static final Set<Trial.Outcome> AUTH =
            EnumSet.of(Trial.Outcome.AUTH_AT_MAIL, Trial.Outcome.AUTH_AT_RCPT);

    private final int port;
    private Trial clear;
    private Trial withinTls;
    private boolean passwordsInClear;
    private boolean masked;
    private boolean recipientExists;
    private Verdict broken;
    private String reason = "";

    Findings(int port) {
        this.port = port;
    }

    /** Takes down what was let through in clear. */
    void clear(Trial trial) {
        clear = trial;
    }

    /** Takes down what was let through within TLS. */
    void withinTls(Trial trial) {
        withinTls = trial;
    }

    /** A mechanism that sends the secret as it is is offered before TLS. */
    void passwordsInClear() {
        passwordsInClear = true;
    }

    /** Something on the way masks what is offered in clear, maybe STARTTLS: it is not offered. */
    void startTlsMayBeMasked() {
        masked = true;
    }

    /** The recipient elsewhere is one that there is: who refuses it does not refuse it for that. */
    void recipientExists() {
        recipientExists = true;
    }

    /** The dialogue ended before its end. Only the first reason counts. */
    void broken(Verdict verdict, String why) {
        if (broken == null) {
            broken = verdict;
            reason = why;
        }
    }

    Optional<Trial> clear() {
        return Optional.ofNullable(clear);
    }

    Optional<Trial> withinTls() {
        return Optional.ofNullable(withinTls);
    }

    /**
     * Tells whether it was seen that nothing is relayed for strangers.
     *
     * @return whether the dialogue went to its end, and each part of it refused the recipient
     *     elsewhere for good, or did not let it come to that
     */
    boolean relayingRefused() {
        return broken == null
                && !masked
                && trials().findAny().isPresent()
                && trials().allMatch(t -> t.refusesRelaying(recipientExists));
    }

    private Stream<Trial> trials() {
        return Stream.of(clear, withinTls).filter(Objects::nonNull);
    }

    /**
     * Judges. What was seen to be wrong stays wrong, however the connection ended; that something
     * is right takes all of it.
     */
    Conclusion conclude() {
        for (Trial trial : new Trial[] {clear, withinTls}) {
            if (outcome(trial) == Trial.Outcome.RELAY) {
                return new Conclusion(Verdict.RELAY_SUSPECTED, trial.grounds());
            }
        }
        // a mail exchanger has to take what it is for: there the passwords are what is wrong
        if (port == MAIL_EXCHANGE && passwordsInClear) {
            return inClear();
        }
        for (Trial trial : new Trial[] {clear, withinTls}) {
            if (outcome(trial) == Trial.Outcome.LOCAL) {
                return new Conclusion(
                        Verdict.LOCAL_UNAUTH,
                        trial.grounds() + (port == MAIL_EXCHANGE ? ofExchanger() : ""));
            }
        }
        if (passwordsInClear) {
            return inClear();
        }
        if (broken != null) {
            return new Conclusion(broken, reason);
        }
        return withinTls == null ? ofClear() : ofTls();
    }

    private String ofExchanger() {
        String duty = "; on port 25 a mail exchanger has to";
        if (relayingRefused()) {
            return duty;
        }
        String unseen = duty + ", but that it does not relay was not seen: ";
        if (broken != null) {
            return unseen + reason;
        }
        return unseen
                + trials().filter(t -> !t.refusesRelaying(recipientExists))
                        .findFirst()
                        .map(Trial::ofElsewhere)
                        .orElse(MASKED);
    }

    private Conclusion inClear() {
        boolean sound = broken == null && isSoundBut();
        return new Conclusion(
                Verdict.AUTH_IN_CLEAR,
                "PLAIN, LOGIN or a bearer token is offered before TLS: passwords can be sent in clear"
                        + (broken == null ? "" : "; and then " + reason),
                sound);
    }

    /** Whether authentication is demanded all the way through, whatever is offered in clear. */
    private boolean isSoundBut() {
        for (Trial trial : new Trial[] {clear, withinTls}) {
            if (outcome(trial) == Trial.Outcome.RELAY || outcome(trial) == Trial.Outcome.LOCAL) {
                return false;
            }
        }
        if (clear == null && withinTls == null) {
            return false;
        }
        Conclusion otherwise = withinTls == null ? ofClear() : ofTls();
        return otherwise.verdict.kind() == Verdict.Kind.SOUND;
    }

    private Conclusion ofClear() {
        if (masked) {
            return new Conclusion(Verdict.INCONCLUSIVE, MASKED + "; " + clear.grounds());
        }
        switch (clear.outcome()) {
            case AUTH_AT_MAIL:
                return new Conclusion(Verdict.ENFORCED, clear.grounds());
            case AUTH_AT_RCPT:
                return new Conclusion(Verdict.ENFORCED_AT_RCPT, clear.grounds());
            case TLS_FIRST:
                return new Conclusion(
                        Verdict.TLS_REQUIRED_ONLY,
                        clear.grounds() + "; but STARTTLS is not offered");
            default:
                return new Conclusion(Verdict.INCONCLUSIVE, clear.grounds());
        }
    }

    private Conclusion ofTls() {
        Trial.Outcome before = outcome(clear);
        Trial.Outcome within = withinTls.outcome();
        boolean tlsFirst = before == Trial.Outcome.TLS_FIRST;
        if (within == Trial.Outcome.TLS_FIRST || within == Trial.Outcome.REFUSED && tlsFirst) {
            return new Conclusion(Verdict.TLS_REQUIRED_ONLY, withinTls.grounds());
        }
        if (!AUTH.contains(within)) {
            return new Conclusion(Verdict.INCONCLUSIVE, withinTls.grounds());
        }
        if (before != null && !tlsFirst && !AUTH.contains(before)) {
            return new Conclusion(Verdict.INCONCLUSIVE, clear.grounds());
        }
        if (within == Trial.Outcome.AUTH_AT_MAIL && before == Trial.Outcome.AUTH_AT_RCPT) {
            return new Conclusion(Verdict.ENFORCED_AT_RCPT, clear.grounds());
        }
        return new Conclusion(
                within == Trial.Outcome.AUTH_AT_MAIL ? Verdict.ENFORCED : Verdict.ENFORCED_AT_RCPT,
                withinTls.grounds());
    }

    private static Trial.Outcome outcome(Trial trial) {
        return trial == null ? null : trial.outcome();
    }

    /** A verdict and what it rests on. Immutable. */
    static final class Conclusion {
        final Verdict verdict;
        final String reason;

        /** Whether authentication was seen to be demanded, whatever else is wrong. */
        final boolean demands;

        Conclusion(Verdict verdict, String reason) {
            this(verdict, reason, verdict.kind() == Verdict.Kind.SOUND);
        }

        Conclusion(Verdict verdict, String reason, boolean demands) {
            this.verdict = verdict;
            this.reason = reason;
            this.demands = demands;
        }
    }
}
