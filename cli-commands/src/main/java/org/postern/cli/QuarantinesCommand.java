package org.postern.cli;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.postern.device.EnforcementService;
import org.postern.json.Json;
import org.postern.policy.Policy;
import org.postern.policy.Subscriber;
import org.postern.subscriber.SubscriberService;

/** Lists who is quarantined. */
@Service
@Command(
        scope = "onos",
        name = "postern-quarantines",
        description = "Lists quarantined subscribers: how, why, since when and by whom",
        detailedDescription = "Usage: postern-quarantines [-j]")
public class QuarantinesCommand extends PosternCommand {

    @Override
    void run() {
        List<Subscriber> quarantined =
                service(SubscriberService.class).subscribers().stream()
                        .filter(s -> s.quarantine().isPresent())
                        .sorted(Comparator.comparing(Subscriber::id))
                        .collect(Collectors.toList());
        Policy policy = service(EnforcementService.class).policy();
        if (outputJson()) {
            show(Json.quarantines(quarantined, policy));
        } else {
            show(SubscribersText.quarantined(quarantined, policy, clock.instant()).toString());
        }
    }
}
