package org.postern.sadis;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.onosproject.net.ConnectPoint;

/**
 * At which ports SADIS found nobody any more, round after round. That is also its answer when its
 * server fails; so an absence counts only in a round in which it found others.
 */
final class Absences {
    /** Rounds without an answer after which a subscriber is removed. */
    private static final int ROUNDS = 2;

    private final Map<ConnectPoint, Integer> rounds = new HashMap<>();
    private final Set<ConnectPoint> inRound = new HashSet<>();
    private boolean foundOthers;

    /**
     * Begins a round.
     *
     * @param isLookedUp of a port, whether this node looks it up; what it missed there before
     *     counts only as long as it does
     */
    void begin(Predicate<ConnectPoint> isLookedUp) {
        foundOthers = false;
        inRound.clear();
        rounds.keySet().removeIf(isLookedUp.negate());
    }

    /** Nobody was found in a round. */
    void missed(ConnectPoint port) {
        inRound.add(port);
    }

    /** Somebody was found. */
    void found(ConnectPoint port) {
        foundOthers = true;
        rounds.remove(port);
    }

    /** Nobody is missed there any more. */
    void forget(ConnectPoint port) {
        rounds.remove(port);
    }

    /**
     * Ends a round.
     *
     * @param ids who came from which port
     * @return who is to be removed, by port; nobody if nobody was found, since SADIS has lost its
     *     server then
     */
    Map<ConnectPoint, String> end(Map<ConnectPoint, String> ids) {
        Map<ConnectPoint, String> due = new LinkedHashMap<>();
        if (!foundOthers) {
            return due;
        }
        for (ConnectPoint port : inRound) {
            if (!ids.containsKey(port)) {
                rounds.remove(port);
            } else if (rounds.merge(port, 1, Integer::sum) >= ROUNDS) {
                due.put(port, ids.get(port));
            }
        }
        return due;
    }
}
