package org.postern.device;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * What is remembered of a device from one look to the next: since when it is in its state, and when
 * it was not verified and why. Not safe for use by several threads at once.
 */
final class DeviceMemory {
    /**
     * A rule not seen for so long is not verified: two of ONOS's polls (5 s each), and one more for
     * delay.
     */
    static final Duration TWO_POLLS = Duration.ofSeconds(15);

    /**
     * How often the moment of verification is written down; it says how long the controller was
     * away.
     */
    private static final Duration WRITTEN = Duration.ofSeconds(10);

    /** The reason when nobody looked: all of ONOS was down, or Postern alone. */
    private static final String AWAY = "the controller or Postern was away";

    private DeviceState state;
    private Instant since;
    private Instant verified;
    private Instant looked;
    private Instant written = Instant.EPOCH;
    private DeviceStatus.Unverified unverified;

    /**
     * Why the device is not verified since it last was: nobody looked, or states that were seen.
     */
    private final Set<String> reasons = new LinkedHashSet<>();

    /**
     * Begins when Postern does.
     *
     * @param verifiedBefore when the device was last verified before; null if it never was
     */
    DeviceMemory(Instant verifiedBefore) {
        verified = verifiedBefore;
        looked = verifiedBefore;
    }

    /** Whether the device was another node's up to now: that one knows when it was verified. */
    boolean isTakenOver(DeviceState next) {
        return state == DeviceState.NOT_MASTER && next != state;
    }

    /** Another node wrote down when it last verified the device. */
    void verifiedElsewhere(Instant at) {
        if (verified == null || at.isAfter(verified)) {
            verified = at;
        }
    }

    /**
     * Takes note of a look.
     *
     * @param next the state found
     * @param whole whether every rule was seen in the switch in the last two polls
     * @param now when
     */
    void remember(DeviceState next, boolean whole, Instant now) {
        if (next != state) {
            state = next;
            since = now;
        }
        if (isLong(looked, now)) {
            reasons.add(AWAY);
        }
        looked = now;
        if (!whole) {
            reasons.add(state.name());
            return;
        }
        if (isLong(verified, now)) {
            unverified = new DeviceStatus.Unverified(verified, now, String.join(", ", reasons));
        }
        reasons.clear();
        verified = now;
    }

    private static boolean isLong(Instant from, Instant to) {
        return from != null && Duration.between(from, to).compareTo(TWO_POLLS) > 0;
    }

    /** Whether the moment of verification is to be written down; true once for each time. */
    boolean isWritingDue(Instant now) {
        if (Duration.between(written, now).compareTo(WRITTEN) < 0) {
            return false;
        }
        written = now;
        return true;
    }

    /** When the present state began; null before the first look. */
    Instant since() {
        return since;
    }

    /** The last time during which the device was not verified; null if there was none. */
    DeviceStatus.Unverified unverified() {
        return unverified;
    }
}
