package org.postern.lab.openflow;

import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.onlab.util.SlidingWindowCounter;
import org.onosproject.openflow.controller.OpenFlowSwitch;
import org.onosproject.openflow.controller.RoleState;
import org.projectfloodlight.openflow.protocol.OFFlowStatsRequest;
import org.projectfloodlight.openflow.types.OFPort;
import org.projectfloodlight.openflow.types.TableId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks one switch for all its flows: first a second after it was added, then at the interval, and
 * only as its master.
 *
 * <p>Pauses under load with the windows and rates of ONOS's FlowStatsCollector, so that after a
 * burst of rules the lab shows what an operator sees: counters that stand still and rules that stay
 * PENDING_ADD for a while.
 */
final class FlowStatsPoller {
    private static final Logger LOG = LoggerFactory.getLogger(FlowStatsPoller.class);

    private static final long SECOND = 1_000;

    // windows in seconds, rates in flow events per second
    private static final int PAUSE_WINDOW = 2;
    private static final int HIGH_WINDOW = 60;
    private static final int LOW_WINDOW = 15;
    private static final int LOAD_FACTOR = 2;
    private static final int MIN_LOAD_RATE = 50;
    private static final int MAX_LOAD_RATE = 500;

    /** Polls that are skipped for a reply that does not come. */
    private static final int WAITING_ATTEMPTS = 5;

    private final ScheduledExecutorService executor;
    private final OpenFlowSwitch sw;
    private final AtomicInteger waiting = new AtomicInteger();
    private final SlidingWindowCounter load = new SlidingWindowCounter(HIGH_WINDOW);
    private ScheduledFuture<?> polling;
    private ScheduledFuture<?> watching;
    private int interval;
    private boolean paused;

    /** A poller that is not started yet; the interval is in seconds. */
    FlowStatsPoller(ScheduledExecutorService executor, OpenFlowSwitch sw, int interval) {
        this.executor = executor;
        this.sw = sw;
        this.interval = interval;
    }

    synchronized void start() {
        watching =
                executor.scheduleAtFixedRate(
                        this::watchLoad, SECOND, SECOND, TimeUnit.MILLISECONDS);
        schedule(SECOND);
    }

    synchronized void stop() {
        cancelPolling();
        if (watching != null) {
            watching.cancel(false);
            watching = null;
        }
        load.destroy();
    }

    synchronized void adjustInterval(int seconds) {
        interval = seconds;
        if (watching != null) {
            schedule(interval * SECOND);
        }
        waiting.set(0);
    }

    /** Takes note of flow-mods and barriers sent. */
    void recordEvents(int events) {
        load.incrementCount(events);
    }

    /**
     * Starts afresh: what was sent before mastership says nothing, and a reply may have been lost.
     */
    synchronized void resetEvents() {
        load.clear();
        if (paused) {
            paused = false;
            schedule(interval * SECOND);
        }
        waiting.set(0);
    }

    /** The reply has come, the next request may go out. */
    void received() {
        waiting.set(0);
    }

    private void schedule(long delay) {
        cancelPolling();
        polling =
                executor.scheduleAtFixedRate(
                        this::poll, delay, interval * SECOND, TimeUnit.MILLISECONDS);
    }

    private void cancelPolling() {
        if (polling != null) {
            polling.cancel(false);
            polling = null;
        }
    }

    private synchronized void watchLoad() {
        if (watching == null) {
            return;
        }
        if (isHighLoad()) {
            if (!paused) {
                LOG.debug("Pausing stats collection for {}", sw.getStringId());
                paused = true;
                cancelPolling();
            }
        } else if (paused && isLowLoad()) {
            LOG.debug("Resuming stats collection for {}", sw.getStringId());
            paused = false;
            schedule(interval * SECOND);
        }
    }

    private boolean isHighLoad() {
        double usual = Math.min(load.getWindowRate(HIGH_WINDOW) * LOAD_FACTOR, MAX_LOAD_RATE);
        return load.getWindowRate(PAUSE_WINDOW) > Math.max(usual, MIN_LOAD_RATE);
    }

    private boolean isLowLoad() {
        return load.getWindowRate(LOW_WINDOW) < load.getWindowRate(HIGH_WINDOW);
    }

    private void poll() {
        if (waiting.getAndDecrement() > 0) {
            LOG.debug(
                    "Skipping stats collection for {} waiting for previous reply",
                    sw.getStringId());
            return;
        }
        // Asked again here, for a large batch may have gone out since the load was last watched.
        if (sw.getRole() != RoleState.MASTER || isHighLoad()) {
            return;
        }
        OFFlowStatsRequest request =
                sw.factory()
                        .buildFlowStatsRequest()
                        .setMatch(sw.factory().matchWildcardAll())
                        .setTableId(TableId.ALL)
                        .setOutPort(OFPort.NO_MASK)
                        .build();
        sw.sendMsg(request);
        waiting.set(WAITING_ATTEMPTS);
    }
}
