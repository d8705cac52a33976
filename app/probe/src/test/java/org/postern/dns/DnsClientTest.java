package org.postern.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.postern.probe.Lookup;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.MXRecord;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Questions to a server over real UDP and TCP. */
@Timeout(120)
class DnsClientTest {
    private static final Duration PATIENT = Duration.ofSeconds(60);
    private static final Duration HASTY = Duration.ofMillis(200);

    private FakeDns dns;

    @BeforeEach
    void open() throws IOException {
        dns = new FakeDns();
    }

    @AfterEach
    void close() throws IOException {
        dns.close();
    }

    private static InetSocketAddress nobody() throws IOException {
        try (ServerSocket soonClosed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return (InetSocketAddress) soonClosed.getLocalSocketAddress();
        }
    }

    private Answer ask(String name, int type) {
        return DnsClient.of(List.of(dns.address()), PATIENT, PATIENT).ask(FakeDns.name(name), type);
    }

    private static String told(Answer answer) {
        assertEquals(answer.outcome().isAnswer(), answer.lookup().reason().isEmpty());
        return answer.outcome().text();
    }

    @Test
    void recordsAreTheEvidence() {
        dns.has("isp.example MX 10 mx1.isp.example.", "isp.example MX 20 mx2.isp.example.");
        Answer answer = ask("isp.example", Type.MX);
        assertEquals("records", told(answer));
        assertEquals(2, answer.records(MXRecord.class).size());
        Lookup lookup = answer.lookup();
        assertEquals("isp.example", lookup.name());
        assertEquals("MX", lookup.type());
        assertEquals(dns.server(), lookup.server());
        assertEquals(
                List.of(
                        "isp.example. MX 10 mx1.isp.example.",
                        "isp.example. MX 20 mx2.isp.example."),
                lookup.records());
    }

    @Test
    void noSuchNameIsToldFromNoSuchRecordAndBothFromNoAnswer() {
        dns.has("isp.example A 192.0.2.1")
                .fails("servfail.example", Rcode.SERVFAIL)
                .fails("refused.example", Rcode.REFUSED)
                .answers("silent.example", reply -> null);
        assertEquals("no-such-name", told(ask("none.example", Type.MX)));
        assertEquals("no-records", told(ask("isp.example", Type.MX)));
        Answer failed = ask("servfail.example", Type.MX);
        assertEquals("failure", told(failed));
        assertEquals(dns.server() + ": SERVFAIL", failed.failure());
        assertTrue(ask("refused.example", Type.MX).failure().endsWith("REFUSED"));
        Answer silent =
                DnsClient.of(List.of(dns.address()), HASTY, HASTY.multipliedBy(2))
                        .ask(FakeDns.name("silent.example"), Type.MX);
        assertEquals("no-answer", told(silent));
        assertTrue(
                silent.failure().startsWith("no answer of DNS (" + dns.server()), silent.failure());
    }

    @Test
    void serverThatIsNotThereIsNoAnswer() throws IOException {
        Answer answer =
                DnsClient.of(List.of(nobody()), PATIENT, PATIENT)
                        .ask(FakeDns.name("isp.example"), Type.MX);
        assertEquals("no-answer", told(answer));
        assertEquals(
                "this machine has no DNS server",
                DnsClient.of(List.of(), PATIENT, PATIENT)
                        .ask(FakeDns.name("isp.example"), Type.MX)
                        .lookup()
                        .reason());
    }

    @Test
    void anotherServerIsAskedIfOneDoesNotTell() throws IOException {
        dns.has("isp.example MX 10 mx1.isp.example.");
        try (FakeDns failing = new FakeDns().fails("isp.example", Rcode.SERVFAIL)) {
            Answer answer =
                    DnsClient.of(
                                    List.of(nobody(), failing.address(), dns.address()),
                                    PATIENT,
                                    PATIENT)
                            .ask(FakeDns.name("isp.example"), Type.MX);
            assertEquals("records", told(answer));
            assertEquals(dns.server(), answer.lookup().server());
            assertEquals(1, failing.asked.size(), "who cannot tell is not asked again");
        }
    }

    @Test
    void serverThatCannotTellIsToldOfWhateverTheOthersDo() throws IOException {
        dns.fails("isp.example", Rcode.SERVFAIL);
        try (FakeDns silent = new FakeDns().answers("isp.example", reply -> null)) {
            Answer answer =
                    DnsClient.of(
                                    List.of(dns.address(), silent.address()),
                                    HASTY,
                                    HASTY.multipliedBy(20))
                            .ask(FakeDns.name("isp.example"), Type.MX);
            assertEquals("failure", told(answer));
            assertEquals(dns.server() + ": SERVFAIL", answer.failure());
            assertEquals(1, dns.asked.size());
            assertEquals(2, silent.asked.size(), "who was silent is asked twice");
        }
    }

    @Test
    void aliasesAreFollowedAndShown() {
        dns.has(
                "_submission._tcp.isp.example CNAME srv.host.example.",
                "srv.host.example SRV 0 1 587 smtp.host.example.",
                "dangling.example CNAME nothing.example.",
                "empty.example CNAME srv.host.example.",
                "abroad.example CNAME elsewhere.test.");
        Answer answer = ask("_submission._tcp.isp.example", Type.SRV);
        assertEquals("records", told(answer));
        assertEquals(
                List.of(
                        "_submission._tcp.isp.example. CNAME srv.host.example.",
                        "srv.host.example. SRV 0 1 587 smtp.host.example."),
                answer.lookup().records());
        assertEquals("no-such-name", told(ask("dangling.example", Type.SRV)));
        assertEquals("no-records", told(ask("empty.example", Type.MX)));
        assertEquals("failure", told(ask("abroad.example", Type.MX)), "that is not known here");
    }

    @Test
    void aliasesInACircleEnd() {
        dns.has("a.example CNAME b.example.", "b.example CNAME a.example.");
        dns.has("self.example CNAME self.example.");
        for (int i = 0; i < 50; i++) {
            dns.has("c" + i + ".example CNAME c" + (i + 1) + ".example.");
        }
        for (String name : List.of("a.example", "self.example", "c0.example")) {
            Answer answer = ask(name, Type.SRV);
            assertEquals("failure", told(answer), name);
            assertTrue(answer.failure().contains("circle"), answer.failure());
        }
        assertTrue(dns.asked.size() < 25, dns.asked.toString());
    }

    @Test
    void truncatedAnswerIsAskedForOverTcpAndCounted() {
        for (int i = 0; i < 1000; i++) {
            dns.has("_submission._tcp.isp.example SRV " + i + " 1 587 smtp" + i + ".isp.example.");
        }
        Answer answer = ask("_submission._tcp.isp.example", Type.SRV);
        assertEquals("records", told(answer));
        assertEquals(1000, answer.records(SRVRecord.class).size());
        assertEquals(20, answer.lookup().records().size());
        assertEquals(980, answer.lookup().more());
        assertEquals(
                List.of("udp", "tcp"),
                dns.asked.stream().map(a -> a.substring(0, 3)).collect(Collectors.toList()));
    }

    @Test
    void serverThatSendsByteByByteDoesNotHoldAnybodyUp() {
        // 65,535 bytes at this pace would take 20 minutes
        dns.trickles = true;
        dns.answers(
                "isp.example",
                reply -> {
                    reply.getHeader().setFlag(Flags.TC);
                    return reply;
                });
        Answer answer =
                DnsClient.of(List.of(dns.address()), Duration.ofSeconds(1), Duration.ofSeconds(1))
                        .ask(FakeDns.name("isp.example"), Type.SRV);
        assertEquals("no-answer", told(answer));
        assertTrue(dns.asked.stream().anyMatch(a -> a.startsWith("tcp")), dns.asked.toString());
    }

    @Test
    void referralIsNoAnswerSoIsWhatMakesNoSense() {
        dns.answers(
                "elsewhere.example",
                reply -> {
                    reply.getHeader().unsetFlag(Flags.AA);
                    reply.addRecord(
                            new NSRecord(
                                    FakeDns.name("elsewhere.example"),
                                    DClass.IN,
                                    60,
                                    FakeDns.name("ns.example")),
                            Section.AUTHORITY);
                    return reply;
                });
        Answer referral = ask("elsewhere.example", Type.SRV);
        assertEquals("failure", told(referral));
        assertTrue(referral.failure().contains("refers to other servers"), referral.failure());
        dns.answers(
                "other.example",
                reply -> {
                    reply.removeAllRecords(Section.QUESTION);
                    return reply;
                });
        assertEquals("failure", told(ask("other.example", Type.SRV)));
    }

    @Test
    void recordsThatWereNotAskedForAreNotBelieved() {
        dns.answers(
                "isp.example",
                reply -> {
                    reply.addRecord(
                            new ARecord(
                                    FakeDns.name("bank.example"),
                                    DClass.IN,
                                    60,
                                    InetAddress.getLoopbackAddress()),
                            Section.ANSWER);
                    return reply;
                });
        Answer answer = ask("isp.example", Type.A);
        assertEquals("no-records", told(answer));
        assertEquals(List.of(), answer.lookup().records());
    }

    @Test
    void namesThatATerminalWouldObeyAreSpeltOut() {
        dns.has("isp.example MX 10 \\027[2J\\000\\226\\128\\174.isp.example.");
        Lookup lookup = ask("isp.example", Type.MX).lookup();
        assertEquals(
                List.of("isp.example. MX 10 \\027[2J\\000\\226\\128\\174.isp.example."),
                lookup.records());
    }

    @Test
    void datagramsThatAreNotTheAnswerAreWaitedPast() {
        // the id of another question: dropped, and the time goes on
        dns.answers(
                "isp.example",
                reply -> {
                    reply.getHeader().setID(reply.getHeader().getID() ^ 1);
                    return reply;
                });
        Answer answer =
                DnsClient.of(List.of(dns.address()), HASTY, HASTY.multipliedBy(2))
                        .ask(FakeDns.name("isp.example"), Type.A);
        assertEquals("no-answer", told(answer));
    }
}
