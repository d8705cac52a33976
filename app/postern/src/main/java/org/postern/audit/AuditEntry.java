package org.postern.audit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * An entry of the audit log: what was changed of what, when, by whom, by which interface and why;
 * or one of the single changes of an entry that has many, under the number of that entry.
 * Immutable.
 */
public final class AuditEntry {
    private final long number;
    private final int detail;
    private final Instant at;
    private final String node;
    private final String by;
    private final String via;
    private final String action;
    private final String subject;
    private final String text;
    private final String before;
    private final String after;
    private final String reason;
    private final JsonNode details;
    private final long previous;

    /** Characters of what is stored, and bytes of the details. */
    private final long size;

    private AuditEntry(long number, int detail, JsonNode frame, JsonNode change, long size) {
        this.number = number;
        this.detail = detail;
        this.at = moment(frame.path("at").asText());
        this.node = frame.path("node").asText();
        this.by = frame.path("by").asText().intern();
        this.via = frame.path("via").asText().intern();
        this.action = change.path("action").asText().intern();
        this.subject = change.path("subject").asText();
        this.text = change.path("text").asText();
        this.before = value(change.path("before"));
        this.after = value(change.path("after"));
        this.reason = change.path("reason").asText();
        this.details = detail > 0 ? null : frame.get(Stored.DETAILS);
        this.previous = frame.path(Stored.PREVIOUS).asLong();
        this.size = size;
    }

    /**
     * Reads an entry.
     *
     * @throws IllegalArgumentException if it is not in a form that this version reads
     */
    static AuditEntry read(long number, String stored) {
        ObjectNode json = Stored.read(stored);
        return new AuditEntry(
                number, 0, json, json, stored.length() + Details.bytes(json.get(Stored.DETAILS)));
    }

    /** One of the single changes of this entry. */
    AuditEntry detail(int index, JsonNode change) {
        ObjectNode frame =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("at", at.toString())
                        .put("node", node)
                        .put("by", by)
                        .put("via", via);
        return new AuditEntry(number, index, frame, change, 0);
    }

    private static Instant moment(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            return Instant.EPOCH;
        }
    }

    private static String value(JsonNode json) {
        return json.isMissingNode() || json.isNull() ? null : json.toString();
    }

    /** What the store keeps for it, about. */
    long size() {
        return size;
    }

    /** Whose place it takes in the log. */
    String share() {
        return share(by, via, details() > 0);
    }

    /**
     * What one user or system orders by one interface has a share of the log, and bulk changes of
     * it, which take much more of the store, another.
     */
    static String share(String by, String via, boolean bulk) {
        return via + (bulk ? "+ " : " ") + by;
    }

    /** Where its single changes are, or null. */
    JsonNode whereDetails() {
        return details;
    }

    /**
     * Returns the number.
     *
     * @return from 1, without a gap in the whole cluster; the oldest entries go, and no number
     *     comes again
     */
    public long number() {
        return number;
    }

    /**
     * Returns which of the single changes of the entry this is.
     *
     * @return from 1, or empty for the entry itself
     */
    public OptionalInt detail() {
        return detail > 0 ? OptionalInt.of(detail) : OptionalInt.empty();
    }

    /**
     * Returns when it was taken down.
     *
     * @return by the clock of the node, in milliseconds
     */
    public Instant at() {
        return at;
    }

    /**
     * Returns where it was taken down.
     *
     * @return identifier of a node of the cluster
     */
    public String node() {
        return node;
    }

    /**
     * Returns who ordered it.
     *
     * @return a user of ONOS, or a system
     */
    public String by() {
        return by;
    }

    /**
     * Returns by which interface it came.
     *
     * @return such as {@code console}
     */
    public String via() {
        return via;
    }

    /**
     * Returns what was done.
     *
     * @return such as {@code suspend}
     */
    public String action() {
        return action;
    }

    /**
     * Returns what it was done to.
     *
     * @return such as a subscriber's identifier; empty if it was many
     */
    public String subject() {
        return subject;
    }

    /**
     * Returns the change in words.
     *
     * @return one sentence
     */
    public String text() {
        return text;
    }

    /**
     * Returns what there was.
     *
     * @return JSON, or empty if there was nothing or it is not known
     */
    public Optional<String> before() {
        return Optional.ofNullable(before);
    }

    /**
     * Returns what there is.
     *
     * @return JSON, or empty if there is nothing or it is not known
     */
    public Optional<String> after() {
        return Optional.ofNullable(after);
    }

    /**
     * Returns the reason.
     *
     * @return as the operator gave it, empty if none was given
     */
    public String reason() {
        return reason;
    }

    /**
     * Returns how many single changes the entry stands for.
     *
     * @return 0 if it is a single change itself
     */
    public int details() {
        return Details.count(details);
    }

    /**
     * Returns which entry was taken down before this one of what the same user or system ordered by
     * the same interface, bulk changes apart.
     *
     * @return its number; empty for the first one, and for entries of early versions of Postern
     */
    public OptionalLong previous() {
        return previous > 0 ? OptionalLong.of(previous) : OptionalLong.empty();
    }

    /**
     * Returns the entry as the console and the REST interface show it, and as it is exported.
     *
     * @return an object; absent values are null
     */
    public ObjectNode toJson() {
        ObjectNode json =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("number", number)
                        .put("detail", detail > 0 ? (Integer) detail : null)
                        .put("at", at.toString())
                        .put("node", node)
                        .put("by", by)
                        .put("via", via)
                        .put("action", action)
                        .put("subject", subject)
                        .put("text", text);
        json.set("before", before == null ? NullNode.instance : Stored.valueOf(before));
        json.set("after", after == null ? NullNode.instance : Stored.valueOf(after));
        return json.put("reason", reason)
                .put("details", details())
                .put("previous", previous > 0 ? (Long) previous : null);
    }
}
