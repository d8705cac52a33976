package org.postern.provisioning;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.postern.policy.Exemption;

/** What a file of exemptions says: either exemptions, or what is wrong with it. */
final class ExemptionReading extends FileReading {
    private final List<Exemption> exemptions = new ArrayList<>();
    private final Map<String, Spot> spots = new HashMap<>();

    /** Where one is written. */
    static final class Spot {
        private final long line;
        private final String place;
        private final int index;

        /**
         * Takes down a place.
         *
         * @param line of the file, from 1
         * @param place what else tells where, or empty
         * @param index in a list of JSON, or {@link Fault#NO_LIST}
         */
        Spot(long line, String place, int index) {
            this.line = line;
            this.place = place;
            this.index = index;
        }

        long line() {
            return line;
        }

        Fault fault(String field, String value, String message) {
            return new Fault(line, place, field, value, message, index);
        }
    }

    /**
     * Begins to read.
     *
     * @param most how many exemptions there may be
     */
    ExemptionReading(int most) {
        super("exemption", most, "; the rest was not read: make several files of it");
    }

    /** Takes an identifier, good or not; tells where it is already. */
    Optional<Spot> take(String id, Spot spot) {
        return Optional.ofNullable(spots.putIfAbsent(id, spot));
    }

    void add(Exemption exemption) {
        if (faultCount() == 0) {
            exemptions.add(exemption);
        }
    }

    /** One that was read is refused. */
    void refuse(String id, String message) {
        add(spots.get(id).fault(ExemptionFields.named(message), null, message));
    }

    /** Compares identifiers of exemptions that were read: by where they are. */
    Comparator<String> byPlace() {
        return Comparator.<String>comparingLong(id -> spots.get(id).line)
                .thenComparingInt(id -> spots.get(id).index);
    }

    @Override
    void forget() {
        exemptions.clear();
    }

    /** In the order of the file; empty if anything is wrong with it. */
    List<Exemption> exemptions() {
        return ImmutableList.copyOf(exemptions);
    }
}
