package org.postern.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.completers.FileCompleter;
import org.postern.audit.Order;
import org.postern.provisioning.ExemptionProvisioningService;
import org.postern.provisioning.FileFormat;
import org.postern.provisioning.FileResult;
import org.postern.provisioning.ImportProgress;
import org.postern.provisioning.ImportRequest;
import org.postern.provisioning.ProvisioningService;

/** Registers many subscribers, or gives many exemptions, at once, all or none. */
@Service
@Command(
        scope = "onos",
        name = "postern-import",
        description =
                "Registers or replaces the subscribers, or exemptions, of a file, all or none; options come before the"
                        + " argument",
        detailedDescription =
                "Usage: postern-import [-j] [--exemptions] [--dry-run] [--force] [--mirror]"
                        + " [--format csv|json] [--reason TEXT] FILE\n"
                        + "FILE is on the machine of this node. CSV: a line that names the columns, then\n"
                        + "id,class,attachments,prefixes,macs,mode\n"
                        + "shop,business,of:0000000000000001/3,10.64.1.7/32,02:64:00:00:00:07,enforce\n"
                        + "JSON: a list of objects of the same fields, of which attachments, prefixes and macs are"
                        + " lists. Only id and attachments are required. Subscribers that are not in the file stay,"
                        + " unless --mirror is given. The same file imported again writes only what differs.\n"
                        + "With --exemptions a line is an exemption, of these columns and those of the checklist:\n"
                        + "id,subscriber,destinations,class,from,until,reason,ticket\n"
                        + "e1,shop,192.0.2.25/32,,,2027-01-31T12:00:00Z,own mail server,HD-4711\n"
                        + "Only id, subscriber, until and reason are required; exemptions that are not in the file"
                        + " stay.")
public class ImportCommand extends PosternCommand {
    /** How many of each kind {@code -j} lists. */
    private static final int LISTED = 1_000;

    /** Progress is shown each so many. */
    private static final int STEP = 1_000;

    /** A longer line would not be overwritten in place. Characters. */
    private static final int WIDTH = 79;

    @Option(name = "--exemptions", description = "the file has exemptions, not subscribers")
    boolean exemptions;

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
        ImportRequest request =
                ImportRequest.of(format == null ? FileFormat.ofFile(file) : FileFormat.of(format))
                        .dryRun(dryRun)
                        .mirror(mirror)
                        .forced(force);
        if (exemptions) {
            ExemptionProvisioningService provisioning = service(ExemptionProvisioningService.class);
            importFile(
                    (in, order) -> provisioning.importExemptions(in, request, order, this::tell),
                    ExemptionImportText::of);
        } else {
            ProvisioningService provisioning = service(ProvisioningService.class);
            importFile(
                    (in, order) -> provisioning.importSubscribers(in, request, order, this::tell),
                    ImportText::of);
        }
    }

    /** Imports what is in a file. */
    private interface Importer<R extends FileResult> {
        R take(InputStream in, Order order) throws IOException;
    }

    private <R extends FileResult> void importFile(
            Importer<R> importer, Function<R, Optional<Lines>> told) {
        Order order = order(reason);
        R result;
        try (InputStream in = GivenFile.open(file)) {
            result = importer.take(in, order);
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
            told.apply(result).ifPresent(lines -> show(lines.toString()));
        }
        ImportText.refusal(file, result)
                .ifPresent(
                        refusal -> {
                            throw new IllegalArgumentException(refusal);
                        });
    }

    private void tell(ImportProgress.Phase phase, int done, int all) {
        switch (phase) {
            case READING:
                progress.accept("reading " + file);
                break;
            case CHECKING:
                progress.accept(
                        "checking "
                                + (exemptions
                                        ? ExemptionsText.count(all)
                                        : SubscribersText.count(all)));
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
