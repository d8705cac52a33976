package org.postern.probe;

import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Tells people what was found, in lines of at most 80 columns. */
public final class TextReport {
    private static final String LABEL = "  %-13s";
    private static final int MOST_OF_A_REPLY = 300;
    private static final int MOST_RECORDS = 5;

    private final List<String> lines = new ArrayList<>();

    private TextReport() {}

    /**
     * Tells what was found of a port.
     *
     * @param name the host, or the domain that names it
     * @param result what was found
     * @param transcript whether to tell what was said, too
     * @return lines
     */
    public static String of(String name, PortResult result, boolean transcript) {
        TextReport text = new TextReport();
        text.add(
                "",
                who(name, result)
                        + result.family().map(f -> ", " + f.text()).orElse("")
                        + result.address().map(a -> " " + a.getHostAddress()).orElse("")
                        + ": "
                        + result.verdict().text());
        text.add("  ", Printable.abridged(result.reason(), MOST_OF_A_REPLY));
        result.greeting().ifPresent(g -> text.labelled("greeting", g));
        result.startTls()
                .ifPresent(
                        offered -> {
                            text.add(label("STARTTLS"), offered ? "offered" : "not offered");
                            text.add(label("AUTH in clear"), listed(result.authBeforeTls()));
                        });
        result.clear().ifPresent(t -> text.trial("in clear", t));
        result.tls().ifPresent(text::tls);
        result.withinTls()
                .ifPresent(
                        t -> {
                            text.add(label("AUTH in TLS"), listed(result.authWithinTls()));
                            text.trial("in TLS", t);
                        });
        result.warnings().forEach(w -> text.add(label("warning"), w));
        if (transcript && !result.transcript().entries().isEmpty()) {
            text.transcript(result);
        }
        return String.join("\n", text.lines);
    }

    private static String who(String name, PortResult result) {
        String port = " port " + result.port();
        if (result.service().isEmpty()) {
            return name + port;
        }
        return name
                + " "
                + result.service().get().label()
                + result.host().map(host -> ", " + host + port).orElse("");
    }

    /**
     * Closes the report: what was not probed, and what DNS said.
     *
     * @param result what was found
     * @param transcript whether to tell when DNS said it, too
     * @return lines, maybe none
     */
    public static String notes(ProbeResult result, boolean transcript) {
        TextReport text = new TextReport();
        result.notes().forEach(n -> text.add("", result.host() + ": " + n));
        if (!result.lookups().isEmpty()) {
            text.lines.add("DNS" + (transcript ? ", seconds after " + result.at() : ""));
            result.lookups().forEach(lookup -> text.lookup(result, lookup, transcript));
        }
        return String.join("\n", text.lines);
    }

    private void lookup(ProbeResult result, Lookup lookup, boolean transcript) {
        double seconds = Duration.between(result.at(), lookup.at()).toNanos() / 1e9;
        String moment =
                String.format(Locale.ROOT, "%.3f, %d ms:", seconds, lookup.took().toMillis());
        add(
                "  ",
                (transcript ? moment + " " : "")
                        + lookup.type()
                        + " of "
                        + lookup.name()
                        + ", by "
                        + lookup.server()
                        + (lookup.outcome() == Lookup.Outcome.RECORDS ? "" : ": " + said(lookup)));
        int most = transcript ? lookup.records().size() : MOST_RECORDS;
        String own = lookup.name() + ". " + lookup.type() + " ";
        lookup.records().stream()
                .limit(most)
                .forEach(r -> add("    ", r.startsWith(own) ? r.substring(own.length()) : r));
        int more = lookup.more() + Math.max(0, lookup.records().size() - most);
        if (more > 0) {
            add("    ", "and " + more + " more");
        }
    }

    private static String said(Lookup lookup) {
        switch (lookup.outcome()) {
            case NO_RECORDS:
                return "no such record";
            case NO_SUCH_NAME:
                return "no such name";
            default:
                return lookup.outcome().text() + ", " + lookup.reason();
        }
    }

    private void trial(String where, Trial trial) {
        trial.mail().ifPresent(r -> labelled("MAIL " + where, r));
        trial.rcpt().ifPresent(r -> labelled("RCPT " + where, r));
        trial.local().ifPresent(r -> labelled("- its own", r));
    }

    private void tls(TlsEvidence tls) {
        add(
                label("TLS"),
                tls.version().map(v -> v + " " + tls.cipher().orElse("")).orElse("failed"));
        tls.certificate()
                .ifPresent(
                        c -> {
                            LocalDate end = c.notAfter().atOffset(ZoneOffset.UTC).toLocalDate();
                            add(
                                    label("certificate"),
                                    (c.isValid()
                                                    ? "valid until "
                                                    : "not valid (see warnings), ends ")
                                            + end
                                            + ", "
                                            + c.subject()
                                            + ", issued by "
                                            + c.issuer()
                                            + ", for "
                                            + listed(c.names()));
                        });
    }

    private void transcript(PortResult result) {
        lines.add("  transcript, seconds after " + result.at());
        for (Transcript.Entry entry : result.transcript().entries()) {
            double seconds = Duration.between(result.at(), entry.at()).toNanos() / 1e9;
            add(
                    String.format(Locale.ROOT, "  %8.3f %s ", seconds, entry.speaker().mark()),
                    entry.text());
        }
    }

    private static String listed(List<String> texts) {
        return texts.isEmpty() ? "none" : String.join(" ", texts);
    }

    private static String label(String label) {
        return String.format(LABEL, label) + " ";
    }

    private void labelled(String label, Reply reply) {
        add(label(label), Printable.abridged(reply.toString(), MOST_OF_A_REPLY));
    }

    private void add(String first, String text) {
        lines.addAll(Paragraph.lines(first, text));
    }
}
