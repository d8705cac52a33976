package org.postern.lab.commands;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.onosproject.store.service.StorageService;
import org.postern.lab.commands.directory.DirectoryMeasurement;

/** Measures one of the ways in which ONOS's storage service can hold a directory of subscribers. */
@Service
@Command(
        scope = "lab",
        name = "directory-store",
        description =
                "Measures a primitive of the storage service that holds a directory of subscribers (JSON)")
public class DirectoryStoreCommand extends LabCommand {
    @Option(name = "-n", aliases = "--subscribers", description = "number of subscribers")
    int subscribers = 100_000;

    @Option(name = "-d", aliases = "--devices", description = "access devices they are spread over")
    int devices = 1_000;

    @Option(name = "-w", aliases = "--window", description = "writes under way at a time")
    int window = 64;

    @Option(name = "-c", aliases = "--changes", description = "subscribers to change one by one")
    int changes = 1_000;

    @Option(
            name = "-l",
            aliases = "--limit",
            description = "look for the largest value instead; ONOS may be in trouble afterwards")
    boolean limit;

    @Option(
            name = "-m",
            aliases = "--memory",
            description = "see what is used of the heap instead; for an ONOS started anew")
    boolean memory;

    @Argument(name = "candidate", description = "what to measure", required = true)
    String candidate;

    @Override
    protected void doExecute() throws InterruptedException {
        DirectoryMeasurement measurement =
                new DirectoryMeasurement(
                        get(StorageService.class), candidate, subscribers, devices);
        if (limit) {
            print(measurement.limit());
        } else if (memory) {
            print(measurement.memory(window));
        } else {
            print(measurement.costs(window, changes));
        }
    }
}
