package org.postern.rest;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.postern.observe.AttemptCount;
import org.postern.observe.AttemptService;

/** What was counted, and whose counters were read. */
final class Attempts implements AttemptService {
    final List<AttemptCount> counts = new ArrayList<>();
    final List<String> reads = new ArrayList<>();

    @Override
    public List<AttemptCount> attempts() {
        reads.add("all");
        return counts;
    }

    @Override
    public List<AttemptCount> attemptsOf(Set<String> subscribers) {
        reads.add(new TreeSet<>(subscribers).toString());
        return counts.stream()
                .filter(c -> c.subscriber().filter(subscribers::contains).isPresent())
                .collect(Collectors.toList());
    }
}
