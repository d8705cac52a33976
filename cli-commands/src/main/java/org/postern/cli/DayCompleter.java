package org.postern.cli;

import java.time.Clock;
import java.time.LocalDate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.lifecycle.Service;

/** Offers days to come, in the operator's time zone. */
@Service
public class DayCompleter extends ServiceCompleter {
    Clock clock = Clock.systemDefaultZone();

    @Override
    Stream<String> choices() {
        LocalDate today = LocalDate.now(clock);
        return IntStream.of(1, 2, 7, 14, 30, 90, 180, 365)
                .mapToObj(days -> today.plusDays(days).toString());
    }
}
