package org.postern.compile;

import com.google.common.collect.ImmutableMap;
import java.util.Map;
import java.util.Optional;
import org.onosproject.net.meter.MeterId;

/**
 * The meters of a device that are in the switch, by what they are for. A rule that names a meter
 * which is not there would be refused by the switch, so what has none drops. Immutable.
 */
public final class RejectMeters {
    /** No meters: nothing is rejected, all is dropped. */
    public static final RejectMeters NONE = new RejectMeters(Map.of());

    /** The meter that all rejects of the device pass. */
    public static final String DEVICE = "device";

    /** The meter that all senders share that nobody registered. */
    public static final String UNREGISTERED = "unregistered";

    private final ImmutableMap<String, MeterId> meters;

    /**
     * Creates a set of meters.
     *
     * @param meters meters by purpose: {@link #DEVICE}, {@link #UNREGISTERED} and {@link
     *     #purposeOf}
     */
    public RejectMeters(Map<String, MeterId> meters) {
        this.meters = ImmutableMap.copyOf(meters);
    }

    /**
     * Returns the purpose of a subscriber's meter.
     *
     * @param subscriber its identifier; empty for all that nobody registered
     * @return the key of its meter
     */
    public static String purposeOf(Optional<String> subscriber) {
        return subscriber.map(id -> "subscriber " + id).orElse(UNREGISTERED);
    }

    /**
     * Returns the device's meter.
     *
     * @return empty if it is not in the switch
     */
    public Optional<MeterId> ofDevice() {
        return Optional.ofNullable(meters.get(DEVICE));
    }

    /**
     * Returns a subscriber's meter.
     *
     * @param subscriber its identifier; empty for all that nobody registered
     * @return empty if it is not in the switch, or the device's is not: of no use without it
     */
    public Optional<MeterId> of(Optional<String> subscriber) {
        return ofDevice().map(d -> meters.get(purposeOf(subscriber)));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RejectMeters && meters.equals(((RejectMeters) other).meters);
    }

    @Override
    public int hashCode() {
        return meters.hashCode();
    }

    @Override
    public String toString() {
        return meters.toString();
    }
}
