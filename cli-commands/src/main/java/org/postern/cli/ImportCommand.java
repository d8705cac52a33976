package org.postern.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.function.Consumer;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.completers.FileCompleter;
import org.postern.audit.Order;
import org.postern.provisioning.FileFormat;
import org.postern.provisioning.ImportProgress;
import org.postern.provisioning.ImportRequest;
import org.postern.provisioning.ImportResult;
import org.postern.provisioning.ProvisioningService;

/** Registers many subscribers at once, all or none. */
@Service
@Command(
        scope = "onos",
        name = "postern-import",
        description =
                "Registers or replaces the subscribers of a file, all or none; options come before the argument",
        detailedDescription =
                "Usage: postern-import [-j] [--dry-run] [--force] [--mirror] [--format csv|json]"
                        + " [--reason TEXT] FILE\n"
                        + "FILE is on the machine of this node. CSV: a line that names the columns, then\n"
                        + "id,class,attachments,prefixes,macs,mode\n"
                        + "shop,business,of:0000000000000001/3,10.64.1.7/32,02:64:00:00:00:07,enforce\n"
                        + "JSON: a list of objects of the same fields, of which attachments, prefixes and macs are"
                        + " lists. Only id and attachments are required. Subscribers that are not in the file stay,"
                        + " unless --mirror is given. The same file imported again writes only what differs.")
public class ImportCommand extends PosternCommand {
    /** How many subscribers of each kind {@code -j} lists. */
    private static final int LISTED = 1_000;

    /** Progress is shown each so many subscribers. */
    private static final int STEP = 1_000;

    /** A longer line would not be overwritten in place. Characters. */
    private static final int WIDTH = 79;

    @Option(name = "--dry-run", description = "show what would be changed, and change nothing")
    boolean dryRun;

    @Option(
            name = "--force",
            description = "however many subscribers are opened, cut off or removed")
    boolean force;

    @Option(name = "--mirror", description = "remove subscribers that are not in the file")
    boolean mirror;

    @Option(name = "--format", description = "csv or json; else as the file's name ends")
    @Completion(FormatCompleter.class)
    String format;

    @Option(name = "--reason", description = "why; it is audited")
    String reason;

    @Argument(index = 0, name = "FILE", description = "path on this node", required = true)
    @Completion(FileCompleter.class)
    String file;

    /** Shows progress in place of what it showed before, if somebody looks. */
    Consumer<String> progress = this::showInPlace;

    /** How much of the line is to be overwritten. Characters. */
    private int shown;

    @Override
    void run() {
        ProvisioningService provisioning = service(ProvisioningService.class);
        Order order = order(reason);
        ImportResult result;
        try (InputStream in = GivenFile.open(file)) {
            result =
                    provisioning.importSubscribers(
                            in,
                            ImportRequest.of(
                                            format == null
                                                    ? FileFormat.ofFile(file)
                                                    : FileFormat.of(format))
                                    .dryRun(dryRun)
                                    .mirror(mirror)
                                    .forced(force),
                            order,
                            this::tell);
        } catch (IOException e) {
            throw GivenFile.unreadable(file, e);
        } catch (IllegalArgumentException e) {
            throw e.getMessage().contains(file)
                    ? e
                    : new IllegalArgumentException(file + ": " + e.getMessage(), e);
        } finally {
            progress.accept("");
        }
        if (outputJson()) {
            show(result.toJson(LISTED));
        } else {
            ImportText.of(result).ifPresent(lines -> show(lines.toString()));
        }
        ImportText.refusal(file, result)
                .ifPresent(
                        reason -> {
                            throw new IllegalArgumentException(reason);
                        });
    }

    private void tell(ImportProgress.Phase phase, int done, int all) {
        switch (phase) {
            case READING:
                progress.accept("reading " + file);
                break;
            case CHECKING:
                progress.accept("checking " + SubscribersText.count(all));
                break;
            default:
                if (done % STEP == 0 || done == all) {
                    progress.accept("written " + done + " of " + all);
                }
                break;
        }
    }

    private synchronized void showInPlace(String text) {
        if (session != null && session.getTerminal() != null && !outputJson()) {
            PrintStream console = session.getConsole();
            String line = Lines.printable(text);
            String part = line.substring(0, Math.min(line.length(), WIDTH));
            // what is longer than the new one would stay
            console.print("\r" + part + " ".repeat(Math.max(0, shown - part.length())) + "\r");
            console.flush();
            shown = part.length();
        }
    }
}
