package org.postern.subscriber;

import java.util.Collection;
import java.util.function.IntConsumer;
import org.postern.audit.Order;
import org.postern.policy.Subscriber;

/**
 * Changes the directory of subscribers. Every change is checked as a whole first and is either done
 * or not; a refusal is an {@link IllegalArgumentException} whose message names subscriber, field
 * and value, and says what to do.
 */
public interface SubscriberAdminService extends SubscriberService {

    /**
     * Adds subscribers, or replaces those that have the same identifiers. Who is quarantined stays
     * so: only {@link #release} ends that.
     *
     * @param subscribers what shall be in the directory
     * @param order who orders it
     * @throws IllegalArgumentException if a class does not exist, an attachment or prefix is
     *     another subscriber's, or a class could not be enforced for it, or not any more for a
     *     neighbour
     * @throws IllegalStateException if the store fails; the message says whether nothing was
     *     changed, or all will be when the store answers again
     */
    void put(Collection<Subscriber> subscribers, Order order);

    /**
     * Adds or replaces subscribers and removes others, as one change: all of it is done, or
     * nothing, also if this node ends in the middle. What is as it should be already is not written
     * again.
     *
     * @param put what shall be in the directory
     * @param removed identifiers of those who shall not
     * @param order who orders it
     * @param progress is told how many subscribers are written, by several threads
     * @throws IllegalArgumentException as {@link #put} says, or if somebody to be removed is not
     *     there
     * @throws IllegalStateException as {@link #put} says, or if another such change is going on
     */
    void apply(
            Collection<Subscriber> put,
            Collection<String> removed,
            Order order,
            IntConsumer progress);

    /**
     * Tells whether a change of many would be refused, and changes nothing.
     *
     * @param put what would be in the directory
     * @param removed identifiers of those who would not
     * @throws IllegalArgumentException as {@link #apply} says
     */
    void check(Collection<Subscriber> put, Collection<String> removed);

    /**
     * Puts a subscriber in another class.
     *
     * @param id identifier
     * @param serviceClass name of a class
     * @param order who orders it
     * @return the subscriber as it is now
     * @throws IllegalArgumentException if there is no such subscriber or class, or the class could
     *     not be enforced for it
     */
    Subscriber setClass(String id, String serviceClass, Order order);

    /**
     * Quarantines a subscriber. Its own class comes back with its release. What is wrong with the
     * directory otherwise, with this subscriber or others, does not keep it from being quarantined.
     *
     * @param id identifier
     * @param serviceClass name of a class with a quarantine depth
     * @param reason why, 1 to 200 characters in one line; the subscriber may be shown it
     * @param order who orders it
     * @return the subscriber as it is now
     * @throws IllegalArgumentException if there is no such subscriber or class, the class is no
     *     quarantine, or the reason is missing
     */
    Subscriber quarantine(String id, String serviceClass, String reason, Order order);

    /**
     * Ends a quarantine.
     *
     * @param id identifier
     * @param order who orders it
     * @return the subscriber as it is now
     * @throws IllegalArgumentException if there is no such subscriber, or it is not quarantined
     */
    Subscriber release(String id, Order order);

    /**
     * Removes a subscriber: its attachments get the default class.
     *
     * @param id identifier
     * @param order who orders it
     * @throws IllegalArgumentException if there is no such subscriber
     */
    void remove(String id, Order order);
}
