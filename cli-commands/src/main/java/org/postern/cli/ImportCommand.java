package org.postern.cli;

import java.util.List;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.completers.FileCompleter;
import org.postern.infrastructure.InfrastructureService;
import org.postern.policy.Subscriber;
import org.postern.subscriber.SubscriberAdminService;

/** Registers many subscribers at once, all or none. */
@Service
@Command(
        scope = "onos",
        name = "postern-import",
        description =
                "Registers or replaces the subscribers of a file, all or none; options come before the argument",
        detailedDescription =
                "Usage: postern-import [--dry-run] FILE\n"
                        + "FILE is on the machine of this node: a JSON list of objects\n"
                        + "{\"id\": \"shop\", \"class\": \"business\", \"attachments\": [\"of:0000000000000001/3\"],\n"
                        + " \"prefixes\": [\"10.64.1.7/32\"], \"macs\": [\"02:64:00:00:00:07\"]}\n"
                        + "Only id and attachments are required. Subscribers that are not in the file stay.")
public class ImportCommand extends PosternCommand {

    @Option(
            name = "--dry-run",
            description =
                    "check the file itself and change nothing; what other subscribers have is not compared")
    boolean dryRun;

    @Argument(index = 0, name = "FILE", description = "path on this node", required = true)
    @Completion(FileCompleter.class)
    String file;

    @Override
    void run() {
        List<Subscriber> all =
                SubscriberFile.read(file, service(InfrastructureService.class).infrastructure());
        SubscriberAdminService directory = service(SubscriberAdminService.class);
        String what = SubscribersText.count(all.size());
        if (dryRun) {
            long known = all.stream().filter(s -> directory.subscriber(s.id()).isPresent()).count();
            show(
                    new Lines()
                            .add(
                                    "the file is good: "
                                            + what
                                            + ", "
                                            + known
                                            + " of them would be replaced; nothing was changed, and what other"
                                            + " subscribers have was not compared")
                            .toString());
            return;
        }
        try {
            directory.put(all, order());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
        }
        show("imported " + what);
    }
}
