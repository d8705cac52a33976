package org.postern.lab.openflow;

import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.onosproject.openflow.controller.OpenFlowSwitch;
import org.onosproject.openflow.controller.RoleState;

/** Asks one switch for the statistics of its tables; not paused under load, as in ONOS. */
final class TableStatsPoller {
    private final ScheduledExecutorService executor;
    private final OpenFlowSwitch sw;
    private ScheduledFuture<?> polling;
    private int interval;

    /** A poller that is not started yet; the interval is in seconds. */
    TableStatsPoller(ScheduledExecutorService executor, OpenFlowSwitch sw, int interval) {
        this.executor = executor;
        this.sw = sw;
        this.interval = interval;
    }

    synchronized void start() {
        schedule(1);
    }

    synchronized void adjustInterval(int seconds) {
        interval = seconds;
        schedule(interval);
    }

    synchronized void stop() {
        if (polling != null) {
            polling.cancel(false);
            polling = null;
        }
    }

    private void schedule(int delay) {
        stop();
        polling = executor.scheduleAtFixedRate(this::poll, delay, interval, TimeUnit.SECONDS);
    }

    private void poll() {
        if (sw.getRole() == RoleState.MASTER) {
            sw.sendMsg(sw.factory().buildTableStatsRequest().build());
        }
    }
}
