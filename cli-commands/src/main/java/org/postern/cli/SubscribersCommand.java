package org.postern.cli;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.onosproject.net.DeviceId;
import org.postern.infrastructure.InfrastructureService;
import org.postern.json.Json;
import org.postern.observe.AttemptCount;
import org.postern.observe.AttemptService;
import org.postern.policy.Subscriber;
import org.postern.subscriber.SubscriberService;

/** Lists subscribers, all or those of a class or a device. */
@Service
@Command(
        scope = "onos",
        name = "postern-subscribers",
        description = "Lists subscribers, all or those of a class or a device",
        detailedDescription =
                "Usage: postern-subscribers [-j] [--class CLASS] [--device DEVICE]\n"
                        + "           [--quarantined] [--begin TEXT]\n"
                        + "ATTEMPTS are packets to direct port 25 that were blocked since the class last changed.")
public class SubscribersCommand extends PosternCommand {

    @Option(name = "--class", description = "only subscribers of this class")
    @Completion(ClassCompleter.class)
    String serviceClass;

    @Option(name = "--device", description = "only subscribers attached to this access device")
    @Completion(DeviceCompleter.class)
    String device;

    @Option(name = "--quarantined", description = "only subscribers that are quarantined")
    boolean quarantined;

    @Option(name = "--begin", description = "only subscribers whose identifier begins so")
    @Completion(SubscriberCompleter.class)
    String begin;

    @Override
    void run() {
        List<Subscriber> all =
                service(SubscriberService.class).subscribers().stream()
                        .sorted(Comparator.comparing(Subscriber::id))
                        .collect(Collectors.toList());
        List<Subscriber> chosen =
                ofDevice(ofClass(all)).stream()
                        .filter(s -> !quarantined || s.quarantine().isPresent())
                        .filter(s -> begin == null || s.id().startsWith(begin))
                        .collect(Collectors.toList());
        Map<String, Long> attempts =
                service(AttemptService.class).attempts().stream()
                        .filter(count -> count.subscriber().isPresent() && count.kind().isAttempt())
                        .collect(
                                Collectors.groupingBy(
                                        count -> count.subscriber().get(),
                                        Collectors.summingLong(AttemptCount::packets)));
        if (outputJson()) {
            show(Json.subscribers(chosen, attempts));
        } else {
            show(SubscribersText.of(chosen, attempts).toString());
        }
    }

    private List<Subscriber> ofClass(List<Subscriber> all) {
        if (serviceClass == null) {
            return all;
        }
        List<Subscriber> own =
                all.stream()
                        .filter(s -> s.serviceClass().equals(serviceClass))
                        .collect(Collectors.toList());
        if (own.isEmpty()) {
            // with subscribers left in it, a class that is not configured any more can be asked for
            service(InfrastructureService.class).infrastructure().classNamed(serviceClass);
        }
        return own;
    }

    private List<Subscriber> ofDevice(List<Subscriber> all) {
        if (device == null) {
            return all;
        }
        DeviceId id = Operands.device(device);
        List<Subscriber> own =
                all.stream().filter(s -> s.isAttachedTo(id)).collect(Collectors.toList());
        Map<DeviceId, ?> known = service(InfrastructureService.class).devices();
        if (own.isEmpty() && !known.containsKey(id)) {
            throw new IllegalArgumentException(
                    id + " is not an access device; access devices: " + known.keySet());
        }
        return own;
    }
}
