package org.postern.subscriber;

import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntConsumer;
import org.postern.audit.Order;
import org.postern.policy.Subscriber;
import org.postern.policy.Subscribers;
import org.postern.precondition.Expected;

/**
 * Changes the directory of subscribers. Every change is checked as a whole first and is either done
 * or not; a refusal is an {@link IllegalArgumentException} whose message names subscriber, field
 * and value, and says what to do. A change of one subscriber may depend on what it was: then it is
 * made only if nobody in the whole cluster has changed that since.
 */
public interface SubscriberAdminService extends SubscriberService {

    /**
     * Asks the cluster's store for a subscriber, to decide upon: what this node knows of it may be
     * a moment old.
     *
     * @param id identifier
     * @return the subscriber, or empty if there is none, or none that is understood ({@link
     *     #isUnreadable})
     * @throws org.onosproject.store.service.StorageException if the store does not answer
     */
    Optional<Subscriber> stored(String id);

    /**
     * Asks the cluster's store whether it has a subscriber that is not understood, because it is
     * damaged, or of a later version. Everywhere else it is as if it were not there: its
     * attachments have the default class. It can be replaced by a {@link #put(Subscriber, Expected,
     * Order)} that expects anything, and removed.
     *
     * @param id identifier
     * @return whether there is one
     * @throws org.onosproject.store.service.StorageException if the store does not answer
     */
    boolean isUnreadable(String id);

    /**
     * Adds a subscriber, or replaces the one that has the same identifier. Who is quarantined stays
     * so: only {@link #release} ends that.
     *
     * @param subscriber what shall be in the directory
     * @param expected what it must be now
     * @param order who orders it
     * @return the subscriber as it is now
     * @throws org.postern.precondition.StaleException if it is not as expected
     * @throws IllegalArgumentException as {@link #put(Collection, Order)} says, or if one is stored
     *     that is not understood, unless anything is expected
     * @throws IllegalStateException if other nodes change it all the time
     */
    Subscriber put(Subscriber subscriber, Expected<Subscriber> expected, Order order);

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
    default void put(Collection<Subscriber> subscribers, Order order) {
        if (subscribers.size() == 1) {
            put(subscribers.iterator().next(), Expected.any(), order);
        } else {
            apply(subscribers, Set.of(), directory(), order, written -> {});
        }
    }

    /**
     * Adds or replaces subscribers and removes others, as one change: all of it is done, or
     * nothing, also if this node ends in the middle. What is as it should be already is not written
     * again. Who is not as whoever orders it saw it is left as it is.
     *
     * @param put what shall be in the directory
     * @param removed identifiers of those who shall not
     * @param seen the directory on which it was decided
     * @param order who orders it
     * @param progress is told how many subscribers are written, by several threads
     * @return identifiers of those whom others changed since, until they were written, and who are
     *     as those made them; nobody, if everything was done
     * @throws IllegalArgumentException as {@link #put(Collection, Order)} says, or if somebody to
     *     be removed was not there
     * @throws IllegalStateException as {@link #put(Collection, Order)} says, or if another such
     *     change is going on
     */
    Set<String> apply(
            Collection<Subscriber> put,
            Collection<String> removed,
            Subscribers seen,
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
     * @param expected what it must be now
     * @param order who orders it
     * @return the subscriber as it is now
     * @throws org.postern.precondition.StaleException if it is not as expected
     * @throws IllegalArgumentException if there is no such subscriber or class, or the class could
     *     not be enforced for it
     * @throws IllegalStateException if other nodes change it all the time
     */
    Subscriber setClass(String id, String serviceClass, Expected<Subscriber> expected, Order order);

    /**
     * Puts a subscriber in another class, whatever it is now.
     *
     * @param id identifier
     * @param serviceClass name of a class
     * @param order who orders it
     * @return the subscriber as it is now
     * @throws IllegalArgumentException as {@link #setClass(String, String, Expected, Order)} says
     * @throws IllegalStateException as that says
     */
    default Subscriber setClass(String id, String serviceClass, Order order) {
        return setClass(id, serviceClass, Expected.any(), order);
    }

    /**
     * Quarantines a subscriber. Its own class comes back with its release. What is wrong with the
     * directory otherwise, with this subscriber or others, does not keep it from being quarantined.
     *
     * @param id identifier
     * @param serviceClass name of a class with a quarantine depth
     * @param reason why, 1 to 200 characters in one line; the subscriber may be shown it
     * @param expected what it must be now
     * @param order who orders it
     * @return the subscriber as it is now
     * @throws org.postern.precondition.StaleException if it is not as expected
     * @throws IllegalArgumentException if there is no such subscriber or class, the class is no
     *     quarantine, or the reason is missing
     * @throws IllegalStateException if other nodes change it all the time
     */
    Subscriber quarantine(
            String id,
            String serviceClass,
            String reason,
            Expected<Subscriber> expected,
            Order order);

    /**
     * Quarantines a subscriber, whatever it is now.
     *
     * @param id identifier
     * @param serviceClass name of a class with a quarantine depth
     * @param reason why, 1 to 200 characters in one line; the subscriber may be shown it
     * @param order who orders it
     * @return the subscriber as it is now
     * @throws IllegalArgumentException as {@link #quarantine(String, String, String, Expected,
     *     Order)} says
     * @throws IllegalStateException as that says
     */
    default Subscriber quarantine(String id, String serviceClass, String reason, Order order) {
        return quarantine(id, serviceClass, reason, Expected.any(), order);
    }

    /**
     * Ends a quarantine.
     *
     * @param id identifier
     * @param expected what it must be now
     * @param order who orders it
     * @return the subscriber as it is now
     * @throws org.postern.precondition.StaleException if it is not as expected
     * @throws IllegalArgumentException if there is no such subscriber, or it is not quarantined
     * @throws IllegalStateException if other nodes change it all the time
     */
    Subscriber release(String id, Expected<Subscriber> expected, Order order);

    /**
     * Ends a quarantine, whatever else the subscriber is now.
     *
     * @param id identifier
     * @param order who orders it
     * @return the subscriber as it is now
     * @throws IllegalArgumentException as {@link #release(String, Expected, Order)} says
     * @throws IllegalStateException as that says
     */
    default Subscriber release(String id, Order order) {
        return release(id, Expected.any(), order);
    }

    /**
     * Removes a subscriber, understood or not: its attachments get the default class.
     *
     * @param id identifier
     * @param expected what it must be now
     * @param order who orders it
     * @throws org.postern.precondition.StaleException if it is not as expected
     * @throws IllegalArgumentException if there is no such subscriber, or a neighbour's class could
     *     not be enforced without it
     * @throws IllegalStateException if other nodes change it all the time
     */
    void remove(String id, Expected<Subscriber> expected, Order order);

    /**
     * Removes a subscriber, whatever it is now.
     *
     * @param id identifier
     * @param order who orders it
     * @throws IllegalArgumentException as {@link #remove(String, Expected, Order)} says
     * @throws IllegalStateException as that says
     */
    default void remove(String id, Order order) {
        remove(id, Expected.any(), order);
    }
}
