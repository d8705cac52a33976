package org.postern.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.postern.submission.Alarm;
import org.postern.submission.Finding;
import org.postern.submission.Watched;

/** What the guard of submission servers and relays tells, as JSON. */
public final class SubmissionReport {
    private SubmissionReport() {}

    /**
     * Tells what was found.
     *
     * @param findings of what is watched
     * @return an array in their order; what was not looked at yet has no verdict
     */
    public static ArrayNode json(Map<Watched, Optional<Finding>> findings) {
        ArrayNode all = JsonNodeFactory.instance.arrayNode();
        findings.forEach(
                (watched, finding) -> {
                    ObjectNode one = which(watched, all.addObject());
                    one.put("at", finding.map(Finding::at).map(Instant::toString).orElse(null))
                            .put("verdict", finding.map(f -> f.verdict().text()).orElse(null))
                            .put("reason", finding.map(Finding::reason).orElse(null))
                            .put(
                                    "certificateUntil",
                                    finding.flatMap(Finding::certificateUntil)
                                            .map(Instant::toString)
                                            .orElse(null));
                    ArrayNode alarms = one.putArray("alarms");
                    finding.ifPresent(f -> f.alarms().forEach(a -> alarm(a, alarms.addObject())));
                });
        return all;
    }

    /** All alarms, each with whose it is. */
    static ArrayNode alarms(Collection<Finding> findings) {
        ArrayNode all = JsonNodeFactory.instance.arrayNode();
        for (Finding finding : findings) {
            finding.alarms().forEach(a -> alarm(a, which(finding.watched(), all.addObject())));
        }
        return all;
    }

    private static ObjectNode which(Watched watched, ObjectNode json) {
        return json.put("kind", watched.kind().name().toLowerCase(Locale.ROOT))
                .put("name", watched.name())
                .put("address", watched.address().toString())
                .put("port", watched.port());
    }

    private static void alarm(Alarm alarm, ObjectNode json) {
        json.put("alarm", alarm.kind().text())
                .put("since", alarm.since().toString())
                .put("reason", alarm.reason());
    }
}
