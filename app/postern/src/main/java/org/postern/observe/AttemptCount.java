package org.postern.observe;

import java.time.Instant;
import java.util.Optional;
import org.onosproject.net.DeviceId;
import org.postern.policy.Counted;

/**
 * Packets to direct port 25 of one subscriber, or of everybody unknown, that were blocked on one
 * device; or redirected, or passed because nothing is enforced. A connection attempt is several
 * packets: clients retransmit. Immutable.
 */
public final class AttemptCount {
    private final String subscriber;
    private final DeviceId device;
    private final Counted kind;
    private final long packets;
    private final Instant since;
    private final Instant last;

    AttemptCount(
            String subscriber,
            DeviceId device,
            Counted kind,
            long packets,
            Instant since,
            Instant last) {
        this.subscriber = subscriber;
        this.device = device;
        this.kind = kind;
        this.packets = packets;
        this.since = since;
        this.last = last;
    }

    /**
     * Returns the subscriber.
     *
     * @return identifier, or empty for attachments that nobody registered
     */
    public Optional<String> subscriber() {
        return Optional.ofNullable(subscriber);
    }

    /**
     * Returns the device.
     *
     * @return where the packets came in
     */
    public DeviceId device() {
        return device;
    }

    /**
     * Returns what was counted.
     *
     * @return blocked, redirected, or passed because nothing is enforced
     */
    public Counted kind() {
        return kind;
    }

    /**
     * Returns the count.
     *
     * @return packets since {@link #since()}
     */
    public long packets() {
        return packets;
    }

    /**
     * Returns since when is counted.
     *
     * @return when this node began to count: at the last change of class, or when it started
     */
    public Instant since() {
        return since;
    }

    /**
     * Returns when the last increase was seen.
     *
     * @return time of the poll, or empty if there was none
     */
    public Optional<Instant> last() {
        return Optional.ofNullable(last);
    }
}
