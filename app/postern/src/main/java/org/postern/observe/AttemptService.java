package org.postern.observe;

import java.util.List;
import java.util.Set;

/** Reports blocked attempts to send mail directly. */
public interface AttemptService {

    /**
     * Lists attempts of all subscribers that had any since their class last changed, and of unknown
     * subscribers by device.
     *
     * @return counts, the highest first
     */
    List<AttemptCount> attempts();

    /**
     * Lists attempts of some subscribers. Only the counters of devices that they are attached to
     * are read.
     *
     * @param subscribers identifiers; who does not exist has none
     * @return counts, the highest first
     */
    List<AttemptCount> attemptsOf(Set<String> subscribers);
}
