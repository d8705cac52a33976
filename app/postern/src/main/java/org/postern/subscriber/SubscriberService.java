package org.postern.subscriber;

import java.util.Collection;
import java.util.Optional;
import org.onosproject.event.ListenerService;
import org.postern.policy.Subscriber;

/** Reads the directory of subscribers. */
public interface SubscriberService extends ListenerService<SubscriberEvent, SubscriberListener> {

    /**
     * Lists all subscribers.
     *
     * @return subscribers by identifier; a snapshot
     */
    Collection<Subscriber> subscribers();

    /**
     * Finds a subscriber.
     *
     * @param id identifier
     * @return the subscriber, or empty if there is none
     */
    Optional<Subscriber> subscriber(String id);
}
