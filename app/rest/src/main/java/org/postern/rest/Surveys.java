package org.postern.rest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.ws.rs.core.HttpHeaders;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.postern.probe.Probe;
import org.postern.survey.SurveyJob;

/**
 * The surveys that this node makes, or has made, at the request of somebody over REST: one at a
 * time, in memory only, and the last few of them. A component so that they end with the bundle.
 */
@Component(immediate = true, service = Surveys.class)
public class Surveys {
    /** How many are kept, one that runs among them. */
    static final int KEPT = 5;

    /** How many providers each may have. */
    static final int MOST = 1_000;

    /** When to try again while another survey runs. Seconds. */
    static final String RETRY_SECONDS = "30";

    private final Probe probe;
    private final Map<String, Survey> kept = new LinkedHashMap<>();
    private Survey last;
    private boolean over;

    /** Creates it as OSGi needs it. */
    public Surveys() {
        this(Probe.builder().patient().build());
    }

    /**
     * Creates it.
     *
     * @param probe what probes; patient, since providers share addresses
     */
    Surveys(Probe probe) {
        this.probe = probe;
    }

    /**
     * Starts a survey.
     *
     * @param job whom to ask, and how
     * @param of how many providers it has
     * @param by who asked for it
     * @return the survey, which runs
     * @throws Problem if another one runs
     */
    synchronized Survey start(SurveyJob job, int of, String by) {
        if (over) {
            throw new Problem(ProblemType.UNAVAILABLE, "the web server is being stopped: try again")
                    .with(HttpHeaders.RETRY_AFTER, ProblemMapper.RETRY_SECONDS);
        }
        if (last != null && last.isRunning()) {
            throw new Problem(
                            ProblemType.TOO_MANY_REQUESTS,
                            "this node makes a survey already, "
                                    + last.id()
                                    + (kept.containsKey(last.id())
                                            ? ": wait for it, or DELETE it"
                                            : ", which was cancelled and is about to end")
                                    + "; try again in "
                                    + RETRY_SECONDS
                                    + " s")
                    .with(HttpHeaders.RETRY_AFTER, RETRY_SECONDS);
        }
        if (kept.size() >= KEPT) {
            kept.remove(kept.keySet().iterator().next());
        }
        last = new Survey(job, of, by);
        kept.put(last.id(), last);
        last.start(probe);
        return last;
    }

    /** Those that are kept, the oldest first. */
    synchronized List<Survey> all() {
        return new ArrayList<>(kept.values());
    }

    /** One of them. */
    synchronized Optional<Survey> of(String id) {
        return Optional.ofNullable(kept.get(id));
    }

    /**
     * Cancels a survey, if it runs, and forgets it.
     *
     * @return whether there was one
     */
    boolean forget(String id) throws InterruptedException {
        Survey survey;
        synchronized (this) {
            survey = kept.remove(id);
        }
        if (survey != null) {
            survey.cancel();
        }
        return survey != null;
    }

    /** Ends it: who is asked is asked no more. */
    @Deactivate
    protected void deactivate() throws InterruptedException {
        Survey running;
        synchronized (this) {
            over = true;
            running = last;
            kept.clear();
        }
        if (running != null) {
            running.cancel();
        }
    }
}
