package org.postern.subscriber;

import java.util.Collection;
import java.util.Set;
import java.util.function.Predicate;
import org.postern.audit.Order;
import org.postern.policy.Exemption;

/**
 * The exemptions of subscribers, as far as the directory has a say in them: they wait for who is
 * away, and end with who is no more.
 */
public interface SubscriberExemptions {

    /**
     * Lists the exemptions that are in force now.
     *
     * @return exemptions in the order of their identifiers; a snapshot
     */
    Collection<Exemption> inForce();

    /**
     * Lists who has exemptions, those that are over included.
     *
     * @return identifiers; a snapshot
     */
    Set<String> exempted();

    /**
     * Has the exemptions of subscribers wait that the directory they came from does not name at
     * present, or names but cannot bring back: none has an effect until {@link #goOn}, and each
     * ends when it would, or when nobody has had it wait for a day. Whoever removes them has to
     * have them wait just before.
     *
     * @param subscribers identifiers
     * @param order who removes the subscribers for now
     * @throws org.onosproject.store.service.StorageException if the store does not answer
     */
    void await(Collection<String> subscribers, Order order);

    /**
     * Tells whether the exemptions of a subscriber wait for it, as it is in the store.
     *
     * @param subscriber identifier
     * @return false if it has none
     * @throws org.onosproject.store.service.StorageException if the store does not answer
     */
    boolean isAwaited(String subscriber);

    /**
     * Ends the waiting of exemptions whose subscribers are there; those of others do not mind.
     *
     * @param subscribers identifiers
     * @param order who brought them
     * @throws org.onosproject.store.service.StorageException if the store does not answer
     */
    void goOn(Collection<String> subscribers, Order order);

    /**
     * Ends the waiting of exemptions whose subscribers are there all the same, since whoever was to
     * remove them, or brought them back, did not come to the end of it. Who was awaited within the
     * last minute may be about to be removed and is left alone.
     *
     * @param isThere tells of an identifier whether there is such a subscriber
     * @param order who finds that
     * @throws org.onosproject.store.service.StorageException if the store does not answer
     */
    void goOnIfThere(Predicate<String> isThere, Order order);

    /**
     * Notes that somebody else is about to get the identifiers of subscribers that are awaited:
     * should whoever orders that not come to the end of it, {@link #goOnIfThere} ends their
     * exemptions.
     *
     * @param subscribers identifiers; those that are not awaited do not mind
     * @throws org.onosproject.store.service.StorageException if the store does not answer
     */
    void expectStrangers(Collection<String> subscribers);

    /**
     * Checks that no exemptions are just being imported under identifiers that somebody is about to
     * get: they would be his.
     *
     * @param subscribers identifiers
     * @throws IllegalStateException if there are; it says to try again
     * @throws org.onosproject.store.service.StorageException if the store does not answer
     */
    void refuseWhileImported(Collection<String> subscribers);

    /**
     * Ends the exemptions of subscribers that are no more: who gets their identifier later must not
     * have them.
     *
     * @param subscribers identifiers
     * @param order who removed the subscribers
     */
    void endOf(Collection<String> subscribers, Order order);
}
