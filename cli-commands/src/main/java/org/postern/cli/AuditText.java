package org.postern.cli;

import java.time.Instant;
import java.time.ZoneId;
import org.postern.audit.AuditEntry;
import org.postern.audit.AuditExtent;
import org.postern.audit.AuditPage;

/** Tells who changed what. */
final class AuditText {
    /** Characters of a value before and after; {@code -j} shows it whole. */
    private static final int VALUE = 300;

    private AuditText() {}

    /** Lists entries, and says which there are. */
    static Lines of(AuditPage page, Instant now, ZoneId zone) {
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
                                + (entry.reason().isEmpty() || entry.text().contains(entry.reason())
                                        ? ""
                                        : "; reason: " + entry.reason()));
                entry.before().ifPresent(json -> table.remark("before " + abridged(json)));
                entry.after().ifPresent(json -> table.remark("after " + abridged(json)));
            }
            table.writeTo(lines);
        }
        return page.next().isPresent()
                ? lines.add(extent(page.extent()) + " More match: give a larger --limit.")
                : lines.add(extent(page.extent()));
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

    private static String abridged(String json) {
        return json.length() <= VALUE ? json : json.substring(0, VALUE) + "...";
    }
}
