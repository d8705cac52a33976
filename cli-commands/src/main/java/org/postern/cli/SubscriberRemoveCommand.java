package org.postern.cli;

import java.util.Optional;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.postern.audit.Order;
import org.postern.infrastructure.InfrastructureService;
import org.postern.policy.Subscriber;
import org.postern.precondition.Expected;
import org.postern.subscriber.SubscriberAdminService;

/** Removes a subscriber. */
@Service
@Command(
        scope = "onos",
        name = "postern-subscriber-remove",
        description =
                "Removes a subscriber, whose attachments get the default class; options come before the argument",
        detailedDescription = "Usage: postern-subscriber-remove [-y] [--reason TEXT] ID")
public class SubscriberRemoveCommand extends DangerousCommand {

    @Option(name = "--reason", description = "why; it is audited")
    String reason;

    @Argument(index = 0, name = "ID", description = "the subscriber's identifier", required = true)
    @Completion(SubscriberCompleter.class)
    String id;

    @Override
    void run() {
        Order order = order(reason);
        SubscriberAdminService directory = service(SubscriberAdminService.class);
        // as the cluster has it: this node may not know it yet
        Optional<Subscriber> seen = directory.stored(id);
        String who = seen.map(Subscriber::toString).orElse(id + ", which is not understood,");
        if (seen.isPresent() || directory.isUnreadable(id)) {
            confirm("subscriber " + who + " is removed, with its exemptions and quarantine");
        }
        directory.remove(id, Expected.asSeen(seen), order);
        String left = service(InfrastructureService.class).infrastructure().defaultClass().name();
        showDone(
                "removed " + id + "; its attachments are " + left + " now",
                json -> json.put("removed", id).put("class", left));
    }
}
