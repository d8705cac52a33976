package org.postern.audit;

import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes audit lines to the logger {@code org.postern.audit}, which ONOS's logging sends where the
 * operator wants it, for as long as the operator wants it. The single changes of a bulk change go
 * to {@code org.postern.audit.details}, at level DEBUG: a hundred thousand lines would drive
 * everything else out of ONOS's log.
 */
final class LoggedAudit implements AuditLog {
    private static final Logger AUDIT = LoggerFactory.getLogger("org.postern.audit");
    private static final Logger DETAILS = LoggerFactory.getLogger("org.postern.audit.details");

    @Override
    public void record(Order order, Change change) {
        AUDIT.info("{}", line(order, change));
    }

    /** Writes an entry as it is stored. */
    void record(Order order, Change change, AuditEntry entry) {
        AUDIT.info("{} {}", line(order, change), singleLine(Stored.ascii(entry.toJson())));
    }

    /** Writes one of the details of an entry, if somebody wants them. */
    void detail(Order order, Change change) {
        if (DETAILS.isDebugEnabled()) {
            DETAILS.debug(
                    "{} {}",
                    line(order, change),
                    singleLine(Stored.ascii(Stored.change(change, Optional.empty()))));
        }
    }

    private static String line(Order order, Change change) {
        return "by="
                + singleLine(order.by())
                + " via="
                + order.via().text()
                + " action="
                + change.action()
                + " "
                + singleLine(change.text());
    }

    /**
     * An entry is one line that shows itself as it is, whatever somebody wrote into a reason: no
     * control or format character (Unicode general category C), no line or paragraph separator.
     */
    private static String singleLine(String text) {
        return text.replaceAll("[\\p{C}\\p{Zl}\\p{Zp}]", " ");
    }
}
