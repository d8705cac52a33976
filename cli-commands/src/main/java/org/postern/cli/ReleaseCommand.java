package org.postern.cli;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.postern.policy.Subscriber;
import org.postern.subscriber.SubscriberAdminService;

/** Ends a quarantine. */
@Service
@Command(
        scope = "onos",
        name = "postern-release",
        description = "Ends a subscriber's quarantine; options come before the argument",
        detailedDescription =
                "Usage: postern-release [--reason TEXT] SUBSCRIBER\nThe subscriber has its own class again.")
public class ReleaseCommand extends SubscriberChangeCommand {

    @Option(name = "--reason", description = "why; it is audited")
    String reason;

    @Argument(
            index = 0,
            name = "SUBSCRIBER",
            description = "the subscriber's identifier",
            required = true)
    @Completion(QuarantinedCompleter.class)
    String id;

    @Override
    void run() {
        Subscriber after = service(SubscriberAdminService.class).release(id, order(reason));
        showChange("released " + after, after);
    }
}
