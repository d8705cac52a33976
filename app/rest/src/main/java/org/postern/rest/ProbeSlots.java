package org.postern.rest;

import java.util.HashSet;
import java.util.Set;
import javax.ws.rs.core.HttpHeaders;

/**
 * Which hosts this node probes at the request of somebody over REST. Each probe keeps a thread of
 * the web server for as long as it takes, which is minutes if servers do not answer: so there are
 * only so many, and one for each host. The others are refused at once and wait elsewhere.
 */
final class ProbeSlots {
    /**
     * Jetty, as ONOS configures it, has 200 threads; these and the rest of the API are few of them.
     */
    static final int MOST = 8;

    private final Set<String> busy = new HashSet<>();

    /**
     * Takes a slot; {@link #release} it.
     *
     * @param host what is to be probed, in its one form
     * @throws Problem if the host is probed already, or too many are
     */
    synchronized void take(String host) {
        if (busy.contains(host)) {
            throw refusal(host + " is being probed at the request of somebody already");
        }
        if (busy.size() >= MOST) {
            throw refusal("this node makes " + MOST + " probes already, which is the most");
        }
        busy.add(host);
    }

    /** Gives a slot back. */
    synchronized void release(String host) {
        busy.remove(host);
    }

    private static Problem refusal(String why) {
        return new Problem(
                        ProblemType.TOO_MANY_REQUESTS,
                        why + ": try again in " + ProblemMapper.RETRY_SECONDS + " s")
                .with(HttpHeaders.RETRY_AFTER, ProblemMapper.RETRY_SECONDS);
    }
}
