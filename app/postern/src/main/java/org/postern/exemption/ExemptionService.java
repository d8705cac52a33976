package org.postern.exemption;

import java.util.Collection;
import java.util.Optional;
import org.onosproject.event.ListenerService;
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
}
