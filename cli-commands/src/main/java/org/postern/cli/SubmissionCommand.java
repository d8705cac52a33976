package org.postern.cli;

import java.util.Map;
import java.util.Optional;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.postern.report.SubmissionReport;
import org.postern.submission.Finding;
import org.postern.submission.SubmissionService;
import org.postern.submission.Watched;

/** Lists what the guard knows of the ISP's own submission servers and relays. */
@Service
@Command(
        scope = "onos",
        name = "postern-submission",
        description =
                "Lists your own submission servers and relays, and whether they demand authentication",
        detailedDescription =
                "Usage: postern-submission [-j] [--now]\n"
                        + "One node of the cluster probes them all the time (cfg set"
                        + " org.postern.submission.SubmissionGuard probeInterval MINUTES; 0 switches that off)."
                        + " --now has this node probe them, and waits for it: minutes, where servers do not answer.")
public class SubmissionCommand extends PosternCommand {

    @Option(name = "--now", description = "probe them all now, from this node")
    boolean now;

    @Override
    void run() {
        SubmissionService guard = service(SubmissionService.class);
        Map<Watched, Optional<Finding>> findings = now ? look(guard) : guard.findings();
        if (outputJson()) {
            show(SubmissionReport.json(findings));
        } else {
            show(SubmissionText.of(findings, guard.interval(), clock).toString());
        }
    }

    private static Map<Watched, Optional<Finding>> look(SubmissionService guard) {
        try {
            return guard.lookNow();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted; what was found until then is kept", e);
        }
    }
}
