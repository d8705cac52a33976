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
 * What is known of a submission server's port: the last look, and what the last look has shown that
 * could judge. What was seen to be wrong stays wrong until the contrary is seen: a server that does
 * not answer has not been mended. Immutable.
 */
public final class Finding {
    /** The format in which it is stored. */
    static final int SCHEMA = 1;

    /** How many looks one after the other must have failed: a server that restarts is no alarm. */
    static final int FAILURES = 2;

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private static final Set<Verdict> AWAY =
            EnumSet.of(
                    Verdict.CLOSED,
                    Verdict.FILTERED,
                    Verdict.NO_BANNER,
                    Verdict.TLS_FAILURE,
                    Verdict.NO_SUCH_HOST);

    private final Watched watched;
    private final Instant at;
    private final Verdict verdict;
    private final String reason;
    private final int failures;
    private final Verdict judged;
    private final String grounds;
    private final Instant expires;
    private final ImmutableList<Alarm> alarms;

    private Finding(
            Watched watched,
            Observation last,
            int failures,
            Verdict judged,
            String grounds,
            Instant expires,
            List<Alarm> alarms) {
        this.watched = watched;
        this.at = last.at();
        this.verdict = last.verdict();
        this.reason = last.reason();
        this.failures = failures;
        this.judged = judged;
        this.grounds = grounds;
        this.expires = expires;
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
        int failures = look.judges() ? 0 : before.map(f -> f.failures).orElse(0) + 1;
        Verdict judged = look.judges() ? look.verdict() : before.map(f -> f.judged).orElse(null);
        String grounds = look.judges() ? look.reason() : before.map(f -> f.grounds).orElse(null);
        Instant expires = look.expires().orElse(before.map(f -> f.expires).orElse(null));
        List<Alarm> alarms = new ArrayList<>();
        if (judged != null && isFlaw(watched, judged)) {
            add(
                    alarms,
                    judged == Verdict.AUTH_IN_CLEAR
                            ? Alarm.Kind.AUTH_IN_CLEAR
                            : Alarm.Kind.NOT_ENFORCED,
                    before,
                    look.at(),
                    judged.text() + ": " + grounds);
        }
        if (failures >= FAILURES) {
            add(
                    alarms,
                    AWAY.contains(look.verdict()) ? Alarm.Kind.DOWN : Alarm.Kind.NOT_JUDGED,
                    before,
                    look.at(),
                    look.verdict().text() + ": " + look.reason());
        }
        // to a relay come clients that wanted to go elsewhere: no certificate is right for them
        if (watched.kind() == Watched.Kind.SERVER) {
            if (expires != null && look.at().isAfter(expires.minus(notice))) {
                add(
                        alarms,
                        Alarm.Kind.CERTIFICATE_EXPIRES,
                        before,
                        look.at(),
                        "its certificate "
                                + (look.at().isAfter(expires) ? "expired at " : "expires at ")
                                + expires);
            }
            Optional<String> refused =
                    look.expires().isPresent()
                            ? look.refused()
                            : before.flatMap(f -> f.alarm(Alarm.Kind.CERTIFICATE_REFUSED))
                                    .map(Alarm::reason);
            refused.ifPresent(
                    why ->
                            add(
                                    alarms,
                                    Alarm.Kind.CERTIFICATE_REFUSED,
                                    before,
                                    look.at(),
                                    look.expires().isPresent()
                                            ? "its certificate is " + why
                                            : why));
        }
        return new Finding(watched, look, failures, judged, grounds, expires, alarms);
    }

    /** On port 25 a server that is a mail exchanger too has to take mail for its own. */
    private static boolean isFlaw(Watched watched, Verdict judged) {
        return judged.kind() == Verdict.Kind.FLAW
                && !(judged == Verdict.LOCAL_UNAUTH
                        && watched.port() == Watched.MAIL
                        && watched.kind() == Watched.Kind.SERVER);
    }

    private static void add(
            List<Alarm> alarms,
            Alarm.Kind kind,
            Optional<Finding> before,
            Instant now,
            String reason) {
        Instant since = before.flatMap(f -> f.alarm(kind)).map(Alarm::since).orElse(now);
        alarms.add(new Alarm(kind, since, reason));
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
        return at;
    }

    /**
     * Returns what the last look has found.
     *
     * @return its verdict
     */
    public Verdict verdict() {
        return verdict;
    }

    /**
     * Returns what that rests on.
     *
     * @return words fit to be shown
     */
    public String reason() {
        return reason;
    }

    /**
     * Returns the last verdict that could tell whether authentication is demanded.
     *
     * @return that it is, or a flaw; empty if it could never be told
     */
    public Optional<Verdict> judged() {
        return Optional.ofNullable(judged);
    }

    /**
     * Returns when its certificate expires.
     *
     * @return of the one that was seen last; empty if none ever was
     */
    public Optional<Instant> certificateUntil() {
        return Optional.ofNullable(expires);
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

    /** Whether mail was taken from somebody who did not authenticate. */
    boolean isOpen() {
        return judged == Verdict.RELAY_SUSPECTED || judged == Verdict.LOCAL_UNAUTH;
    }

    /** What the judgement rests on; empty if there is none. */
    String grounds() {
        return grounds == null ? "" : grounds;
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
                        .put("at", at.toString())
                        .put("verdict", verdict.text())
                        .put("reason", reason)
                        .put("failures", failures)
                        .put("judged", judged == null ? null : judged.text())
                        .put("grounds", grounds)
                        .put("expires", expires == null ? null : expires.toString());
        ArrayNode list = json.putArray("alarms");
        alarms.forEach(
                a ->
                        list.addObject()
                                .put("kind", a.kind().text())
                                .put("since", a.since().toString())
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
            json.path("alarms")
                    .forEach(
                            a ->
                                    alarms.add(
                                            new Alarm(
                                                    Alarm.Kind.named(a.path("kind").asText()),
                                                    Instant.parse(a.path("since").asText()),
                                                    a.path("reason").asText())));
            return new Finding(
                    new Watched(
                            Watched.Kind.valueOf(json.path("kind").asText()),
                            json.path("name").asText(),
                            IpAddress.valueOf(json.path("address").asText()),
                            json.path("port").asInt()),
                    new Observation(
                            Instant.parse(json.path("at").asText()),
                            verdict(json.path("verdict").asText()),
                            json.path("reason").asText(),
                            null,
                            null),
                    json.path("failures").asInt(),
                    json.hasNonNull("judged") ? verdict(json.path("judged").asText()) : null,
                    json.hasNonNull("grounds") ? json.path("grounds").asText() : null,
                    json.hasNonNull("expires")
                            ? Instant.parse(json.path("expires").asText())
                            : null,
                    alarms);
        } catch (JsonProcessingException | RuntimeException e) {
            throw new IllegalStateException("not understood: " + stored, e);
        }
    }

    private static Verdict verdict(String text) {
        return Verdict.valueOf(text.toUpperCase(Locale.ROOT).replace('-', '_'));
    }
}
