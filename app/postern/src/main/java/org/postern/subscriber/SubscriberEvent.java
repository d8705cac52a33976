package org.postern.subscriber;

import org.onosproject.event.AbstractEvent;
import org.postern.policy.Subscriber;

/** A change of the directory of subscribers. */
public final class SubscriberEvent extends AbstractEvent<SubscriberEvent.Type, Subscriber> {
    /** What changed. */
    public enum Type {
        /** A subscriber is new; the subject is it. */
        SUBSCRIBER_ADDED,
        /** A subscriber is different; the subject is it as it is now. */
        SUBSCRIBER_UPDATED,
        /** A subscriber is gone; the subject is it as it was. */
        SUBSCRIBER_REMOVED
    }

    /**
     * Creates an event.
     *
     * @param type what changed
     * @param subject the subscriber
     */
    public SubscriberEvent(Type type, Subscriber subject) {
        super(type, subject);
    }
}
