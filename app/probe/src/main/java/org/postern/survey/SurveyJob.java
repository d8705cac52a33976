package org.postern.survey;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.postern.dns.DnsServer;
import org.postern.dns.Inquiry;
import org.postern.probe.JsonReport;
import org.postern.probe.Probe;
import org.postern.probe.ProbeOptions;
import org.postern.probe.ProbeRequest;

/**
 * A survey: whom to ask, how, and where to write it down, if anywhere. To be filled and run by one
 * thread; the probes are made by threads of its own, of which none is left when it ends.
 */
public final class SurveyJob {
    /** How many providers are asked at once unless told otherwise. */
    public static final int PARALLEL = 16;

    /** The most that may be asked at once: each takes a thread and a connection. */
    public static final int MOST_PARALLEL = 128;

    /** 587 first: it is what the survey is about. */
    private static final List<Integer> PORTS = List.of(587, ProbeRequest.IMPLICIT_TLS);

    private final Path file;
    private volatile List<Target> targets;
    private volatile Known known = new Memory();
    private final Map<String, Path> outputs = new LinkedHashMap<>();
    private Path journal;
    private boolean again;
    private int parallel = PARALLEL;
    private String compare = "";
    private ProbeOptions options = new ProbeOptions();
    private String dnsServer = "";

    /**
     * Begins a job.
     *
     * @param file lines of provider, host or domain, and maybe a note
     */
    public SurveyJob(Path file) {
        this.file = file;
        targets = List.of();
        journal = file.resolveSibling(file.getFileName() + ".journal");
    }

    /**
     * Begins a job that keeps what is known in memory only, unless it is given a journal.
     *
     * @param list whom to ask
     */
    public SurveyJob(List<Target> list) {
        file = null;
        targets = List.copyOf(list);
    }

    /**
     * Sets where what is known is kept.
     *
     * @param path a journal, or a new file; unless set, that of the targets with {@code .journal}
     * @return this
     */
    public SurveyJob journal(Path path) {
        journal = path;
        return this;
    }

    /**
     * Forgets what the journal has.
     *
     * @param yes whether to ask everybody again
     * @return this
     */
    public SurveyJob again(boolean yes) {
        again = yes;
        return this;
    }

    /**
     * Sets how many providers are asked at once.
     *
     * @param count 1 to 128
     * @return this
     * @throws IllegalArgumentException if it is out of range
     */
    public SurveyJob parallel(int count) {
        if (count < 1 || count > MOST_PARALLEL) {
            throw new IllegalArgumentException(
                    "1 to " + MOST_PARALLEL + " providers may be asked at once, not " + count);
        }
        parallel = count;
        return this;
    }

    /**
     * Compares with an earlier survey.
     *
     * @param earlier path of the JSON of one, or {@code 2005}; empty for none
     * @return this
     */
    public SurveyJob compare(String earlier) {
        compare = earlier;
        return this;
    }

    /**
     * Sets how hosts are probed.
     *
     * @param how the ports are set by the survey: 587 and 465
     * @return this
     */
    public SurveyJob options(ProbeOptions how) {
        options = how;
        return this;
    }

    /**
     * Asks a DNS server, and nobody else, for all names.
     *
     * @param server address, maybe with a port; empty for those of this machine
     * @return this
     * @throws IllegalArgumentException if it cannot be read
     */
    public SurveyJob dnsServer(String server) {
        if (!server.isEmpty()) {
            DnsServer.parse(server);
        }
        dnsServer = server;
        return this;
    }

    /**
     * Writes a file when all is known.
     *
     * @param format {@code csv}, {@code html} or {@code json}
     * @param path a new file
     * @return this
     */
    public SurveyJob output(String format, Path path) {
        outputs.put(format, path);
        return this;
    }

    /**
     * Asks whom the journal does not have, and writes the files.
     *
     * @param probe what probes
     * @param progress is told how far it is, from the thread that runs the job
     * @return what was found, of everybody; to be closed, nobody else can use the journal until
     *     then
     * @throws InterruptedException if the thread is interrupted; the journal has what was known
     * @throws IllegalArgumentException if something is wrong with what was given; nobody was asked
     * @throws IllegalStateException if something cannot be written
     */
    public SurveyResult run(Probe probe, Consumer<String> progress) throws InterruptedException {
        if (file != null) {
            targets = TargetFile.read(file);
        }
        Earlier earlier = compare.isEmpty() ? null : Earlier.read(compare);
        mustDiffer();
        outputs.values().forEach(Sheets::mustBeNew);
        options.ports(PORTS);
        Known kept = journal == null ? new Memory() : Journal.open(journal, again);
        try {
            known = kept;
            ask(targets, kept, probe, progress);
            SurveyResult result = new SurveyResult(targets, kept, List.of());
            if (earlier != null) {
                result = new SurveyResult(targets, kept, earlier.changes(result.rows()));
            }
            write(result);
            return result;
        } catch (InterruptedException | RuntimeException | Error e) {
            kept.close();
            throw e;
        }
    }

    private void mustDiffer() {
        Map<String, Path> files = new LinkedHashMap<>();
        files.put("the list of providers", file);
        files.put("the journal", journal);
        outputs.forEach((format, path) -> files.put("the " + format + " file", path));
        Sheets.mustDiffer(files);
    }

    private void write(SurveyResult result) {
        outputs.forEach((format, path) -> Sheets.write(path, content(format, result)));
    }

    /**
     * Tells what is known so far; any thread may ask.
     *
     * @return what was found, of those that were asked, without changes
     */
    public SurveyResult soFar() {
        Known now = known;
        return new SurveyResult(
                targets.stream().filter(now::has).collect(Collectors.toList()), now, List.of());
    }

    private static Sheets.Content content(String format, SurveyResult result) {
        switch (format) {
            case "csv":
                return result::writeCsv;
            case "html":
                return result::writeHtml;
            default:
                return result::writeJson;
        }
    }

    private void ask(List<Target> all, Known kept, Probe probe, Consumer<String> progress)
            throws InterruptedException {
        ExecutorService threads = Executors.newFixedThreadPool(parallel, SurveyJob::thread);
        ExecutorCompletionService<Target> done = new ExecutorCompletionService<>(threads);
        try {
            int asked = 0;
            for (Target target : all) {
                if (!kept.has(target)) {
                    done.submit(() -> ask(target, kept, probe));
                    asked++;
                }
            }
            if (asked < all.size()) {
                progress.accept((all.size() - asked) + " of " + all.size() + " known already");
            }
            for (int i = 1; i <= asked; i++) {
                Target target = done.take().get();
                progress.accept("asked " + i + " of " + asked + ": " + target);
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException
                    ? (RuntimeException) e.getCause()
                    : new IllegalStateException(e.getCause());
        } finally {
            threads.shutdownNow();
            // interrupted, a probe ends at once: nothing is written after the journal is closed
            boolean interrupted = Thread.interrupted();
            threads.awaitTermination(1, TimeUnit.MINUTES);
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static Thread thread(Runnable run) {
        Thread thread = new Thread(run, "postern-survey");
        thread.setDaemon(true);
        return thread;
    }

    private Target ask(Target target, Known kept, Probe probe) throws InterruptedException {
        ObjectNode record =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("provider", target.provider())
                        .put("host", target.host())
                        .put("domain", target.domain())
                        .put("note", target.note());
        Inquiry inquiry =
                target.domain().isEmpty()
                        ? Inquiry.ofHost(options, target.host())
                        : Inquiry.ofDomain(options, target.domain());
        record.set("result", JsonReport.of(inquiry.by(dnsServer).run(probe, port -> {}), true));
        kept.add(target, record);
        return target;
    }
}
