package org.postern.cli;

import java.util.List;
import java.util.stream.Collectors;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.postern.device.EnforcementService;
import org.postern.observe.AttemptCount;
import org.postern.observe.AttemptService;
import org.postern.policy.Policy;
import org.postern.report.AttemptReport;
import org.postern.subscriber.SubscriberService;

/** Tells who was blocked. */
@Service
@Command(
        scope = "onos",
        name = "postern-attempts",
        description =
                "Lists blocked attempts to send mail directly; options come before the argument",
        detailedDescription =
                "Usage: postern-attempts [-j] [SUBSCRIBER]\n"
                        + "PACKETS to direct port 25 that were blocked, redirected or, in mode monitor, would have been"
                        + " blocked, since the class last changed or this node began to count; one connection"
                        + " attempt is several. Attachments that nobody registered are counted together for each"
                        + " device.")
public class AttemptsCommand extends PosternCommand {

    @Argument(index = 0, name = "SUBSCRIBER", description = "only this subscriber's")
    @Completion(SubscriberCompleter.class)
    String id;

    @Override
    void run() {
        List<AttemptCount> attempts = service(AttemptService.class).attempts();
        if (id != null) {
            if (!service(SubscriberService.class).subscriber(id).isPresent()) {
                throw new IllegalArgumentException(
                        "there is no subscriber \""
                                + id
                                + "\": postern-subscribers lists those that exist");
            }
            attempts =
                    attempts.stream()
                            .filter(count -> count.subscriber().filter(id::equals).isPresent())
                            .collect(Collectors.toList());
        }
        Policy policy = service(EnforcementService.class).policy();
        if (outputJson()) {
            show(AttemptReport.json(attempts, policy));
        } else {
            show(AttemptsText.of(attempts, policy, clock.instant()).toString());
        }
    }
}
