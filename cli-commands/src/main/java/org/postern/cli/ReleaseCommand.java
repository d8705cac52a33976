package org.postern.cli;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.postern.policy.Subscriber;
import org.postern.subscriber.SubscriberAdminService;

/** Ends a quarantine. */
@Service
@Command(
        scope = "onos",
        name = "postern-release",
        description = "Ends a subscriber's quarantine",
        detailedDescription =
                "Usage: postern-release SUBSCRIBER\nThe subscriber has its own class again.")
public class ReleaseCommand extends SubscriberChangeCommand {

    @Argument(
            index = 0,
            name = "SUBSCRIBER",
            description = "the subscriber's identifier",
            required = true)
    @Completion(QuarantinedCompleter.class)
    String id;

    @Override
    void run() {
        Subscriber after = service(SubscriberAdminService.class).release(id, order());
        showChange("released " + after, after);
    }
}
