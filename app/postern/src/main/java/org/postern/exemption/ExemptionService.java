package org.postern.exemption;

import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import org.onosproject.event.ListenerService;
import org.postern.audit.Order;
import org.postern.policy.Exemption;

/** Knows the exemptions; nobody who asks waits for the store. */
public interface ExemptionService extends ListenerService<ExemptionEvent, ExemptionListener> {

    /**
     * Lists all exemptions, those that are over included: they are kept for 90 days.
     *
     * @return exemptions in the order of their identifiers; a snapshot
     */
    Collection<Exemption> exemptions();

    /**
     * Lists the exemptions that are in force now.
     *
     * @return exemptions in the order of their identifiers; a snapshot
     */
    Collection<Exemption> inForce();

    /**
     * Finds an exemption.
     *
     * @param id identifier
     * @return the exemption, or empty if there is none
     */
    Optional<Exemption> exemption(String id);

    /**
     * Tells what is the matter with an exemption now.
     *
     * @param exemption an exemption
     * @return its state; {@link ExemptionState#ENDED} from its end on by the wall clock, or when as
     *     much time has passed as was left when this node learnt of it, whichever comes first;
     *     until then {@link ExemptionState#WAITING} while it waits for its subscriber
     */
    ExemptionState stateOf(Exemption exemption);

    /**
     * Has the exemptions of subscribers wait that the directory they came from does not name at
     * present: none has an effect until {@link #goOn}, and each ends when it would.
     *
     * @param subscribers identifiers
     * @param order who removes the subscribers for now
     * @throws org.onosproject.store.service.StorageException if the store does not answer
     */
    void await(Collection<String> subscribers, Order order);

    /**
     * Lists subscribers whose exemptions wait for them; each of them may be back since.
     *
     * @return identifiers, as far as this node knows; a snapshot
     */
    Set<String> awaited();

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
     * Ends the exemptions of subscribers that are no more: who gets their identifier later must not
     * have them.
     *
     * @param subscribers identifiers
     * @param order who removed the subscribers
     */
    void endOf(Collection<String> subscribers, Order order);
}
