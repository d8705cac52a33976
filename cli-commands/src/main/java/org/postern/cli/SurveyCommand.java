package org.postern.cli;

import java.io.PrintStream;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.completers.FileCompleter;
import org.postern.probe.Probe;
import org.postern.survey.SurveyJob;
import org.postern.survey.SurveyResult;

/** Tells of many providers whether their submission servers enforce authentication. */
@Service
@Command(
        scope = "onos",
        name = "postern-survey",
        description =
                "Tells of many providers whether their submission servers enforce authentication; options come before"
                        + " the argument",
        detailedDescription =
                "Usage: postern-survey [-j] [--parallel N] [--again] [--journal PATH] [--compare EARLIER]"
                        + " [--csv PATH] [--json-file PATH] [--html PATH] [--family 4|6|both] [--recipient ADDRESS]"
                        + " [--sender ADDRESS] [--greeting SECONDS] [--dns-server ADDRESS[:PORT]] FILE\n"
                        + "FILE is on the machine of this node, with lines of provider,host or provider,host,note;"
                        + " a first line of provider,domain has mail domains instead."
                        + " What is known is kept in FILE.journal: the same command goes on where it was broken off."
                        + " EARLIER is a file of --json-file, or 2005. Files are new ones, nothing is overwritten.")
public class SurveyCommand extends ProbingCommand {

    @Option(name = "--parallel", description = "how many to ask at once, 1 to 128")
    int parallel = SurveyJob.PARALLEL;

    @Option(name = "--again", description = "forget what the journal has, and ask everybody")
    boolean again;

    @Option(name = "--journal", description = "where to keep what is known; else FILE.journal")
    @Completion(FileCompleter.class)
    String journal;

    @Option(
            name = "--compare",
            description = "tell what changed since: the JSON of a survey, or 2005")
    @Completion(FileCompleter.class)
    String compare = "";

    @Option(name = "--csv", description = "write a new file for spreadsheets")
    @Completion(FileCompleter.class)
    String csv;

    @Option(name = "--json-file", description = "write a new file for programs and for --compare")
    @Completion(FileCompleter.class)
    String jsonFile;

    @Option(name = "--html", description = "write a new page for browsers")
    @Completion(FileCompleter.class)
    String html;

    @Argument(index = 0, name = "FILE", description = "path on this node", required = true)
    @Completion(FileCompleter.class)
    String file;

    /** Makes what probes; tests have a network of their own. */
    Supplier<Probe> probes = () -> Probe.builder().patient().build();

    /** Shows progress, if somebody looks. */
    Consumer<String> progress = this::showInPlace;

    @Override
    void run() {
        SurveyJob job =
                new SurveyJob(path(file))
                        .again(again)
                        .parallel(parallel)
                        .compare(compare)
                        .dnsServer(dnsServer)
                        .options(options());
        if (journal != null) {
            job.journal(path(journal));
        }
        output(job, "csv", csv);
        output(job, "json", jsonFile);
        output(job, "html", html);
        try (SurveyResult result = job.run(probes.get(), progress)) {
            if (outputJson()) {
                result.toJson(this::show);
            } else {
                show(result.table());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(
                    "interrupted; the same command goes on where it was", e);
        }
    }

    private static void output(SurveyJob job, String format, String path) {
        if (path != null) {
            job.output(format, path(path));
        }
    }

    private static Path path(String text) {
        try {
            return Path.of(text).toAbsolutePath();
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is not the path of a file: " + e.getReason(), e);
        }
    }

    private void showInPlace(String text) {
        if (session != null && session.getTerminal() != null && !outputJson()) {
            PrintStream console = session.getConsole();
            console.print("\r\u001b[K" + Lines.printable(text) + "\r");
            console.flush();
        }
    }
}
