package org.postern.cli;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.postern.policy.Subscriber;
import org.postern.subscriber.SubscriberAdminService;

/** Puts a subscriber in another class. */
@Service
@Command(
        scope = "onos",
        name = "postern-set-class",
        description = "Puts a subscriber in another class; options come before the arguments",
        detailedDescription =
                "Usage: postern-set-class [--reason TEXT] SUBSCRIBER CLASS\n"
                        + "Example: postern-set-class --reason 'new contract' shop business")
public class SetClassCommand extends SubscriberChangeCommand {

    @Option(name = "--reason", description = "why; it is audited")
    String reason;

    @Argument(
            index = 0,
            name = "SUBSCRIBER",
            description = "the subscriber's identifier",
            required = true)
    @Completion(SubscriberCompleter.class)
    String id;

    @Argument(
            index = 1,
            name = "CLASS",
            description = "a class of the policy, such as residential or business",
            required = true)
    @Completion(ClassCompleter.class)
    String serviceClass;

    @Override
    void run() {
        Subscriber after =
                service(SubscriberAdminService.class).setClass(id, serviceClass, order(reason));
        showChange(after + " now" + SubscribersText.goingOn(after), after);
    }
}
