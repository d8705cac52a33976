package org.postern.sadis;

import java.util.Optional;
import org.onosproject.net.ConnectPoint;
import org.postern.policy.Subscriber;

/** A port to be looked up, or that another port's subscriber came from. Immutable. */
final class Visit {
    final ConnectPoint port;
    final boolean ofRound;

    /** Who was found at another port, and is to move there if this port is not its any more. */
    final Optional<Claim> claim;

    Visit(ConnectPoint port, boolean ofRound, Optional<Claim> claim) {
        this.port = port;
        this.ofRound = ofRound;
        this.claim = claim;
    }

    /** A subscriber at a port, not put yet. Immutable. */
    static final class Claim {
        final ConnectPoint port;
        final Subscriber wanted;

        Claim(ConnectPoint port, Subscriber wanted) {
            this.port = port;
            this.wanted = wanted;
        }
    }
}
