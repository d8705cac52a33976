package org.postern.observe;

import java.util.List;

/** Reports blocked attempts to send mail directly. */
public interface AttemptService {

    /**
     * Lists attempts of all subscribers that had any since their class last changed, and of unknown
     * subscribers by device.
     *
     * @return counts, the highest first
     */
    List<AttemptCount> attempts();
}
