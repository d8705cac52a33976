package org.postern.policy;

import java.util.Objects;

/**
 * How often direct mail is answered with a reset; what comes above is dropped without one.
 * Immutable.
 */
public final class RejectRates {
    /** What holds unless something else is configured. */
    public static final RejectRates USUAL = new RejectRates(10, 10, 200);

    /** Highest rate of a subscriber. Packets per second. */
    public static final int HIGHEST_RATE = 1_000;

    /**
     * Highest rate of a device. Packets per second; ONOS handles some ten thousand packet-ins a
     * second in all, and has other work.
     */
    public static final int HIGHEST_DEVICE_RATE = 5_000;

    private final int rate;
    private final int burst;
    private final int deviceRate;

    /**
     * Creates rates.
     *
     * @param rate packets per second of each subscriber, 1 to {@link #HIGHEST_RATE}
     * @param burst packets that a subscriber may send at once after a pause, 1 to {@link
     *     #HIGHEST_RATE}
     * @param deviceRate packets per second of all subscribers of a device together, at least {@code
     *     rate}, at most {@link #HIGHEST_DEVICE_RATE}
     * @throws IllegalArgumentException if one is out of its range; the message names it
     */
    public RejectRates(int rate, int burst, int deviceRate) {
        require("rate", rate, 1, HIGHEST_RATE);
        require("burst", burst, 1, HIGHEST_RATE);
        require("deviceRate", deviceRate, rate, HIGHEST_DEVICE_RATE);
        this.rate = rate;
        this.burst = burst;
        this.deviceRate = deviceRate;
    }

    private static void require(String name, int value, int lowest, int highest) {
        if (value < lowest || value > highest) {
            throw new IllegalArgumentException(
                    name
                            + " "
                            + value
                            + " is not possible: use "
                            + lowest
                            + " to "
                            + highest
                            + " packets"
                            + ("burst".equals(name) ? "" : " per second")
                            + ("deviceRate".equals(name) ? ", the rate of one at least" : ""));
        }
    }

    /**
     * Returns the rate of each subscriber.
     *
     * @return packets per second
     */
    public int rate() {
        return rate;
    }

    /**
     * Returns what a subscriber may send at once after a pause.
     *
     * @return packets
     */
    public int burst() {
        return burst;
    }

    /**
     * Returns the rate of all subscribers of a device together.
     *
     * @return packets per second; as many at once after a pause
     */
    public int deviceRate() {
        return deviceRate;
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof RejectRates)) {
            return false;
        }
        RejectRates that = (RejectRates) other;
        return rate == that.rate && burst == that.burst && deviceRate == that.deviceRate;
    }

    @Override
    public int hashCode() {
        return Objects.hash(rate, burst, deviceRate);
    }

    @Override
    public String toString() {
        return rate + "/s, burst " + burst + ", " + deviceRate + "/s for a device";
    }
}
