package org.postern.cli;

import java.util.Optional;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.postern.device.EnforcementService;
import org.postern.policy.ServiceClass;
import org.postern.policy.Subscriber;
import org.postern.subscriber.SubscriberAdminService;

/** Quarantines a subscriber. */
@Service
@Command(
        scope = "onos",
        name = "postern-quarantine",
        description = "Quarantines a subscriber; options come before the argument",
        detailedDescription =
                "Usage: postern-quarantine [-c CLASS] --reason TEXT SUBSCRIBER\n"
                        + "Example: postern-quarantine -c walled-garden --reason 'sends spam' alice\n"
                        + "postern-release ends it; the subscriber's own class comes back.")
public class QuarantineCommand extends SubscriberChangeCommand {

    @Option(
            name = "-c",
            aliases = "--class",
            description = "a class with a quarantine depth; quarantined (no mail) if not given")
    @Completion(QuarantineClassCompleter.class)
    String serviceClass = ServiceClass.QUARANTINED.name();

    @Option(
            name = "--reason",
            description = "why; it is audited, and the portal may show it to the subscriber",
            required = true)
    String reason;

    @Argument(
            index = 0,
            name = "SUBSCRIBER",
            description = "the subscriber's identifier",
            required = true)
    @Completion(SubscriberCompleter.class)
    String id;

    @Override
    void run() {
        Subscriber after =
                service(SubscriberAdminService.class).quarantine(id, serviceClass, reason, order());
        showChange(
                "quarantined " + id + ", " + after.quarantine().orElseThrow(), after, shortage());
    }

    /** The quarantine is ordered, whatever becomes of this question. */
    private Optional<String> shortage() {
        try {
            return service(EnforcementService.class).shortageOf(id);
        } catch (IllegalStateException e) {
            return Optional.of(
                    "whether it is enforced is not known yet, see postern-devices: "
                            + e.getMessage());
        }
    }
}
