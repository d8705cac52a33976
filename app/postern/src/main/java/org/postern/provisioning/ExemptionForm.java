package org.postern.provisioning;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.postern.policy.Exemption;
import org.postern.policy.Infrastructure;

/** What files of exemptions have. */
final class ExemptionForm implements RecordForm {
    private final Infrastructure infrastructure;
    private final Map<String, Exemption> present;
    private final Instant now;
    private final String by;
    private final ExemptionReading reading;

    /**
     * Begins a file.
     *
     * @param infrastructure what classes there are
     * @param present the exemptions that there are, by identifier
     * @param now when one begins that is new and does not say when
     * @param by who imports
     * @param reading is told what is wrong, and takes the exemptions
     */
    ExemptionForm(
            Infrastructure infrastructure,
            Map<String, Exemption> present,
            Instant now,
            String by,
            ExemptionReading reading) {
        this.infrastructure = infrastructure;
        this.present = present;
        this.now = now;
        this.by = by;
        this.reading = reading;
    }

    @Override
    public String one() {
        return "exemption";
    }

    @Override
    public List<String> fields() {
        return ExemptionFields.NAMES;
    }

    @Override
    public Set<String> lists() {
        return Set.of(ExemptionFields.DESTINATIONS);
    }

    @Override
    public Map<String, List<String>> objects() {
        return Map.of(ExemptionFields.CHECKLIST, ExemptionFields.NOTES);
    }

    @Override
    public List<String> required() {
        return ExemptionFields.REQUIRED;
    }

    @Override
    public String csvExample() {
        return "id,subscriber,destinations,until,reason,ticket";
    }

    @Override
    public String jsonExample() {
        return "{\"id\": \"e1\", \"subscriber\": \"r1\", \"destinations\": [\"192.0.2.25/32\"],"
                + " \"until\": \"2027-01-31T12:00:00Z\", \"reason\": \"own mail server\"}";
    }

    @Override
    public Fields begin(long line, String place, int index) {
        return new ExemptionFields(this, new ExemptionReading.Spot(line, place, index));
    }

    Infrastructure infrastructure() {
        return infrastructure;
    }

    Optional<Exemption> present(String id) {
        return Optional.ofNullable(present.get(id));
    }

    Instant now() {
        return now;
    }

    String by() {
        return by;
    }

    ExemptionReading reading() {
        return reading;
    }
}
