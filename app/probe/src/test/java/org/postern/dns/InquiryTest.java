package org.postern.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postern.probe.JsonReport;
import org.postern.probe.ProbeOptions;
import org.postern.probe.ProbeResult;
import org.postern.probe.Providers;
import org.postern.probe.TextReport;
import org.postern.probe.Verdict;
import org.xbill.DNS.Rcode;

/** Domains and hosts, by a DNS server over real UDP and servers over real TCP. */
@Timeout(120)
class InquiryTest {
    private FakeDns dns;
    private Providers providers;

    @BeforeEach
    void open() throws IOException {
        dns = new FakeDns();
        providers = Providers.ofEachKind();
    }

    @AfterEach
    void close() throws IOException {
        dns.close();
        providers.close();
    }

    private static ProbeOptions options() {
        return new ProbeOptions().limits(Providers.limits());
    }

    /** Has A records of hosts. */
    private void hosts(String... names) {
        for (String name : names) {
            dns.has(name + " A " + providers.addressOf(name).getHostAddress());
        }
    }

    private ProbeResult run(Inquiry inquiry) throws Exception {
        return inquiry.by(dns.server()).run(providers.probe(), port -> {});
    }

    private ProbeResult domain(String name) throws Exception {
        return run(Inquiry.ofDomain(options(), name));
    }

    private static List<String> told(ProbeResult result) {
        return result.ports().stream()
                .map(
                        p ->
                                p.service()
                                                .map(
                                                        s ->
                                                                s.label()
                                                                        .substring(1)
                                                                        .replace("._tcp", ""))
                                                .orElse("-")
                                        + " "
                                        + p.host().orElse("-")
                                        + " "
                                        + p.port()
                                        + " "
                                        + p.verdict().text())
                .collect(Collectors.toList());
    }

    @Test
    void serversOfBothServicesAreProbedOnTheirPorts() throws Exception {
        providers.submissionsOn("odd.example", 2465);
        hosts("enforced.example", "odd.example");
        dns.has(
                "_submission._tcp.isp.example SRV 0 1 587 enforced.example.",
                "_submissions._tcp.isp.example SRV 0 1 2465 odd.example.",
                "isp.example MX 10 mx.isp.example.");
        List<String> progress = new ArrayList<>();
        ProbeResult result =
                Inquiry.ofDomain(options(), "ISP.example.")
                        .by(dns.server())
                        .run(
                                providers.probe(),
                                p -> progress.add(TextReport.of("isp.example", p, false)));
        assertEquals(
                List.of(
                        "submission enforced.example 587 enforced",
                        "submissions odd.example 2465 enforced"),
                told(result));
        assertEquals("isp.example", result.host());
        assertEquals(Verdict.Kind.SOUND, result.summary());
        assertTrue(
                progress.get(1)
                        .startsWith(
                                "isp.example _submissions._tcp, odd.example port 2465, IPv4 192.0.2."),
                progress.get(1));
        // the domain is what the server is to take mail for
        assertTrue(
                JsonReport.of(result, true).toString().contains("RCPT TO:<postmaster@isp.example>")
                        || result.ports().get(0).clear().get().rcpt().isEmpty());
        assertEquals(
                List.of(
                        "SRV _submission._tcp.isp.example records",
                        "SRV _submissions._tcp.isp.example records",
                        "MX isp.example records",
                        "A enforced.example records",
                        "AAAA enforced.example no-records",
                        "A odd.example records",
                        "AAAA odd.example no-records"),
                result.lookups().stream()
                        .map(l -> l.type() + " " + l.name() + " " + l.outcome().text())
                        .collect(Collectors.toList()));
        assertTrue(result.lookups().stream().allMatch(l -> l.server().equals(dns.server())));
    }

    @Test
    void hostThatBothServicesNameIsLookedUpOnce() throws Exception {
        hosts("enforced.example");
        dns.has(
                "_submission._tcp.isp.example SRV 0 1 587 enforced.example.",
                "_submissions._tcp.isp.example SRV 0 1 465 enforced.example.");
        ProbeResult result = domain("isp.example");
        assertEquals(2, result.ports().size());
        assertEquals(5, result.lookups().size());
        assertEquals(5, dns.asked.size());
    }

    @Test
    void evidenceOfDnsIsToldToProgramsAndPeople() throws Exception {
        hosts("rcpt.example");
        dns.has("_submission._tcp.isp.example SRV 0 1 587 rcpt.example.");
        ProbeResult result = domain("isp.example");
        JsonNode json = JsonReport.of(result, false);
        assertEquals("isp.example", json.get("host").asText());
        JsonNode port = json.get("ports").get(0);
        assertEquals("rcpt.example", port.get("host").asText());
        assertEquals("_submission._tcp", port.get("service").asText());
        assertTrue(json.get("ports").get(1).get("host").isNull());
        JsonNode lookup = json.get("dns").get(0);
        assertEquals("_submission._tcp.isp.example", lookup.get("name").asText());
        assertEquals("SRV", lookup.get("type").asText());
        assertEquals(dns.server(), lookup.get("server").asText());
        assertEquals("records", lookup.get("outcome").asText());
        assertTrue(lookup.get("reason").isNull());
        assertEquals(
                "_submission._tcp.isp.example. SRV 0 1 587 rcpt.example.",
                lookup.get("records").get(0).asText());
        assertEquals("no-such-name", json.get("dns").get(1).get("outcome").asText());
        String text = TextReport.notes(result, true);
        text.lines().forEach(line -> assertTrue(line.length() <= 80, line));
        String plain = text.replaceAll("\\s+", " ");
        assertTrue(
                plain.contains(
                        "SRV of _submissions._tcp.isp.example, by "
                                + dns.server()
                                + ": no such name"),
                text);
        assertTrue(plain.contains("DNS, seconds after "), text);
        assertTrue(
                TextReport.of("isp.example", result.ports().get(1), false)
                        .startsWith("isp.example _submissions._tcp: no-such-host\n"),
                TextReport.of("isp.example", result.ports().get(1), false));
        assertTrue(
                JsonReport.of(result, true)
                        .toString()
                        .contains("RCPT TO:<postmaster@isp.example>"));
    }

    @Test
    void domainThatNamesNoneIsToldWhereItsMailGoes() throws Exception {
        dns.has("isp.example MX 20 mx2.isp.example.", "isp.example MX 10 mx1.isp.example.");
        ProbeResult result = domain("isp.example");
        assertEquals(
                List.of("submission - 587 not-announced", "submissions - 465 not-announced"),
                told(result));
        String reason = result.ports().get(0).reason();
        assertTrue(
                reason.startsWith("there is no SRV record _submission._tcp.isp.example; "), reason);
        assertTrue(
                reason.contains("its mail goes to mx1.isp.example, mx2.isp.example (MX)"), reason);
        assertEquals(Verdict.Kind.NOBODY, result.summary());
        assertEquals(0, providers.tried.get());
    }

    @Test
    void domainsWithoutMxAreToldApart() throws Exception {
        dns.has("null.example MX 0 .", "bare.example A 192.0.2.1")
                .has("broken.example A 192.0.2.1");
        dns.answers("silentmx.example", reply -> null).fails("failing.example", Rcode.SERVFAIL);
        assertTrue(
                domain("null.example").ports().get(0).reason().contains("takes no mail (null MX"));
        assertTrue(domain("bare.example").ports().get(0).reason().contains("nor an MX"));
        ProbeResult failing = domain("failing.example");
        assertEquals(Verdict.NOT_ANNOUNCED, failing.ports().get(0).verdict());
        assertTrue(failing.ports().get(0).reason().contains("its MX is not known: "));
        ProbeResult none = domain("none.example");
        assertEquals(
                List.of("submission - 587 no-such-host", "submissions - 465 no-such-host"),
                told(none));
        assertEquals("there is no such domain", none.ports().get(0).reason());
    }

    @Test
    void serviceThatIsDecidedlyNotOfferedIsToldFromOneThatIsNotAnnounced() throws Exception {
        dns.has("_submission._tcp.isp.example SRV 0 0 0 .", "isp.example MX 10 mx1.isp.example.");
        ProbeResult result = domain("isp.example");
        assertEquals(
                List.of("submission - 587 not-offered", "submissions - 465 not-announced"),
                told(result));
        dns.has("_submission._tcp.isp.example SRV 0 0 587 closed.example.");
        hosts("closed.example");
        ProbeResult both = domain("isp.example");
        assertEquals("submission closed.example 587 closed", told(both).get(0));
        assertTrue(both.notes().toString().contains("contradict each other"));
    }

    @Test
    void dnsThatFailsIsNoNo() throws Exception {
        dns.has("isp.example MX 10 mx1.isp.example.");
        dns.fails("_submission._tcp.isp.example", Rcode.SERVFAIL);
        ProbeResult result = domain("isp.example");
        assertEquals(
                List.of("submission - 587 inconclusive", "submissions - 465 not-announced"),
                told(result));
        String reason = result.ports().get(0).reason();
        assertTrue(
                reason.contains("it is not known whether") && reason.contains("SERVFAIL"), reason);
        assertEquals(Verdict.Kind.UNKNOWN, result.summary());
    }

    @Test
    void serversComeByPriorityAndWeightEachOnceAndNotTooMany() throws Exception {
        hosts("closed.example", "enforced.example", "rcpt.example", "local.example");
        dns.has(
                "_submission._tcp.isp.example SRV 20 9 587 local.example.",
                "_submission._tcp.isp.example SRV 10 1 587 closed.example.",
                "_submission._tcp.isp.example SRV 10 5 587 enforced.example.",
                "_submission._tcp.isp.example SRV 10 0 587 ENFORCED.example.",
                "_submission._tcp.isp.example SRV 0 0 587 rcpt.example.");
        for (int i = 0; i < 1000; i++) {
            dns.has("_submission._tcp.isp.example SRV " + (100 + i) + " 1 587 s" + i + ".example.");
        }
        ProbeResult result = domain("isp.example");
        assertEquals(
                List.of(
                        "submission rcpt.example 587 enforced-at-rcpt",
                        "submission enforced.example 587 enforced",
                        "submission closed.example 587 closed",
                        "submission local.example 587 local-unauth"),
                told(result).subList(0, 4));
        assertEquals(5, result.ports().size(), "and what is said of _submissions");
        assertEquals(
                "_submission._tcp names 1004 servers: the first 4 were probed",
                result.notes().get(0));
    }

    /** Eight servers of a domain, each of which takes five minutes. */
    @Test
    void domainAsAWholeIsBounded() throws Exception {
        providers.slowness = Duration.ofMinutes(5);
        hosts("closed.example");
        for (int i = 1; i <= 4; i++) {
            dns.has(
                    "_submission._tcp.isp.example SRV " + i + " 1 " + i + " closed.example.",
                    "_submissions._tcp.isp.example SRV "
                            + i
                            + " 1 "
                            + (i + 4)
                            + " closed.example.");
        }
        ProbeResult result = domain("isp.example");
        assertEquals(
                List.of(
                        "submission closed.example 1 closed",
                        "submission closed.example 2 closed",
                        "submission closed.example 3 closed",
                        "submission closed.example 4 inconclusive",
                        "submissions closed.example 5 inconclusive",
                        "submissions closed.example 6 inconclusive",
                        "submissions closed.example 7 inconclusive",
                        "submissions closed.example 8 inconclusive"),
                told(result));
        String reason = result.ports().get(7).reason();
        assertTrue(reason.contains("took more than 900 s together"), reason);
        assertEquals(3, providers.tried.get());
    }

    @Test
    void recordThatNamesNoHostOrPortIsNotConnectedTo() throws Exception {
        dns.has(
                "_submission._tcp.isp.example SRV 0 0 587 \\027[2J.isp.example.",
                "_submissions._tcp.isp.example SRV 0 0 0 enforced.example.");
        ProbeResult result = domain("isp.example");
        assertEquals(
                List.of("submission - 587 inconclusive", "submissions - 465 inconclusive"),
                told(result));
        String reason = result.ports().get(0).reason();
        assertTrue(
                reason.contains("names what can be no server: \"\\027[2j.isp.example port 587"),
                reason);
        assertFalse(JsonReport.of(result, true).toString().contains("\\u001b"));
        assertEquals(0, providers.tried.get());
    }

    @Test
    void hostIsLookedUpByTheServerThatWasGivenAndByNobodyElse() throws Exception {
        hosts("enforced.example");
        dns.fails("servfail.example", Rcode.SERVFAIL);
        dns.has("alias.example CNAME enforced.example.");
        List<String> all = new ArrayList<>();
        for (String name :
                List.of(
                        "enforced.example",
                        "alias.example",
                        "rcpt.example",
                        "servfail.example",
                        "192.0.2.11")) {
            ProbeResult result = run(Inquiry.ofHost(options().ports("587"), name));
            all.add(result.ports().get(0).verdict().text() + " " + result.lookups().size());
        }
        assertEquals(
                List.of(
                        "enforced 2",
                        "enforced 2",
                        "no-such-host 2",
                        "inconclusive 2",
                        "enforced 0"),
                all);
    }

    @Test
    void familyThatDnsDoesNotTellOfIsUnknown() throws Exception {
        dns.answers(
                "half.example",
                reply -> {
                    if (reply.getQuestion().getType() == org.xbill.DNS.Type.AAAA) {
                        reply.getHeader().setRcode(Rcode.SERVFAIL);
                    } else {
                        reply.addRecord(
                                new org.xbill.DNS.ARecord(
                                        FakeDns.name("half.example"),
                                        org.xbill.DNS.DClass.IN,
                                        60,
                                        providers.addressOf("enforced.example")),
                                org.xbill.DNS.Section.ANSWER);
                    }
                    return reply;
                });
        ProbeResult result = run(Inquiry.ofHost(options().ports("587"), "half.example"));
        assertEquals(
                List.of("- half.example 587 enforced", "- half.example 587 inconclusive"),
                told(result));
        assertTrue(
                result.ports()
                        .get(1)
                        .reason()
                        .startsWith("it is not known whether it has an IPv6 address: "),
                result.ports().get(1).reason());
    }

    @Test
    void domainsInAnyScriptAreAskedForInAscii() throws Exception {
        dns.has("_submission._tcp.xn--bcher-kva.example SRV 0 0 0 .");
        ProbeResult result = domain("Bücher.example");
        assertEquals("xn--bcher-kva.example", result.host());
        assertEquals(Verdict.NOT_OFFERED, result.ports().get(0).verdict());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "a b", "192.0.2.1", "::1", "a..b", "probe@isp.example", "\u001b[2J"})
    void whatIsNoDomainIsRefused(String text) {
        String message =
                assertThrows(
                                IllegalArgumentException.class,
                                () -> Inquiry.ofDomain(new ProbeOptions(), text))
                        .getMessage();
        assertTrue(message.contains("is no mail domain: give one such as isp.example"), message);
        assertTrue(message.chars().allMatch(c -> c >= 32), message);
    }

    @Test
    void domainThatIsTooLongForItsRecordsIsRefused() {
        String label = "x".repeat(60) + ".";
        String domain = label.repeat(4) + "example";
        assertEquals(domain, Inquiry.ofHost(new ProbeOptions(), domain).name());
        assertThrows(
                IllegalArgumentException.class, () -> Inquiry.ofDomain(new ProbeOptions(), domain));
    }

    @Test
    void whoInterruptsIsObeyedWhileDnsIsSilent() throws Exception {
        dns.answers("_submission._tcp.isp.example", reply -> null);
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> domain("isp.example"));
    }
}
