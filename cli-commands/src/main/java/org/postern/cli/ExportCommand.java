package org.postern.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.completers.FileCompleter;
import org.onosproject.net.DeviceId;
import org.postern.exemption.ExemptionService;
import org.postern.infrastructure.InfrastructureService;
import org.postern.policy.Subscriber;
import org.postern.provisioning.ExemptionProvisioningService;
import org.postern.provisioning.FileFormat;
import org.postern.provisioning.ProvisioningService;
import org.postern.report.SubscriberQuery;
import org.postern.subscriber.SubscriberService;

/** Writes the directory, or the exemptions, or a part of them, to a file. */
@Service
@Command(
        scope = "onos",
        name = "postern-export",
        description =
                "Writes subscribers, or exemptions, to a new file that postern-import reads; options come before the"
                        + " argument",
        detailedDescription =
                "Usage: postern-export [-j] [--class CLASS] [--device DEVICE] [--format csv|json] FILE\n"
                        + "       postern-export --exemptions [-j] [--subscriber ID] [--state STATE] [--ticket TICKET]"
                        + " [--format csv|json] FILE\n"
                        + "FILE is made on the machine of this node and must not exist. Quarantines are not in it,"
                        + " nor, without --subscriber, --state or --ticket, exemptions that are over.")
public class ExportCommand extends PosternCommand {

    @Option(name = "--exemptions", description = "exemptions, not subscribers")
    boolean exemptions;

    @Option(name = "--subscriber", description = "only exemptions of this subscriber")
    @Completion(ExemptedCompleter.class)
    String subscriber;

    @Option(
            name = "--state",
            description =
                    "only exemptions in this state: pending, in-force, ending, waiting, ended")
    @Completion(ExemptionStateCompleter.class)
    String state;

    @Option(name = "--ticket", description = "only exemptions ordered under this ticket")
    @Completion(TicketCompleter.class)
    String ticket;

    @Option(name = "--class", description = "only subscribers of this class")
    @Completion(ClassCompleter.class)
    String serviceClass;

    @Option(name = "--device", description = "only subscribers attached to this access device")
    @Completion(DeviceCompleter.class)
    String device;

    @Option(name = "--format", description = "csv or json; else as the file's name ends")
    @Completion(FormatCompleter.class)
    String format;

    @Argument(index = 0, name = "FILE", description = "path of a new file", required = true)
    @Completion(FileCompleter.class)
    String file;

    @Override
    void run() {
        FileFormat wanted = format == null ? FileFormat.ofFile(file) : FileFormat.of(format);
        refuseOthersOptions();
        if (exemptions) {
            ExemptionChoice choice =
                    new ExemptionChoice(service(ExemptionService.class), subscriber, state, ticket);
            ExemptionProvisioningService provisioning = service(ExemptionProvisioningService.class);
            int count = written(out -> provisioning.exportExemptions(out, wanted, choice));
            showDone(
                    "exported " + ExemptionsText.count(count) + " to " + file,
                    json -> json.put("file", file).put("exemptions", count));
        } else {
            Predicate<Subscriber> which = which();
            ProvisioningService provisioning = service(ProvisioningService.class);
            int count = written(out -> provisioning.exportSubscribers(out, wanted, which));
            showDone(
                    "exported " + SubscribersText.count(count) + " to " + file,
                    json -> json.put("file", file).put("subscribers", count));
        }
    }

    private void refuseOthersOptions() {
        if (exemptions && (serviceClass != null || device != null)) {
            throw new IllegalArgumentException(
                    "--class and --device are for subscribers: with --exemptions use --subscriber,"
                            + " --state or --ticket");
        }
        if (!exemptions && (subscriber != null || state != null || ticket != null)) {
            throw new IllegalArgumentException(
                    "--subscriber, --state and --ticket are for --exemptions: give that, too");
        }
    }

    /** Writes a file, and tells how much is in it. */
    private interface Exporter {
        int write(Writer out) throws IOException;
    }

    private int written(Exporter exporter) {
        AtomicInteger count = new AtomicInteger();
        NewFile.write(
                file,
                out -> {
                    try {
                        count.set(exporter.write(out));
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
        return count.get();
    }

    private Predicate<Subscriber> which() {
        DeviceId id = device == null ? null : Operands.device(device);
        SubscribersCommand.refuseUnknown(
                service(InfrastructureService.class),
                service(SubscriberService.class).subscribers(),
                serviceClass,
                id);
        SubscriberQuery query = SubscriberQuery.all();
        query = serviceClass == null ? query : query.ofClass(serviceClass);
        return id == null ? query : query.at(id);
    }
}
