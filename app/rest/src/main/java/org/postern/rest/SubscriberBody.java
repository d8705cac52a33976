package org.postern.rest;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.postern.json.Json;
import org.postern.policy.Attachment;
import org.postern.policy.Infrastructure;
import org.postern.policy.Mode;
import org.postern.policy.Notation;
import org.postern.policy.Quarantine;
import org.postern.policy.ServiceClass;
import org.postern.policy.Subscriber;

/**
 * A subscriber as a client writes it. What {@link Json#subscriber} told may be written back as it
 * was read: what the client cannot change is accepted if it is unchanged.
 */
final class SubscriberBody {
    private static final String ATTACHMENTS = "attachments";
    private static final String QUARANTINE = "quarantine";
    private static final List<String> FIELDS =
            List.of("id", "class", ATTACHMENTS, "prefixes", "macs", "mode", QUARANTINE);

    private SubscriberBody() {}

    /** Reads the body of a request, whatever its fields have. */
    static Body read(InputStream in) throws IOException {
        return Body.read(in, FIELDS);
    }

    /**
     * Makes a subscriber of what was sent.
     *
     * @param id identifier in the path
     * @param body what was sent
     * @param present the subscriber that there is
     * @param infrastructure what classes there are
     * @return the subscriber as it is wanted, in the quarantine that it is in
     */
    static Subscriber subscriber(
            String id, Body body, Optional<Subscriber> present, Infrastructure infrastructure) {
        body.optional("id", text -> sameId(id, text));
        Subscriber.Builder builder =
                Subscriber.builder(id)
                        .serviceClass(
                                body.optional(
                                                "class",
                                                name -> infrastructure.classNamed(name).name())
                                        .orElse(ServiceClass.RESIDENTIAL.name()))
                        .mode(body.optional("mode", Notation::mode).orElse(Mode.ENFORCE));
        List<Attachment> attachments = body.list(ATTACHMENTS, Attachment::parse);
        if (attachments.isEmpty()) {
            throw Problem.malformed(
                    Body.pointer(ATTACHMENTS),
                    "field \"attachments\": give at least one place where the subscriber is attached");
        }
        attachments.forEach(builder::attachedAt);
        body.list("prefixes", Notation::prefix).forEach(builder::prefix);
        body.list("macs", Notation::mac).forEach(builder::mac);
        Optional<Quarantine> kept = present.flatMap(Subscriber::quarantine);
        builder.quarantine(kept.orElse(null));
        try {
            Subscriber wanted = builder.build();
            refuseOtherQuarantine(body, wanted);
            return wanted;
        } catch (IllegalArgumentException e) {
            // what the elements have shown is in order: the identifier, a prefix or a MAC is not
            String at = culprit(body, e.getMessage());
            throw Problem.malformed(at == null ? "id" : at, e.getMessage());
        }
    }

    private static String sameId(String id, String text) {
        if (!text.equals(id)) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is not the one of the path, " + id + ": leave it out");
        }
        return text;
    }

    private static void refuseOtherQuarantine(Body body, Subscriber wanted) {
        if (body.has(QUARANTINE)
                && !body.value(QUARANTINE).equals(Json.subscriber(wanted).get(QUARANTINE))) {
            throw Problem.malformed(
                    Body.pointer(QUARANTINE),
                    "field \"quarantine\" is not changed here: leave it out, and use …/quarantine of the subscriber");
        }
    }

    private static String culprit(Body body, String detail) {
        for (String field : List.of("prefixes", "macs")) {
            int index = 0;
            for (JsonNode element : body.value(field)) {
                if (names(detail, element.asText())) {
                    return Body.pointer(field) + "/" + index;
                }
                index++;
            }
        }
        return null;
    }

    /**
     * Finds out which value of a subscriber a refusal is about.
     *
     * @param wanted the subscriber that was refused
     * @param detail the refusal, which quotes the value as operators write it
     * @return JSON pointer to the value; null if it is about the subscriber as a whole
     */
    static String culprit(Subscriber wanted, String detail) {
        String found = element(ATTACHMENTS, wanted.attachments(), detail);
        if (found == null) {
            found = element("prefixes", wanted.prefixes(), detail);
        }
        if (found == null) {
            found = element("macs", wanted.macs(), detail);
        }
        if (found == null && names(detail, "class " + wanted.serviceClass())) {
            return Body.pointer("class");
        }
        if (found != null) {
            return found;
        }
        int index = 0;
        for (Attachment attachment : wanted.attachments()) {
            if (names(detail, attachment.device().toString())) {
                return Body.pointer(ATTACHMENTS) + "/" + index;
            }
            index++;
        }
        return null;
    }

    private static String element(String field, Iterable<?> values, String detail) {
        int index = 0;
        for (Object value : values) {
            if (names(detail, value.toString())) {
                return Body.pointer(field) + "/" + index;
            }
            index++;
        }
        return null;
    }

    /** Whether a sentence has a word: port 1 is not named by port 12. */
    private static boolean names(String sentence, String word) {
        return Pattern.compile(
                        "(?<![\\w./:@])" + Pattern.quote(word) + "(?![\\w/:@]|\\.\\w)",
                        Pattern.CASE_INSENSITIVE)
                .matcher(sentence)
                .find();
    }
}
