package org.postern.submission;

import java.util.Map;
import java.util.Optional;
import org.onosproject.event.ListenerService;
import org.postern.policy.NextHop;

/** Tells whether the ISP's own submission servers and relays demand authentication. */
public interface SubmissionService extends ListenerService<SubmissionEvent, SubmissionListener> {

    /**
     * Lists what is watched.
     *
     * @return in the order of kind, name, address and port; empty for what was not looked at yet
     */
    Map<Watched, Optional<Finding>> findings();

    /**
     * Tells how often each is looked at.
     *
     * @return minutes, 1 to 1440; 0 if that is switched off
     */
    int interval();

    /**
     * Tells why nothing may be redirected to a relay.
     *
     * @param relay a relay of the infrastructure
     * @return what was found and what to do; empty if it may be, as far as is known
     */
    Optional<String> refusalOf(NextHop relay);

    /**
     * Looks at all of them now, from this node, and waits for it.
     *
     * @return what is known then
     * @throws InterruptedException if the thread is interrupted; what was found until then is kept
     * @throws IllegalStateException if this node does so already, or the store does not answer
     */
    Map<Watched, Optional<Finding>> lookNow() throws InterruptedException;

    /**
     * Has somebody told whenever a relay is refused, or is no more.
     *
     * @param listener what to call; it must not block
     */
    void listen(Runnable listener);

    /**
     * Ends {@link #listen}.
     *
     * @param listener what was given
     */
    void forget(Runnable listener);
}
