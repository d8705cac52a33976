package org.postern.cli;

import java.util.Collection;
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
import org.postern.observe.AttemptService;
import org.postern.policy.Mode;
import org.postern.policy.Subscriber;
import org.postern.report.AttemptReport;
import org.postern.report.SubscriberQuery;
import org.postern.subscriber.SubscriberService;

/** Lists subscribers, all or those of a class or a device. */
@Service
@Command(
        scope = "onos",
        name = "postern-subscribers",
        description = "Lists subscribers, all or those of a class or a device",
        detailedDescription =
                "Usage: postern-subscribers [-j] [--class CLASS] [--device DEVICE] [--port NUMBER]\n"
                        + "           [--address ADDRESS] [--prefix PREFIX] [--mac MAC] [--quarantined]\n"
                        + "           [--monitored] [--begin TEXT]\n"
                        + "ATTEMPTS are packets to direct port 25 that were blocked since the class last changed.")
public class SubscribersCommand extends PosternCommand {

    @Option(name = "--class", description = "only subscribers of this class")
    @Completion(ClassCompleter.class)
    String serviceClass;

    @Option(name = "--device", description = "only subscribers attached to this access device")
    @Completion(DeviceCompleter.class)
    String device;

    @Option(name = "--port", description = "only those at this port of the device")
    Long port;

    @Option(name = "--address", description = "only whose address this is")
    String address;

    @Option(name = "--prefix", description = "only who has addresses of this prefix")
    String prefix;

    @Option(name = "--mac", description = "only who has this MAC address")
    String mac;

    @Option(name = "--monitored", description = "only subscribers that are monitored")
    boolean monitored;

    @Option(name = "--quarantined", description = "only subscribers that are quarantined")
    boolean quarantined;

    @Option(name = "--begin", description = "only subscribers whose identifier begins so")
    @Completion(SubscriberCompleter.class)
    String begin;

    @Override
    void run() {
        SubscriberQuery query = query();
        List<Subscriber> all = List.copyOf(service(SubscriberService.class).subscribers());
        List<Subscriber> chosen =
                all.stream()
                        .filter(query)
                        .sorted(Comparator.comparing(Subscriber::id))
                        .collect(Collectors.toList());
        if (chosen.isEmpty()) {
            refuseUnknown(
                    service(InfrastructureService.class),
                    all,
                    serviceClass,
                    device == null ? null : Operands.device(device));
        }
        Map<String, Long> attempts =
                AttemptReport.bySubscriber(service(AttemptService.class), chosen);
        if (outputJson()) {
            show(Json.subscribers(chosen, attempts));
        } else {
            show(SubscribersText.of(chosen, attempts).toString());
        }
    }

    private SubscriberQuery query() {
        if (port != null && device == null) {
            throw new IllegalArgumentException(
                    "--port needs --device: a port number alone is no place");
        }
        SubscriberQuery query = SubscriberQuery.all();
        query = serviceClass == null ? query : query.ofClass(serviceClass);
        query = device == null ? query : query.at(Operands.device(device));
        query = port == null ? query : query.at(Operands.device(device), port);
        query = address == null ? query : query.within(SubscriberQuery.host(address));
        query = prefix == null ? query : query.within(Operands.prefix(prefix));
        query = mac == null ? query : query.having(Operands.mac(mac));
        query = quarantined ? query.quarantined(true) : query;
        query = monitored ? query.inMode(Mode.MONITOR) : query;
        return begin == null ? query : query.beginningWith(begin);
    }

    /** Refuses what nobody is or can be in: it is mistyped, and an empty list would not say so. */
    static void refuseUnknown(
            InfrastructureService configured,
            Collection<Subscriber> all,
            String serviceClass,
            DeviceId device) {
        if (serviceClass != null
                && all.stream().noneMatch(SubscriberQuery.all().ofClass(serviceClass))) {
            configured.infrastructure().classNamed(serviceClass);
        }
        if (device != null
                && all.stream().noneMatch(SubscriberQuery.all().at(device))
                && !configured.devices().containsKey(device)) {
            throw new IllegalArgumentException(
                    device
                            + " is not an access device; access devices: "
                            + configured.devices().keySet());
        }
    }
}
