package org.postern.rest;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.UUID;
import org.postern.probe.Probe;
import org.postern.survey.SurveyJob;
import org.postern.survey.SurveyResult;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A survey in a thread of its own, and what became of it. Safe for use by several threads. */
final class Survey {
    /** How long a request waits for a cancelled survey: probes end at once. Milliseconds. */
    private static final long PATIENCE = 10_000;

    private final Logger log = LoggerFactory.getLogger(getClass());

    private final String id = UUID.randomUUID().toString();
    private final Instant startedAt = now();
    private final SurveyJob job;
    private final int of;
    private final String by;
    private Thread thread;
    private State state = State.RUNNING;
    private Instant endedAt;
    private String reason;
    private SurveyResult result;

    Survey(SurveyJob job, int of, String by) {
        this.job = job;
        this.of = of;
        this.by = by;
    }

    /** What it does. */
    enum State {
        RUNNING,
        DONE,
        FAILED
    }

    private static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.MILLIS);
    }

    /** Nobody can mistake it for one of another node or of before a restart. */
    String id() {
        return id;
    }

    synchronized void start(Probe probe) {
        thread = new Thread(() -> run(probe), "postern-survey-rest");
        thread.setDaemon(true);
        thread.start();
    }

    private void run(Probe probe) {
        try {
            SurveyResult all = job.run(probe, told -> {});
            end(State.DONE, null, all);
        } catch (InterruptedException e) {
            end(State.FAILED, "it was cancelled", job.soFar());
        } catch (RuntimeException | Error e) {
            // also where there was no memory: another one may be started
            log.error("Survey {} failed", id, e);
            end(State.FAILED, String.valueOf(e.getMessage()), job.soFar());
        }
    }

    private synchronized void end(State how, String why, SurveyResult found) {
        state = how;
        reason = why;
        result = found;
        endedAt = now();
    }

    /** Whether it asks, or is about to end. */
    synchronized boolean isRunning() {
        return state == State.RUNNING;
    }

    /** Ends it, unless it has ended. */
    void cancel() throws InterruptedException {
        Thread running;
        synchronized (this) {
            running = thread;
        }
        running.interrupt();
        running.join(PATIENCE);
    }

    /** What was found, so far. */
    synchronized SurveyResult result() {
        return result == null ? job.soFar() : result;
    }

    /** How far it is. */
    synchronized ObjectNode toJson() {
        return JsonNodeFactory.instance
                .objectNode()
                .put("id", id)
                .put("state", state.name().toLowerCase(Locale.ROOT))
                .put("done", result().size())
                .put("of", of)
                .put("by", by)
                .put("startedAt", startedAt.toString())
                .put("endedAt", endedAt == null ? null : endedAt.toString())
                .put("reason", reason);
    }
}
