package org.postern.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Optional;
import org.postern.audit.AuditEntry;
import org.postern.audit.AuditExtent;
import org.postern.audit.AuditPage;
import org.postern.audit.AuditQuery;

/** Tells who changed what. */
final class AuditText {
    /** Characters of a value before and after; {@code -j} shows it whole. */
    private static final int VALUE = 300;

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private AuditText() {}

    /**
     * Lists entries, and says which there are.
     *
     * @param limit how many were asked for
     */
    static Lines of(AuditPage page, int limit, Instant now, ZoneId zone) {
        Lines lines = new Lines();
        if (page.entries().isEmpty()) {
            lines.add("No entries.");
        } else {
            Table table = new Table(">NUMBER", "WHEN", "BY", "VIA", "ACTION", "SUBJECT");
            for (AuditEntry entry : page.entries()) {
                table.row(
                        entry.number()
                                + (entry.detail().isPresent()
                                        ? "." + entry.detail().getAsInt()
                                        : ""),
                        Moments.moment(entry.at(), now, zone),
                        entry.by(),
                        entry.via(),
                        entry.action(),
                        entry.subject());
                table.remark(
                        entry.text()
                                + (entry.reason().isEmpty() ? "" : "; reason: " + entry.reason()));
                Optional<String> before = entry.before();
                Optional<String> after = entry.after();
                before.map(json -> without(json, after))
                        .ifPresent(json -> table.remark("before " + abridged(json)));
                after.map(json -> without(json, before))
                        .ifPresent(json -> table.remark("after " + abridged(json)));
            }
            table.writeTo(lines);
        }
        return page.next().isPresent()
                ? lines.add(extent(page.extent()) + " More match: " + more(limit) + ".")
                : lines.add(extent(page.extent()));
    }

    private static String more(int limit) {
        return limit < AuditQuery.LARGEST_PAGE
                ? "give a larger --limit"
                : "--export writes all of them, --until and the other options choose";
    }

    private static String extent(AuditExtent extent) {
        if (extent.last() == 0) {
            return "Nothing was taken down yet.";
        }
        return extent.gone() == 0
                ? "Entries 1 to " + extent.last() + " are kept."
                : "Of entries 1 to "
                        + extent.last()
                        + ", "
                        + extent.kept()
                        + " are kept, from "
                        + extent.first()
                        + " on; the others are in the log only (logger org.postern.audit).";
    }

    /** What of an object is not the same in another one; {@code -j} shows it whole. */
    private static String without(String json, Optional<String> other) {
        JsonNode own = tree(json);
        JsonNode others = other.map(AuditText::tree).orElse(MissingNode.getInstance());
        if (!own.isObject() || !others.isObject()) {
            return json;
        }
        ObjectNode different = own.deepCopy();
        own.fields()
                .forEachRemaining(
                        field -> {
                            if (field.getValue().equals(others.get(field.getKey()))) {
                                different.remove(field.getKey());
                            }
                        });
        return different.toString();
    }

    private static JsonNode tree(String json) {
        try {
            return MAPPER.readTree(json);
        } catch (JsonProcessingException e) {
            return MissingNode.getInstance();
        }
    }

    private static String abridged(String json) {
        return json.length() <= VALUE ? json : json.substring(0, VALUE) + "...";
    }
}
