package org.postern.observe;

import java.time.Instant;
import org.onosproject.net.DeviceId;
import org.postern.policy.Counted;

/** Makes counts of attempts, for tests. */
public final class Counts {
    private Counts() {}

    /**
     * A count.
     *
     * @param subscriber null for everybody unknown
     * @param last null if no increase was seen
     */
    public static AttemptCount of(
            String subscriber, String device, long packets, Instant since, Instant last) {
        return new AttemptCount(
                subscriber, DeviceId.deviceId(device), Counted.ATTEMPT, packets, since, last);
    }

    /**
     * A count of something else than attempts.
     *
     * @param subscriber null for everybody unknown
     * @param last null if no increase was seen
     */
    public static AttemptCount of(
            Counted kind,
            String subscriber,
            String device,
            long packets,
            Instant since,
            Instant last) {
        return new AttemptCount(subscriber, DeviceId.deviceId(device), kind, packets, since, last);
    }
}
