package org.postern.audit;

import org.osgi.service.component.annotations.Component;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes audit lines to the logger {@code org.postern.audit}, which ONOS's logging sends where the
 * operator wants it.
 */
@Component(immediate = true, service = AuditLog.class)
public class LoggedAudit implements AuditLog {
    private static final Logger AUDIT = LoggerFactory.getLogger("org.postern.audit");

    @Override
    public void record(Order order, Change change) {
        AUDIT.info(
                "by={} via={} action={} {}",
                singleLine(order.by()),
                order.via().text(),
                change.action(),
                singleLine(change.text()));
    }

    /**
     * An entry is one line that shows itself as it is, whatever somebody wrote into a reason: no
     * control or format character (Unicode general category C), no line or paragraph separator.
     */
    private static String singleLine(String text) {
        return text.replaceAll("[\\p{C}\\p{Zl}\\p{Zp}]", " ");
    }
}
