package org.postern.rest;

import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.postern.policy.Exemption;
import org.postern.policy.Notation;

/**
 * An exemption as a client writes it. What was read may be written back, changed: who ordered it
 * and its state are not the client's to say, and are accepted if they are as they were.
 */
final class ExemptionBody {
    private static final List<String> FIELDS =
            List.of(
                    "id",
                    "subscriber",
                    "destinations",
                    "class",
                    "reason",
                    "ticket",
                    "by",
                    "from",
                    "until",
                    "checklist",
                    "state");

    /** What a refusal names first behind the exemption, and which field that is. */
    private static final Pattern NAMED =
            Pattern.compile(
                    "(checklist\\.\\w+|subscriber|class|destinations?|reason|ticket|from|until)\\b");

    private ExemptionBody() {}

    /** Reads the body of a request, whatever its fields have. */
    static Body read(InputStream in) throws IOException {
        return Body.read(in, FIELDS);
    }

    /**
     * Makes an exemption of what was sent.
     *
     * @param id identifier in the path
     * @param body what was sent
     * @param present the exemption that there is
     * @param state its state, as it is told
     * @param by who writes
     * @return the exemption as it is wanted; just the present one if nothing is different
     */
    static Exemption exemption(
            String id, Body body, Optional<Exemption> present, String state, String by) {
        body.optional("id", text -> same("the one of the path", id, text));
        body.optional(
                "by", text -> same("who ordered it", present.map(Exemption::by).orElse(by), text));
        body.optional("state", text -> same("its state", state, text));
        try {
            Exemption.Builder builder =
                    Exemption.builder(id)
                            .subscriber(body.required("subscriber", text -> text))
                            .serviceClass(body.nullable("class", text -> text).orElse(null))
                            .reason(body.required("reason", text -> text))
                            .ticket(body.optional("ticket", text -> text).orElse(""))
                            .from(
                                    body.optional("from", ExemptionBody::moment)
                                            .or(() -> present.map(Exemption::from))
                                            .orElseGet(ExemptionBody::now))
                            .until(body.required("until", ExemptionBody::moment));
            body.list("destinations", Notation::prefix).forEach(builder::destination);
            body.texts("checklist").forEach(builder::note);
            // the same again is no order of somebody else's
            return present.filter(p -> p.equals(builder.by(p.by()).build()))
                    .orElseGet(() -> builder.by(by).build());
        } catch (IllegalArgumentException e) {
            String field = culprit(e.getMessage());
            throw Problem.malformed(field == null ? "id" : field, e.getMessage());
        }
    }

    private static Instant now() {
        return Clock.systemUTC().instant().truncatedTo(ChronoUnit.MILLIS);
    }

    /**
     * Reads a moment.
     *
     * @param text in the form of RFC 3339, UTC
     */
    static Instant moment(String text) {
        try {
            return Instant.parse(text).truncatedTo(ChronoUnit.MILLIS);
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is no moment in UTC such as 2027-01-31T12:00:00Z", e);
        }
    }

    private static String same(String what, String present, String text) {
        if (!text.equals(present)) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is not " + what + ", " + present + ": leave it out");
        }
        return text;
    }

    /**
     * Finds out which field of an exemption a refusal is about.
     *
     * @param detail the refusal
     * @return JSON pointer to the field; null if it is about the exemption as a whole
     */
    static String culprit(String detail) {
        String behind = detail.replaceFirst("^exemption [^ ]+: ", "");
        Matcher named = NAMED.matcher(behind);
        if (!named.lookingAt() && !named.find()) {
            return null;
        }
        String field = named.group(1);
        return field.equals("destination")
                ? Body.pointer("destinations")
                : "/" + field.replace('.', '/');
    }
}
