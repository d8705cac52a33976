package org.postern.rest;

import java.util.ArrayList;
import java.util.List;
import org.postern.observe.AttemptCount;
import org.postern.observe.AttemptService;

/** What was counted. */
final class Attempts implements AttemptService {
    final List<AttemptCount> counts = new ArrayList<>();

    @Override
    public List<AttemptCount> attempts() {
        return counts;
    }
}
