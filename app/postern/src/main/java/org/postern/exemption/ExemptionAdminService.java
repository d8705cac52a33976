package org.postern.exemption;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.postern.audit.Order;
import org.postern.policy.Exemption;

/**
 * Changes exemptions. Every change is checked first, audited, and either done or not; a refusal is
 * an {@link IllegalArgumentException} whose message names exemption, field and value, and says what
 * to do.
 */
public interface ExemptionAdminService {
    /** An exemption lasts this long at most from now or its beginning; then it is renewed. */
    Duration LONGEST = Duration.ofDays(400);

    /**
     * Adds an exemption, or replaces the one with the same identifier. The same again changes
     * nothing.
     *
     * @param exemption what shall be; {@code by} is who orders it
     * @param order who orders it
     * @throws IllegalArgumentException if there is no such subscriber or class, the class is a
     *     quarantine, it is over already or lasts longer than {@link #LONGEST}, another one of the
     *     subscriber's says the same or something else for the same time, the subscriber could not
     *     be told from its neighbours, or the identifier is that of another subscriber's exemption
     */
    void put(Exemption exemption, Order order);

    /**
     * Lets an exemption last longer, or shorter; also one that is over.
     *
     * @param id identifier
     * @param until when it ends now
     * @param reason why, 1 to 200 characters in one line; the reason it had if empty
     * @param order who orders it
     * @return the exemption as it is now
     * @throws IllegalArgumentException if there is no such exemption, or as {@link #put} says
     */
    Exemption renew(String id, Instant until, Optional<String> reason, Order order);

    /**
     * Takes an exemption back.
     *
     * @param id identifier
     * @param reason why, 1 to 200 characters in one line
     * @param order who orders it
     * @return the exemption as it was
     * @throws IllegalArgumentException if there is no such exemption
     */
    Exemption revoke(String id, String reason, Order order);
}
