package org.postern.probe.main;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.postern.probe.Probe;
import org.postern.survey.SurveyJob;
import org.postern.survey.SurveyResult;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code java -jar postern-probe-…-standalone.jar survey}. */
@Command(
        name = "postern-probe survey",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Tells of many providers whether their submission servers (587, 465) enforce authentication. FILE has lines"
                    + " of provider,host or provider,host,note; a first line of provider,domain has mail domains"
                    + " instead. What is known is kept in a journal: the same command"
                    + " goes on where it was broken off.",
            ""
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:everybody was asked, whatever they answered",
            "1:something could not be written",
            "2:the command or a file was not understood; nobody was asked"
        })
final class SurveyMain implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "whom to ask")
    private Path file;

    @Mixin private Manner manner;

    @Option(
            names = "--parallel",
            paramLabel = "N",
            defaultValue = "" + SurveyJob.PARALLEL,
            description = "how many to ask at once, 1 to 128; default: ${DEFAULT-VALUE}")
    private int parallel;

    @Option(
            names = "--journal",
            paramLabel = "PATH",
            description = "where to keep what is known; default: FILE.journal")
    private Path journal;

    @Option(names = "--again", description = "forget what the journal has, and ask everybody")
    private boolean again;

    @Option(
            names = "--compare",
            paramLabel = "EARLIER",
            defaultValue = "",
            description = "tell what changed since: the JSON of a survey, or 2005")
    private String compare;

    @Option(names = "--csv", paramLabel = "PATH", description = "write a new file for spreadsheets")
    private Path csv;

    @Option(
            names = {"--json", "--json-file"},
            paramLabel = "PATH",
            description = "write a new file for programs and for --compare")
    private Path json;

    @Option(names = "--html", paramLabel = "PATH", description = "write a new page for browsers")
    private Path html;

    private final Probe probe;

    private SurveyMain(Probe probe) {
        this.probe = probe;
    }

    /** The command, ready to be run. */
    static CommandLine command(Probe probe) {
        return new CommandLine(new SurveyMain(probe)).setUsageHelpWidth(80);
    }

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter err = spec.commandLine().getErr();
        try {
            SurveyJob job =
                    new SurveyJob(file)
                            .again(again)
                            .parallel(parallel)
                            .compare(compare)
                            .dnsServer(manner.dnsServer())
                            .options(manner.options());
            if (journal != null) {
                job.journal(journal);
            }
            output(job, "csv", csv);
            output(job, "json", json);
            output(job, "html", html);
            try (SurveyResult result =
                    job.run(
                            probe,
                            text -> {
                                err.println(text);
                                err.flush();
                            })) {
                spec.commandLine().getOut().println(result.table());
            }
            spec.commandLine().getOut().flush();
            return 0;
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        } catch (IllegalStateException e) {
            err.println(e.getMessage());
            err.flush();
            return 1;
        }
    }

    private static void output(SurveyJob job, String format, Path path) {
        if (path != null) {
            job.output(format, path);
        }
    }
}
