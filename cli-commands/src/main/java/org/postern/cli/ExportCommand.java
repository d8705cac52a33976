package org.postern.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.completers.FileCompleter;
import org.onosproject.net.DeviceId;
import org.postern.infrastructure.InfrastructureService;
import org.postern.policy.Subscriber;
import org.postern.provisioning.FileFormat;
import org.postern.provisioning.ProvisioningService;
import org.postern.report.SubscriberQuery;
import org.postern.subscriber.SubscriberService;

/** Writes the directory, or a part of it, to a file. */
@Service
@Command(
        scope = "onos",
        name = "postern-export",
        description =
                "Writes subscribers to a new file that postern-import reads; options come before the argument",
        detailedDescription =
                "Usage: postern-export [-j] [--class CLASS] [--device DEVICE] [--format csv|json] FILE\n"
                        + "FILE is made on the machine of this node and must not exist. Quarantines are not in it.")
public class ExportCommand extends PosternCommand {

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
        Predicate<Subscriber> which = which();
        ProvisioningService provisioning = service(ProvisioningService.class);
        AtomicInteger count = new AtomicInteger();
        NewFile.write(
                file,
                out -> {
                    try {
                        count.set(provisioning.exportSubscribers(out, wanted, which));
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
        showDone(
                "exported " + SubscribersText.count(count.get()) + " to " + file,
                json -> json.put("file", file).put("subscribers", count.get()));
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
