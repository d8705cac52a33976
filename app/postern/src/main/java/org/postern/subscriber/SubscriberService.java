package org.postern.subscriber;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.onosproject.event.ListenerService;
import org.postern.policy.Subscriber;
import org.postern.policy.Subscribers;

/** Reads the directory of subscribers. */
public interface SubscriberService extends ListenerService<SubscriberEvent, SubscriberListener> {

    /**
     * Returns the directory as this node knows it; nobody waits for the store.
     *
     * @return a snapshot
     */
    Subscribers directory();

    /**
     * Lists all subscribers.
     *
     * @return subscribers by identifier; a snapshot
     */
    default Collection<Subscriber> subscribers() {
        return directory().byId().values();
    }

    /**
     * Finds a subscriber.
     *
     * @param id identifier
     * @return the subscriber, or empty if there is none
     */
    default Optional<Subscriber> subscriber(String id) {
        return Optional.ofNullable(directory().byId().get(id));
    }

    /**
     * Lists what two subscribers have that only one can have, since two nodes of the cluster were
     * told of them in the same moment. This node looks for that every minute, and lists what it
     * found twice in a row.
     *
     * @return pairs of subscribers and what both have; a snapshot
     */
    List<DoubleClaim> doubleClaims();
}
