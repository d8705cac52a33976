package org.postern.submission;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.onlab.packet.IpAddress;
import org.postern.probe.Verdict;

/**
 * What is known of a submission server's port: the last look, and what is wrong. What was seen to
 * be wrong stays wrong until the contrary is seen: a server that does not answer, or has another
 * flaw too, has not been mended. Immutable.
 */
public final class Finding {
    /** The format in which it is stored. */
    static final int SCHEMA = 1;

    /** How many looks one after the other must have failed: a server that restarts is no alarm. */
    static final int FAILURES = 2;

    /** How far they must be from each other: a server that restarts is back within this time. */
    static final Duration APART = Duration.ofSeconds(30);

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private static final Set<Verdict> AWAY =
            EnumSet.of(Verdict.CLOSED, Verdict.FILTERED, Verdict.NO_BANNER, Verdict.TLS_FAILURE);

    private final Watched watched;
    private final Observation last;
    private final int failures;
    private final Instant counted;
    private final ImmutableList<Alarm> alarms;

    /**
     * Creates a finding.
     *
     * @param counted when the last of the failures was: a look too soon after it is not one more
     */
    private Finding(
            Watched watched, Observation last, int failures, Instant counted, List<Alarm> alarms) {
        this.watched = watched;
        this.last = last;
        this.failures = failures;
        this.counted = counted;
        this.alarms = ImmutableList.copyOf(alarms);
    }

    /**
     * Adds a look to what is known.
     *
     * @param watched of what
     * @param before what was known; empty if nothing was
     * @param look what was found now
     * @param notice how long before its end a certificate expires soon
     * @return what is known now
     */
    static Finding after(
            Watched watched, Optional<Finding> before, Observation look, Duration notice) {
        // where TLS is not offered any more there is no certificate any more
        Observation certified =
                look.expires().isPresent() || look.isWithoutTls() || !before.isPresent()
                        ? look
                        : look.withCertificateOf(before.get().last);
        int failures = failures(before, look);
        List<Alarm> alarms = new ArrayList<>();
        openness(watched, before, look).ifPresent(alarms::add);
        clearness(before, look).ifPresent(alarms::add);
        if (isTrouble(before, look, failures)) {
            alarms.add(
                    since(
                            before,
                            isAway(look) ? Alarm.Kind.DOWN : Alarm.Kind.NOT_JUDGED,
                            look,
                            said(look)));
        }
        // to a relay come clients that wanted to go elsewhere: no certificate is right for them
        if (watched.kind() == Watched.Kind.SERVER) {
            certificate(before, certified, notice, alarms);
        }
        // whoever looks again and again does not put the alarm off
        Instant counted =
                before.filter(f -> failures > 0 && f.failures == failures)
                        .map(f -> f.counted)
                        .orElse(look.at());
        return new Finding(watched, certified, failures, counted, alarms);
    }

    /** How many looks one after the other could not judge it, with time between them. */
    private static int failures(Optional<Finding> before, Observation look) {
        if (look.judges()) {
            return 0;
        }
        if (!before.isPresent() || before.get().failures == 0) {
            return 1;
        }
        boolean late =
                Duration.between(before.get().counted, look.at()).abs().compareTo(APART) >= 0;
        return before.get().failures + (late ? 1 : 0);
    }

    /** Twice the same trouble, or now one and now the other for longer; until it is over. */
    private static boolean isTrouble(Optional<Finding> before, Observation look, int failures) {
        if (failures < FAILURES) {
            return false;
        }
        Finding known = before.orElseThrow();
        return isAway(known.last) == isAway(look)
                || failures >= 2 * FAILURES
                || known.alarm(Alarm.Kind.DOWN).isPresent()
                || known.alarm(Alarm.Kind.NOT_JUDGED).isPresent();
    }

    private static boolean isAway(Observation look) {
        return AWAY.contains(look.verdict());
    }

    /** Only who was seen to demand authentication all the way through is mended. */
    private static Optional<Alarm> openness(
            Watched watched, Optional<Finding> before, Observation look) {
        Optional<Alarm> known = before.flatMap(f -> f.alarm(Alarm.Kind.NOT_ENFORCED));
        if (look.demandsAuthentication() || exchanges(watched, look)) {
            return known.filter(alarm -> !isMended(alarm, look));
        }
        // passwords in clear are the worse flaw on 25, and hide that no demand was seen
        boolean suspect =
                look.verdict() == Verdict.TLS_REQUIRED_ONLY
                        || watched.kind() == Watched.Kind.RELAY
                                && look.verdict() == Verdict.AUTH_IN_CLEAR;
        if (look.isOpen() || suspect && !known.filter(Alarm::isOfOpenDoor).isPresent()) {
            return Optional.of(since(before, Alarm.Kind.NOT_ENFORCED, look, said(look)));
        }
        return known;
    }

    /** On port 25 a server that is a mail exchanger too has to take mail for its own. */
    private static boolean exchanges(Watched watched, Observation look) {
        return watched.port() == Watched.MAIL
                && watched.kind() == Watched.Kind.SERVER
                && (look.verdict() == Verdict.LOCAL_UNAUTH
                        || look.verdict() == Verdict.AUTH_IN_CLEAR && look.ownTaken().isPresent());
    }

    /** Whether a look has seen the contrary of what was wrong. */
    private static boolean isMended(Alarm alarm, Observation look) {
        switch (alarm.seen()) {
            case RELAY_SUSPECTED:
                return look.demandsAuthentication() || look.isRelayingRefused();
            case LOCAL_UNAUTH:
                return !look.isOwnUnseen();
            default:
                return true;
        }
    }

    private static Optional<Alarm> clearness(Optional<Finding> before, Observation look) {
        if (!look.takesPasswordsInClear().isPresent()) {
            return before.flatMap(f -> f.alarm(Alarm.Kind.AUTH_IN_CLEAR));
        }
        if (!look.takesPasswordsInClear().get()) {
            return Optional.empty();
        }
        // the verdict may be a worse flaw
        String why =
                look.verdict() == Verdict.AUTH_IN_CLEAR
                        ? said(look)
                        : Verdict.AUTH_IN_CLEAR.text() + ": and besides it is " + said(look);
        return Optional.of(since(before, Alarm.Kind.AUTH_IN_CLEAR, look, why));
    }

    private static void certificate(
            Optional<Finding> before, Observation look, Duration notice, List<Alarm> alarms) {
        look.expires()
                .filter(end -> look.at().isAfter(end.minus(notice)))
                .ifPresent(
                        end ->
                                alarms.add(
                                        since(
                                                before,
                                                Alarm.Kind.CERTIFICATE_EXPIRES,
                                                look,
                                                "its certificate "
                                                        + (look.at().isAfter(end)
                                                                ? "expired at "
                                                                : "expires at ")
                                                        + end)));
        look.refused()
                .ifPresent(
                        why ->
                                alarms.add(
                                        since(
                                                before,
                                                Alarm.Kind.CERTIFICATE_REFUSED,
                                                look,
                                                "its certificate is " + why)));
    }

    private static String said(Observation look) {
        return look.verdict().text() + ": " + look.reason();
    }

    private static Alarm since(
            Optional<Finding> before, Alarm.Kind kind, Observation look, String reason) {
        Instant since = before.flatMap(f -> f.alarm(kind)).map(Alarm::since).orElse(look.at());
        return new Alarm(kind, since, look.verdict(), look.ownTaken().orElse(null), reason);
    }

    /**
     * Returns of what it is.
     *
     * @return what was looked at, as it was called then
     */
    public Watched watched() {
        return watched;
    }

    /**
     * Returns when it was looked at last.
     *
     * @return by the clock of the node that looked
     */
    public Instant at() {
        return last.at();
    }

    /**
     * Returns what the last look has found.
     *
     * @return its verdict
     */
    public Verdict verdict() {
        return last.verdict();
    }

    /**
     * Returns what that rests on.
     *
     * @return words fit to be shown
     */
    public String reason() {
        return last.reason();
    }

    /**
     * Returns when its certificate expires.
     *
     * @return of the one that was seen last; empty if none ever was
     */
    public Optional<Instant> certificateUntil() {
        return last.expires();
    }

    /**
     * Returns what is wrong.
     *
     * @return one of a kind at most; none if all is well
     */
    public List<Alarm> alarms() {
        return alarms;
    }

    /**
     * Finds an alarm.
     *
     * @param kind what is wrong
     * @return empty if that is not wrong
     */
    public Optional<Alarm> alarm(Alarm.Kind kind) {
        return alarms.stream().filter(a -> a.kind() == kind).findFirst();
    }

    /** How many looks one after the other could not judge it, up to the last one. */
    int failures() {
        return failures;
    }

    /**
     * Why nothing may be redirected to it; empty if it was not seen to do without demanding AUTH.
     */
    Optional<String> notEnforced() {
        return alarm(Alarm.Kind.NOT_ENFORCED).map(Alarm::reason);
    }

    /** Which address of its own it took from anybody, as far as nothing else was seen since. */
    Optional<String> ownTaken() {
        return alarm(Alarm.Kind.NOT_ENFORCED).flatMap(Alarm::own);
    }

    /** Writes it. */
    String stored() {
        ObjectNode json =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("kind", watched.kind().name())
                        .put("name", watched.name())
                        .put("address", watched.address().toString())
                        .put("port", watched.port())
                        .put("at", last.at().toString())
                        .put("verdict", last.verdict().text())
                        .put("reason", last.reason())
                        .put("demands", last.demandsAuthentication())
                        .put("failures", failures)
                        .put("counted", counted.toString())
                        .put("expires", last.expires().map(Instant::toString).orElse(null))
                        .put("refused", last.refused().orElse(null));
        ArrayNode list = json.putArray("alarms");
        alarms.forEach(
                a ->
                        list.addObject()
                                .put("kind", a.kind().text())
                                .put("since", a.since().toString())
                                .put("seen", a.seen().text())
                                .put("own", a.own().orElse(null))
                                .put("reason", a.reason()));
        return json.toString();
    }

    /**
     * Reads it.
     *
     * @throws IllegalStateException if it is nothing that is understood
     */
    static Finding of(String stored) {
        try {
            JsonNode json = MAPPER.readTree(stored);
            List<Alarm> alarms = new ArrayList<>();
            for (JsonNode alarm : json.path("alarms")) {
                alarms.add(
                        new Alarm(
                                Alarm.Kind.named(alarm.path("kind").asText()),
                                Instant.parse(alarm.path("since").asText()),
                                seen(alarm, json),
                                alarm.path("own").textValue(),
                                alarm.path("reason").asText()));
            }
            return new Finding(
                    new Watched(
                            Watched.Kind.valueOf(json.path("kind").asText()),
                            json.path("name").asText(),
                            IpAddress.valueOf(json.path("address").asText()),
                            json.path("port").asInt()),
                    new Observation(
                            Instant.parse(json.path("at").asText()),
                            verdict(json.path("verdict")),
                            json.path("reason").asText(),
                            json.path("demands").asBoolean(),
                            json.hasNonNull("expires")
                                    ? Instant.parse(json.path("expires").asText())
                                    : null,
                            json.hasNonNull("refused") ? json.path("refused").asText() : null,
                            Observation.Seen.NOTHING),
                    json.path("failures").asInt(),
                    Instant.parse(
                            json.path(json.hasNonNull("counted") ? "counted" : "at").asText()),
                    alarms);
        } catch (JsonProcessingException | RuntimeException e) {
            throw new IllegalStateException("not understood: " + stored, e);
        }
    }

    /** Of what was stored before verdicts were, what is known is whether the door was open. */
    private static Verdict seen(JsonNode alarm, JsonNode finding) {
        if (alarm.has("seen")) {
            return verdict(alarm.path("seen"));
        }
        return alarm.path("openDoor").asBoolean()
                ? Verdict.RELAY_SUSPECTED
                : verdict(finding.path("verdict"));
    }

    private static Verdict verdict(JsonNode text) {
        return Verdict.valueOf(text.asText().toUpperCase(Locale.ROOT).replace('-', '_'));
    }
}
