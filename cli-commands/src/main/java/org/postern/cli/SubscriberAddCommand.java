package org.postern.cli;

import java.util.List;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.postern.policy.Mode;
import org.postern.policy.ServiceClass;
import org.postern.policy.Subscriber;
import org.postern.precondition.Expected;
import org.postern.subscriber.SubscriberAdminService;

/** Registers a subscriber. */
@Service
@Command(
        scope = "onos",
        name = "postern-subscriber-add",
        description = "Registers a subscriber; options come before the arguments",
        detailedDescription =
                "Usage: postern-subscriber-add [-c CLASS] [-p PREFIX]... [-m MAC]..."
                        + " [--monitor] [--replace] [--reason TEXT] ID ATTACHMENT...\n"
                        + "An attachment is DEVICE/PORT, or DEVICE/PORT/VLAN for one VLAN of a port,"
                        + " or DEVICE/PORT/OUTER.INNER for a pair of VLANs;"
                        + " where several share that,\n"
                        + "followed by @PREFIX or @MAC for the subscriber's own source.\n"
                        + "Example: postern-subscriber-add -c business -p 10.64.1.7/32 shop of:0000000000000001/3")
public class SubscriberAddCommand extends SubscriberChangeCommand {

    @Option(
            name = "-c",
            aliases = "--class",
            description = "service class, residential if not given")
    @Completion(ClassCompleter.class)
    String serviceClass = ServiceClass.RESIDENTIAL.name();

    @Option(
            name = "-p",
            aliases = "--prefix",
            description = "IPv4 or IPv6 prefix of the subscriber; several times for several",
            multiValued = true)
    List<String> prefixes;

    @Option(
            name = "-m",
            aliases = "--mac",
            description = "MAC address of the subscriber's equipment; several times for several",
            multiValued = true)
    List<String> macs;

    @Option(
            name = "--monitor",
            description = "drop nothing of the subscriber, only count what would be dropped")
    boolean monitor;

    @Option(name = "--replace", description = "replace the subscriber if it exists")
    boolean replace;

    @Option(name = "--reason", description = "why; it is audited")
    String reason;

    @Argument(index = 0, name = "ID", description = "the subscriber's identifier", required = true)
    String id;

    @Argument(
            index = 1,
            name = "ATTACHMENT",
            description = "where it is attached: DEVICE/PORT[/VLAN[.INNER]][@PREFIX or @MAC]",
            required = true,
            multiValued = true)
    @Completion(AttachmentCompleter.class)
    List<String> attachments;

    @Override
    void run() {
        Subscriber.Builder builder =
                Subscriber.builder(id)
                        .serviceClass(serviceClass)
                        .mode(monitor ? Mode.MONITOR : Mode.ENFORCE);
        attachments.forEach(text -> builder.attachedAt(Operands.attachment(text)));
        if (prefixes != null) {
            prefixes.forEach(text -> builder.prefix(Operands.prefix(text)));
        }
        if (macs != null) {
            macs.forEach(text -> builder.mac(Operands.mac(text)));
        }
        Subscriber subscriber = builder.build();
        SubscriberAdminService directory = service(SubscriberAdminService.class);
        boolean known = directory.stored(id).isPresent();
        if (known && !replace) {
            throw new IllegalArgumentException(
                    "subscriber \"" + id + "\" exists: give --replace to replace it");
        }
        // what is kept: a quarantine goes on when its subscriber is replaced
        Subscriber kept =
                directory.put(
                        subscriber, replace ? Expected.any() : Expected.absent(), order(reason));
        showChange((known ? "replaced " : "added ") + kept + SubscribersText.goingOn(kept), kept);
    }
}
