package org.postern.exemption;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.postern.audit.Order;
import org.postern.policy.Exemption;
import org.postern.precondition.Expected;

/**
 * Changes exemptions. Every change is checked first, audited, and either done or not; a refusal is
 * an {@link IllegalArgumentException} whose message names exemption, field and value, and says what
 * to do. A change may depend on what the exemption was: then it is made only if nobody in the whole
 * cluster has changed that since.
 */
public interface ExemptionAdminService {
    /** An exemption lasts this long at most from now or its beginning; then it is renewed. */
    Duration LONGEST = Duration.ofDays(400);

    /**
     * Asks the cluster's store for an exemption, to decide upon: what this node knows of it may be
     * a moment old.
     *
     * @param id identifier
     * @return the exemption, or empty if there is none, or none that is understood ({@link
     *     #isUnreadable})
     * @throws org.onosproject.store.service.StorageException if the store does not answer
     */
    Optional<Exemption> stored(String id);

    /**
     * Asks the cluster's store whether it has an exemption that is not understood, because it is
     * damaged, or of a later version. It has no effect, and everywhere else it is as if it were not
     * there. It is not replaced, but can be taken away ({@link #discard}).
     *
     * @param id identifier
     * @return whether there is one
     * @throws org.onosproject.store.service.StorageException if the store does not answer
     */
    boolean isUnreadable(String id);

    /**
     * Adds an exemption, or replaces the one with the same identifier. The same again changes
     * nothing.
     *
     * @param exemption what shall be; {@code by} is who orders it
     * @param expected what it must be now
     * @param order who orders it
     * @return the exemption as it is now
     * @throws org.postern.precondition.StaleException if it is not as expected
     * @throws IllegalArgumentException if there is no such subscriber or class, the class is a
     *     quarantine, it is over already or lasts longer than {@link #LONGEST}, another one of the
     *     subscriber's says the same or something else for the same time, the subscriber could not
     *     be told from its neighbours, or the identifier is that of another subscriber's exemption,
     *     or of one that is stored but not understood
     * @throws IllegalStateException if other nodes change it all the time
     */
    Exemption put(Exemption exemption, Expected<Exemption> expected, Order order);

    /**
     * Adds an exemption, or replaces the one with the same identifier, whatever it is now.
     *
     * @param exemption what shall be; {@code by} is who orders it
     * @param order who orders it
     * @throws IllegalArgumentException as {@link #put(Exemption, Expected, Order)} says
     * @throws IllegalStateException as that says
     */
    default void put(Exemption exemption, Order order) {
        put(exemption, Expected.any(), order);
    }

    /**
     * Lets an exemption last longer, or shorter; also one that is over.
     *
     * @param id identifier
     * @param until when it ends now
     * @param reason why, 1 to 200 characters in one line; the reason it had if empty
     * @param expected what it must be now
     * @param order who orders it
     * @return the exemption as it is now
     * @throws org.postern.precondition.StaleException if it is not as expected
     * @throws IllegalArgumentException if there is no such exemption, or as {@link #put(Exemption,
     *     Expected, Order)} says
     * @throws IllegalStateException if other nodes change it all the time
     */
    Exemption renew(
            String id,
            Instant until,
            Optional<String> reason,
            Expected<Exemption> expected,
            Order order);

    /**
     * Lets an exemption last longer, or shorter, whatever else it is now.
     *
     * @param id identifier
     * @param until when it ends now
     * @param reason why, 1 to 200 characters in one line; the reason it had if empty
     * @param order who orders it
     * @return the exemption as it is now
     * @throws IllegalArgumentException as {@link #renew(String, Instant, Optional, Expected,
     *     Order)} says
     * @throws IllegalStateException as that says
     */
    default Exemption renew(String id, Instant until, Optional<String> reason, Order order) {
        return renew(id, until, reason, Expected.any(), order);
    }

    /**
     * Takes an exemption back.
     *
     * @param id identifier
     * @param reason why, 1 to 200 characters in one line
     * @param expected what it must be now
     * @param order who orders it
     * @return the exemption as it was
     * @throws org.postern.precondition.StaleException if it is not as expected
     * @throws IllegalArgumentException if there is no such exemption
     * @throws IllegalStateException if other nodes change it all the time
     */
    Exemption revoke(String id, String reason, Expected<Exemption> expected, Order order);

    /**
     * Takes an exemption back, whatever it is now.
     *
     * @param id identifier
     * @param reason why, 1 to 200 characters in one line
     * @param order who orders it
     * @return the exemption as it was
     * @throws IllegalArgumentException as {@link #revoke(String, String, Expected, Order)} says
     * @throws IllegalStateException as that says
     */
    default Exemption revoke(String id, String reason, Order order) {
        return revoke(id, reason, Expected.any(), order);
    }

    /**
     * Takes an exemption away that is stored but not understood.
     *
     * @param id identifier
     * @param reason why, 1 to 200 characters in one line
     * @param order who orders it
     * @throws org.postern.precondition.StaleException if it is understood by now
     * @throws IllegalArgumentException if there is no such exemption
     * @throws IllegalStateException if other nodes change it all the time
     */
    void discard(String id, String reason, Order order);
}
