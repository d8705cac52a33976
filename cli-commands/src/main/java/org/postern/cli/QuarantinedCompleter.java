package org.postern.cli;

import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.postern.policy.Subscriber;
import org.postern.subscriber.SubscriberService;

/** Offers subscribers that are quarantined. */
@Service
public class QuarantinedCompleter extends ServiceCompleter {
    @Override
    Stream<String> choices() {
        return services.get(SubscriberService.class).subscribers().stream()
                .filter(s -> s.quarantine().isPresent())
                .map(Subscriber::id);
    }
}
