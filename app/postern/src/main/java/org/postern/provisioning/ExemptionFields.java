package org.postern.provisioning;

import com.google.common.collect.ImmutableList;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.onlab.packet.IpPrefix;
import org.postern.policy.Exemption;
import org.postern.policy.Notation;

/** What a file says of one exemption, field by field; strict, since mail would be let through. */
final class ExemptionFields implements RecordForm.Fields {
    static final String ID = "id";
    static final String SUBSCRIBER = "subscriber";
    static final String DESTINATIONS = "destinations";
    static final String CLASS = "class";
    static final String FROM = "from";
    static final String UNTIL = "until";
    static final String REASON = "reason";
    static final String TICKET = "ticket";
    static final String BY = "by";
    static final String CHECKLIST = "checklist";

    static final List<String> NAMES =
            List.of(ID, SUBSCRIBER, DESTINATIONS, CLASS, FROM, UNTIL, REASON, TICKET, BY);

    /** What was noted of mail servers. */
    static final List<String> NOTES = ImmutableList.copyOf(Exemption.CHECKLIST);

    /** Without these there is no exemption. */
    static final List<String> REQUIRED = List.of(ID, SUBSCRIBER, UNTIL, REASON);

    /** How a refusal of an exemption begins that has no identifier of its own. */
    private static final String ANYBODY = "x";

    /** What a refusal names first behind the exemption. */
    private static final Pattern NAMED =
            Pattern.compile(
                    "(?:exemption [^ ]+: )?(?:there is no )?(subscriber|class|from|until)\\b");

    private final ExemptionForm form;
    private final ExemptionReading.Spot spot;
    private final int faultsBefore;
    private final Map<String, String> texts = new LinkedHashMap<>();
    private final Set<IpPrefix> destinations = new LinkedHashSet<>();
    private Instant from;
    private Instant until;

    ExemptionFields(ExemptionForm form, ExemptionReading.Spot spot) {
        this.form = form;
        this.spot = spot;
        faultsBefore = form.reading().faultCount();
    }

    /** Finds out which field a refusal is about; null if it is about the exemption as a whole. */
    static String named(String refusal) {
        Matcher named = NAMED.matcher(refusal);
        return named.lookingAt() ? named.group(1) : null;
    }

    @Override
    public String take(String field, String value) {
        texts.put(field, value);
        switch (field) {
            case ID:
                return wrong(value, text -> complete(Exemption.builder(text)).build());
            case SUBSCRIBER:
                return refused(value, e -> e.subscriber(value));
            case DESTINATIONS:
                return wrong(value, this::destination);
            case CLASS:
                return wrong(value, text -> form.infrastructure().classNamed(text));
            case FROM:
                return wrong(value, text -> from = moment(text));
            case UNTIL:
                return wrong(value, text -> until = moment(text));
            case REASON:
                return refused(value, e -> e.reason(value));
            case TICKET:
                return refused(value, e -> e.ticket(value));
            case BY:
                // it is whoever imports; what an export tells is no mistake
                return null;
            default:
                return refused(value, e -> e.note(field, value));
        }
    }

    private void destination(String text) {
        IpPrefix prefix = Notation.prefix(text);
        complete(Exemption.builder(ANYBODY)).destination(prefix).build();
        if (!destinations.add(prefix)) {
            throw new IllegalArgumentException("\"" + text + "\" is there twice: give it once");
        }
    }

    private static Instant moment(String text) {
        try {
            return Instant.parse(text).truncatedTo(ChronoUnit.MILLIS);
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is no moment in UTC such as 2027-01-31T12:00:00Z", e);
        }
    }

    /** With what every exemption must have, so that one field can be judged. */
    private static Exemption.Builder complete(Exemption.Builder builder) {
        return builder.subscriber(ANYBODY)
                .reason(ANYBODY)
                .by(ANYBODY)
                .from(Instant.EPOCH)
                .until(Instant.EPOCH.plusSeconds(1));
    }

    private static String refused(String value, UnaryOperator<Exemption.Builder> set) {
        return wrong(value, text -> set.apply(complete(Exemption.builder(ANYBODY))).build());
    }

    private static String wrong(String value, Consumer<String> check) {
        try {
            check.accept(value);
            return null;
        } catch (IllegalArgumentException e) {
            String message = e.getMessage().replace(value, Fault.abridged(value));
            String whose = "exemption " + ANYBODY + ": ";
            return message.startsWith(whose) ? message.substring(whose.length()) : message;
        }
    }

    @Override
    public void end() {
        REQUIRED.stream()
                .filter(field -> !texts.containsKey(field))
                .forEach(field -> refuse(null, "field \"" + field + "\" is missing"));
        String id = texts.get(ID);
        if (id != null) {
            form.reading()
                    .take(id, spot)
                    .ifPresent(
                            other ->
                                    refuse(
                                            ID,
                                            "id \""
                                                    + Fault.abridged(id)
                                                    + "\" is in line "
                                                    + other.line()
                                                    + " already: give it to one only"));
        }
        if (form.reading().faultCount() > faultsBefore) {
            return;
        }
        try {
            form.reading().add(exemption(id));
        } catch (IllegalArgumentException e) {
            refuse(named(e.getMessage()), e.getMessage());
        }
    }

    private Exemption exemption(String id) {
        Optional<Exemption> present = form.present(id);
        Exemption.Builder builder =
                Exemption.builder(id)
                        .subscriber(texts.get(SUBSCRIBER))
                        .serviceClass(texts.get(CLASS))
                        .from(from == null ? present.map(Exemption::from).orElse(form.now()) : from)
                        .until(until)
                        .reason(texts.get(REASON))
                        .ticket(texts.getOrDefault(TICKET, ""));
        destinations.forEach(builder::destination);
        NOTES.stream()
                .filter(texts::containsKey)
                .forEach(note -> builder.note(note, texts.get(note)));
        // the same again is no order of somebody else's
        return present.filter(p -> p.equals(builder.by(p.by()).build()))
                .orElseGet(() -> builder.by(form.by()).build());
    }

    private void refuse(String field, String message) {
        form.reading().add(spot.fault(field, field == null ? null : texts.get(field), message));
    }
}
