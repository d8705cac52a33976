package org.postern.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Servers, right and wrong, over real sockets and TLS, and what is said of them. */
@Timeout(120)
class VerdictTest extends NetworkTest {
    private PortResult of587(Mta mta) throws Exception {
        return network.with(587, mta).probe(587, Network.PATIENT);
    }

    private static void is(Verdict verdict, PortResult result) {
        assertEquals(verdict, result.verdict(), () -> TextReport.of("mx.example", result, true));
    }

    @Test
    void serverThatRefusesMailInClearForTlsAndWithinTlsForAuthenticationEnforces()
            throws Exception {
        PortResult result =
                of587(submission().inClear("MAIL", TLS_FIRST).withinTls("MAIL", AUTH_FIRST));
        is(Verdict.ENFORCED, result);
        assertEquals("TLSv1.3", result.tls().orElseThrow().version().orElseThrow());
        CertificateCheck certificate = result.tls().orElseThrow().certificate().orElseThrow();
        assertTrue(certificate.isValid());
        assertEquals(List.of("mx.example", "192.0.2.1"), certificate.names());
        assertEquals("CN=good", certificate.subject());
        assertEquals("CN=Test Authority", certificate.issuer());
        assertEquals(List.of("PLAIN", "LOGIN"), result.authWithinTls());
        assertEquals(List.of(), result.authBeforeTls());
        Reply mail = result.withinTls().orElseThrow().mail().orElseThrow();
        assertEquals(530, mail.code());
        assertEquals("5.7.0", mail.enhanced().orElseThrow().toString());
        assertEquals(List.of(), result.warnings());
        assertTrue(result.reason().contains("530 5.7.0 Authentication required"), result.reason());
    }

    @Test
    void mailThatIsRefusedForAuthenticationInClearTooIsEnforced() throws Exception {
        is(Verdict.ENFORCED, of587(submission().answers("MAIL", AUTH_FIRST)));
    }

    @Test
    void serverOf465IsAskedWithinTlsOnly() throws Exception {
        network.with(465, submissions().answers("MAIL", AUTH_FIRST));
        PortResult result = network.probe(465, Network.PATIENT);
        is(Verdict.ENFORCED, result);
        assertTrue(result.clear().isEmpty() && result.startTls().isEmpty());
        assertFalse(network.peer(465).heard().contains("STARTTLS"));
    }

    @Test
    void serverThatRefusesRecipientsEnforcesAtRcpt() throws Exception {
        PortResult result = of587(submission().answers("RCPT", NO_RELAY));
        is(Verdict.ENFORCED_AT_RCPT, result);
        assertEquals(554, result.withinTls().orElseThrow().rcpt().orElseThrow().code());
    }

    @Test
    void serverThatDoesNotRelayToAGuessedAddressEitherMayTakeMailForItsOwn() throws Exception {
        PortResult result = of587(submission().answers("RCPT", NO_RELAY));
        assertEquals(1, result.warnings().size(), result.warnings().toString());
        assertTrue(
                result.warnings()
                        .get(0)
                        .contains("postmaster@mx.example is one of its own is a guess"),
                result.warnings().toString());
        renew();
        assertTrue(result.isOwnUnseen());
        renew();
        PortResult denied = of587(submission().answers("RCPT", "554 5.7.1 Access denied"));
        assertEquals(
                List.of(
                        "whether it takes mail for its own without authentication was not seen, its address was"
                                + " guessed: give one of its own"),
                denied.warnings());
        assertTrue(denied.isOwnUnseen());
    }

    @Test
    void ownRecipientThatIsRefusedOtherwiseThanByNotRelayingIsNoGuess() throws Exception {
        PortResult result =
                of587(
                        submission()
                                .answers("RCPT", NO_RELAY)
                                .answers(
                                        "RCPT TO:<postmaster@mx.example>",
                                        "554 5.7.1 <postmaster@mx.example>: Recipient address rejected:"
                                                + " Access denied"));
        is(Verdict.ENFORCED_AT_RCPT, result);
        assertEquals(List.of(), result.warnings());
        assertFalse(result.isOwnUnseen());
    }

    @Test
    void ownRecipientThatWasGivenIsNoGuess() throws Exception {
        network.with(587, submission().answers("RCPT", AUTH_FIRST));
        ProbeRequest given = of(587).localRecipient("info@isp.example").build();
        PortResult result = network.probe().build().run(given, p -> {}).ports().get(0);
        is(Verdict.ENFORCED_AT_RCPT, result);
        assertEquals(List.of(), result.warnings());
        assertFalse(result.isOwnUnseen());
    }

    @Test
    void serverThatDemandsAuthenticationAtMailNeedsNoRecipient() throws Exception {
        PortResult result = of587(submission().answers("MAIL", AUTH_FIRST));
        assertFalse(result.isOwnUnseen());
        assertTrue(result.isRelayingRefused());
    }

    @Test
    void weakerOfBothAnswersCounts() throws Exception {
        is(
                Verdict.ENFORCED_AT_RCPT,
                of587(submission().inClear("RCPT", NO_RELAY).withinTls("MAIL", AUTH_FIRST)));
    }

    @Test
    void refusalToRelayAloneIsNoDemandOfAuthentication() throws Exception {
        Mta mta =
                submission()
                        .answers("RCPT", NO_RELAY)
                        .answers(
                                "RCPT TO:<postmaster@",
                                "550 5.1.1 User unknown in local recipient table");
        PortResult result = of587(mta);
        is(Verdict.INCONCLUSIVE, result);
        assertTrue(result.reason().contains("give an address of its own"), result.reason());
        renew();
        is(Verdict.TLS_REQUIRED_ONLY, of587(mta.inClear("MAIL", TLS_FIRST)));
    }

    @Test
    void refusalToRelayInClearBeforeADemandOfTlsIsADemandOfTls() throws Exception {
        is(
                Verdict.ENFORCED,
                of587(
                        submission()
                                .inClear("RCPT", NO_RELAY)
                                .inClear("RCPT TO:<postmaster@", TLS_FIRST)
                                .withinTls("MAIL", AUTH_FIRST)));
    }

    @Test
    void demandOfAuthenticationForElsewhereLeavesItsOwnOpen() throws Exception {
        PortResult result =
                of587(
                        submission()
                                .answers("RCPT", AUTH_FIRST)
                                .answers(
                                        "RCPT TO:<postmaster@",
                                        "550 5.1.1 User unknown in local recipient table"));
        is(Verdict.ENFORCED_AT_RCPT, result);
        assertTrue(
                result.warnings().get(0).contains("give an address of its own"),
                result.warnings().toString());
    }

    @Test
    void certificateThatIsForNoServerIsForTheHostAllTheSame() throws Exception {
        PortResult result = of587(submission(Authority.CLIENT).answers("MAIL", AUTH_FIRST));
        is(Verdict.ENFORCED, result);
        CertificateCheck check = result.tls().orElseThrow().certificate().orElseThrow();
        assertTrue(check.chainProblem().orElseThrow().contains("usage"), "not for a server");
        assertTrue(check.nameProblem().isEmpty(), check.nameProblem().toString());
    }

    @Test
    void hostThatNoCertificateCanBeForIsNotToldToBeAnother() throws Exception {
        network.with(587, submission().answers("MAIL", AUTH_FIRST));
        ProbeRequest underscored =
                ProbeRequest.of("mx_1.example").ports(List.of(587)).limits(Network.PATIENT).build();
        PortResult result = network.probe().build().run(underscored, p -> {}).ports().get(0);
        CertificateCheck check = result.tls().orElseThrow().certificate().orElseThrow();
        assertTrue(
                check.nameProblem().orElse("none").startsWith("not one that can be told to be for"),
                check.nameProblem().toString());
    }

    @Test
    void passwordsThatAreTakenInClearAreToldEvenIfAuthenticationIsEnforced() throws Exception {
        PortResult result =
                of587(submission().offers("AUTH LOGIN CRAM-MD5").answers("MAIL", AUTH_FIRST));
        is(Verdict.AUTH_IN_CLEAR, result);
        assertEquals(List.of("LOGIN", "CRAM-MD5"), result.authBeforeTls());
    }

    @Test
    void legacyOfferIsAnOfferToo() throws Exception {
        PortResult result =
                of587(submission().offers("AUTH=PLAIN LOGIN").answers("MAIL", AUTH_FIRST));
        is(Verdict.AUTH_IN_CLEAR, result);
        assertTrue(result.warnings().get(0).contains("AUTH="), result.warnings().toString());
    }

    @Test
    void challengesInClearGiveNoPasswordAway() throws Exception {
        is(
                Verdict.ENFORCED,
                of587(submission().offers("AUTH CRAM-MD5").answers("MAIL", AUTH_FIRST)));
    }

    @Test
    void serverThatDemandsTlsAndOffersNoneRequiresTlsOnly() throws Exception {
        is(Verdict.TLS_REQUIRED_ONLY, of587(new Mta().answers("MAIL", TLS_FIRST)));
    }

    @Test
    void demandOfTlsIsNoDemandOfAuthentication() throws Exception {
        is(
                Verdict.TLS_REQUIRED_ONLY,
                of587(
                        submission()
                                .inClear("MAIL", TLS_FIRST)
                                .withinTls("RCPT", "550 5.1.2 no such domain")));
    }

    @Test
    void openRelayIsSuspected() throws Exception {
        PortResult result = of587(submission());
        is(Verdict.RELAY_SUSPECTED, result);
        assertTrue(network.peer(587).heard().contains("RCPT TO:<" + ProbeRequest.NOBODY + ">"));
        assertTrue(network.peer(587).heard().contains("RSET"));
        assertEquals("QUIT", network.peer(587).heard().get(network.peer(587).heard().size() - 1));
    }

    @Test
    void relayInClearOnlyIsSuspectedWhateverIsSaidWithinTls() throws Exception {
        is(Verdict.RELAY_SUSPECTED, of587(submission().withinTls("MAIL", AUTH_FIRST)));
    }

    @Test
    void relayBehindTlsOnlyIsSuspected() throws Exception {
        is(Verdict.RELAY_SUSPECTED, of587(submission().inClear("MAIL", TLS_FIRST)));
    }

    @Test
    void relayStaysSuspectedIfTheConnectionBreaksLater() throws Exception {
        is(Verdict.RELAY_SUSPECTED, of587(submission().inClear("RSET", Mta.HANG_UP)));
    }

    @Test
    void serverThatTakesMailForItsOwnIsNoRelayButUnauthenticated() throws Exception {
        PortResult result =
                of587(
                        submission()
                                .answers("RCPT", NO_RELAY)
                                .answers("RCPT TO:<postmaster@", "250 2.1.5 Ok"));
        is(Verdict.LOCAL_UNAUTH, result);
        assertFalse(result.reason().contains("mail exchanger"));
    }

    @Test
    void mailExchangerTakesMailForItsOwnAndThatIsSaid() throws Exception {
        network.with(
                25,
                new Mta()
                        .tls(certificate(Authority.GOOD))
                        .answers("RCPT", NO_RELAY)
                        .answers("RCPT TO:<postmaster@", "250 2.1.5 Ok"));
        ProbeResult result = network.probe().build().run(of(25).build(), p -> {});
        is(Verdict.LOCAL_UNAUTH, result.ports().get(0));
        assertTrue(result.ports().get(0).reason().contains("mail exchanger has to"));
        assertEquals(Verdict.Kind.NOBODY, result.summary(), "it takes no submissions");
        assertEquals(List.of(), result.ports().get(0).warnings());
        assertTrue(result.ports().get(0).isRelayingRefused());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "451 4.3.0 later | false",
                "550 5.1.2 Domain not found | false",
                "550 no | false",
                "550 5.1.2 Domain not found | true",
                "550 5.7.1 On a block list | true",
            })
    void mailExchangerThatRefusesElsewhereForAnotherReasonMayRelay(String answer, boolean given)
            throws Exception {
        network.with(
                25,
                new Mta()
                        .tls(certificate(Authority.GOOD))
                        .inClear("RCPT", NO_RELAY)
                        .withinTls("RCPT", answer)
                        .answers("RCPT TO:<postmaster@", "250 2.1.5 Ok"));
        ProbeRequest.Builder request = of(25);
        if (given) {
            request.recipient("probe@elsewhere.example");
        }
        ProbeResult result = network.probe().build().run(request.build(), p -> {});
        PortResult port = result.ports().get(0);
        is(Verdict.LOCAL_UNAUTH, port);
        boolean seen = given && answer.contains("5.1.2");
        assertEquals(seen, port.isRelayingRefused());
        assertEquals(seen ? Verdict.Kind.NOBODY : Verdict.Kind.UNKNOWN, result.summary());
        assertEquals(!seen, port.reason().contains("that it does not relay was not seen"));
        assertEquals(!seen, port.reason().contains(answer), port.reason());
    }

    @Test
    void mailExchangerThatBreaksOffMayRelay() throws Exception {
        network.with(
                25,
                new Mta()
                        .tls(certificate(Authority.GOOD))
                        .answers("RCPT", NO_RELAY)
                        .answers("RCPT TO:<postmaster@", "250 2.1.5 Ok")
                        .inClear("STARTTLS", Mta.HANG_UP));
        ProbeResult result = network.probe().build().run(of(25).build(), p -> {});
        is(Verdict.LOCAL_UNAUTH, result.ports().get(0));
        assertFalse(result.ports().get(0).isRelayingRefused());
        assertEquals(Verdict.Kind.UNKNOWN, result.summary());
        assertTrue(result.ports().get(0).reason().contains("closed the connection"));
    }

    @Test
    void passwordsInClearAreWrongOnAMailExchangerToo() {
        Findings findings = new Findings(25);
        findings.passwordsInClear();
        findings.clear(
                new Trial(
                        false,
                        new Reply(250, List.of("2.1.0 Ok")),
                        new Reply(554, List.of("5.7.1 Relay access denied")),
                        new Reply(250, List.of("2.1.5 Ok"))));
        assertEquals(Verdict.AUTH_IN_CLEAR, findings.conclude().verdict);
    }

    @Test
    void portThatNobodyListensOnIsClosed() throws Exception {
        is(Verdict.CLOSED, network.probe(587, Network.PATIENT));
    }

    @Test
    void serverWithoutTlsIsJudgedByWhatItSaysInClear() throws Exception {
        PortResult result = of587(new Mta().answers("MAIL", AUTH_FIRST));
        is(Verdict.ENFORCED, result);
        assertTrue(result.warnings().get(0).contains("STARTTLS is not offered"));
    }

    @Test
    void serverThatKnowsHeloOnlyIsJudged() throws Exception {
        is(
                Verdict.ENFORCED_AT_RCPT,
                of587(new Mta().answers("EHLO", "502 5.5.1 no").answers("RCPT", NO_RELAY)));
        assertTrue(network.peer(587).heard().get(1).startsWith("HELO ["));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "MAIL | 450 4.7.1 try later",
                "MAIL | 451 4.3.0 out of order",
                "MAIL | 421 4.7.0 too many",
                "RCPT | 450 4.7.1 greylisted",
                "RCPT | 421 4.7.0 go away",
                "MAIL | 550 5.7.1 Service unavailable; client [192.0.2.9] blocked using zen.spamhaus.org",
                "RCPT | 554 5.7.1 Service unavailable; Client host [192.0.2.9] blocked using bl.spamcop.net",
                "RCPT | 550 go away",
                "EHLO | 554 5.7.1 go away",
            })
    void refusalThatSaysNothingOfAuthenticationIsInconclusive(String command, String answer)
            throws Exception {
        PortResult result =
                of587(submission().answers(command, answer).answers("HELO", "554 5.7.1 go away"));
        is(Verdict.INCONCLUSIVE, result);
        assertTrue(result.reason().contains(answer.substring(0, 3)), result.reason());
    }

    @Test
    void demandOfAuthenticationForItsOwnCountsIfElsewhereWasRefusedForGoodOnly() throws Exception {
        is(
                Verdict.ENFORCED_AT_RCPT,
                of587(
                        submission()
                                .answers("RCPT", "550 5.1.2 no such domain")
                                .answers("RCPT TO:<postmaster@", AUTH_FIRST)));
        is(
                Verdict.INCONCLUSIVE,
                of587(
                        submission()
                                .answers("RCPT", "451 4.3.0 later")
                                .answers("RCPT TO:<postmaster@", AUTH_FIRST)));
    }

    @Test
    void greylistingOfItsOwnRecipientsIsInconclusive() throws Exception {
        is(
                Verdict.INCONCLUSIVE,
                of587(
                        submission()
                                .answers("RCPT", NO_RELAY)
                                .answers("RCPT TO:<postmaster@", "450 4.2.0 Greylisted")));
    }

    @ParameterizedTest
    @CsvSource({"554 5.7.1 no", "421 4.3.2 shutting down"})
    void serverThatGreetsWithARefusalIsInconclusive(String greeting) throws Exception {
        is(Verdict.INCONCLUSIVE, of587(submission().greets(greeting)));
    }

    @Test
    void greetingOfSeveralLinesIsWaitedFor() throws Exception {
        Mta mta = submission().answers("MAIL", AUTH_FIRST);
        network.with(
                587,
                line -> {
                    for (int i = 0; i < 5; i++) {
                        line.say("220-please wait " + i);
                        Thread.sleep(20);
                    }
                    mta.to(line);
                });
        PortResult result = network.probe(587, Network.PATIENT);
        is(Verdict.ENFORCED, result);
        assertEquals(6, result.greeting().orElseThrow().lines().size());
    }

    @Test
    void middleboxThatMasksIsTold() throws Exception {
        PortResult result =
                of587(new Mta().offers("SIZE 1000", "XXXXXXXA").answers("MAIL", AUTH_FIRST));
        assertTrue(result.warnings().get(0).contains("masks"), result.warnings().toString());
        is(Verdict.INCONCLUSIVE, result);
        assertTrue(result.reason().contains("probe from elsewhere"), result.reason());
        assertTrue(result.reason().contains(AUTH_FIRST), result.reason());
        renew();
        is(Verdict.INCONCLUSIVE, of587(new Mta().offers("XXXXXXXA").answers("MAIL", TLS_FIRST)));
        renew();
        PortResult clear =
                of587(new Mta().offers("XXXXXXXA", "AUTH PLAIN").answers("MAIL", AUTH_FIRST));
        is(Verdict.AUTH_IN_CLEAR, clear);
        assertFalse(clear.demandsAuthentication(), "within TLS it was not seen");
        renew();
        PortResult other = of587(submission().offers("XXXXXXXA").answers("MAIL", AUTH_FIRST));
        is(Verdict.ENFORCED, other);
    }

    @Test
    void mailExchangerWhoseStartTlsIsMaskedMayRelayBehindIt() throws Exception {
        network.with(
                25,
                new Mta()
                        .offers("XXXXXXXA")
                        .answers("RCPT", NO_RELAY)
                        .answers("RCPT TO:<postmaster@", "250 2.1.5 Ok"));
        ProbeResult result = network.probe().build().run(of(25).build(), p -> {});
        is(Verdict.LOCAL_UNAUTH, result.ports().get(0));
        assertEquals(Verdict.Kind.UNKNOWN, result.summary());
        assertTrue(result.ports().get(0).reason().contains("masks"));
    }

    @Test
    void refusalByAPolicyWithoutANameIsInconclusive() throws Exception {
        PortResult result = of587(submission().answers("RCPT", "550 5.7.1 Denied"));
        is(Verdict.INCONCLUSIVE, result);
        assertTrue(result.reason().contains("a policy that it does not name"), result.reason());
        renew();
        is(
                Verdict.INCONCLUSIVE,
                of587(
                        submission()
                                .answers("RCPT", NO_RELAY)
                                .answers("RCPT TO:<postmaster@", "550 5.7.1 Denied")));
    }

    @ParameterizedTest
    @CsvSource({"454 4.7.0 TLS not available", "500 5.5.1 what?"})
    void tlsThatIsOfferedAndRefusedIsAFailureOfTls(String answer) throws Exception {
        is(
                Verdict.TLS_FAILURE,
                of587(submission().answers("MAIL", AUTH_FIRST).answers("STARTTLS", answer)));
    }

    @Test
    void certificateThatExpiredIsToldBesideTheVerdict() throws Exception {
        PortResult result = of587(submission(Authority.EXPIRED).answers("MAIL", AUTH_FIRST));
        is(Verdict.ENFORCED, result);
        CertificateCheck check = result.tls().orElseThrow().certificate().orElseThrow();
        assertTrue(check.chainProblem().orElseThrow().startsWith("expired on "));
        assertTrue(check.nameProblem().isEmpty(), check.nameProblem().toString());
        assertTrue(result.warnings().get(0).contains("expired on"), result.warnings().toString());
    }

    @Test
    void certificateOfAnotherHostIsToldBesideTheVerdict() throws Exception {
        PortResult result = of587(submission(Authority.OTHER).answers("MAIL", AUTH_FIRST));
        is(Verdict.ENFORCED, result);
        CertificateCheck check = result.tls().orElseThrow().certificate().orElseThrow();
        assertTrue(check.chainProblem().isEmpty(), check.chainProblem().toString());
        assertTrue(check.nameProblem().orElseThrow().startsWith("not for mx.example: "));
        assertFalse(check.isValid());
    }

    @Test
    void certificateThatSignedItselfIsToldBesideTheVerdict() throws Exception {
        PortResult result = of587(submission(Authority.SELF).answers("MAIL", AUTH_FIRST));
        is(Verdict.ENFORCED, result);
        CertificateCheck check = result.tls().orElseThrow().certificate().orElseThrow();
        assertEquals("self-signed, and not trusted here", check.chainProblem().orElseThrow());
        assertTrue(check.nameProblem().isEmpty());
    }

    @Test
    void serverThatOffersNoAuthenticationWithinTlsIsTold() throws Exception {
        PortResult result =
                of587(new Mta().tls(certificate(Authority.GOOD)).answers("MAIL", AUTH_FIRST));
        is(Verdict.ENFORCED, result);
        assertTrue(result.warnings().get(0).contains("AUTH is not offered within TLS"));
    }

    @Test
    void addressesThatWereGivenAreTried() throws Exception {
        network.with(587, submission().answers("RCPT", NO_RELAY));
        network.probe()
                .build()
                .run(
                        of(587).sender("me@isp.example")
                                .recipient("test@elsewhere.example")
                                .localRecipient("info@mx.example")
                                .build(),
                        p -> {});
        List<String> heard = network.peer(587).heard();
        assertTrue(heard.contains("MAIL FROM:<me@isp.example>"), heard.toString());
        assertTrue(heard.contains("RCPT TO:<test@elsewhere.example>"), heard.toString());
        assertTrue(heard.contains("RCPT TO:<info@mx.example>"), heard.toString());
    }

    @Test
    void ownDomainIsFoundByTheNameInTheGreeting() throws Exception {
        PortResult result =
                of587(
                        submission()
                                .greets("220 smtp.isp.example ESMTP")
                                .answers("RCPT", NO_RELAY)
                                .answers("RCPT TO:<postmaster@isp.example>", "250 2.1.5 Ok"));
        is(Verdict.LOCAL_UNAUTH, result);
        List<String> tried =
                network.peer(587).heard().stream()
                        .filter(said -> said.startsWith("RCPT"))
                        .collect(Collectors.toList());
        assertEquals("RCPT TO:<postmaster@isp.example>", tried.get(tried.size() - 1));
    }

    @Test
    void ownRecipientThatIsUnknownWeighsMoreThanOnesThatAreNotItsOwn() throws Exception {
        PortResult result =
                of587(
                        submission()
                                .greets("220 smtp.isp.example ESMTP")
                                .answers("RCPT", NO_RELAY)
                                .answers(
                                        "RCPT TO:<postmaster@smtp.isp.example>",
                                        "550 5.1.1 User unknown"));
        is(Verdict.INCONCLUSIVE, result);
        assertTrue(result.reason().contains("5.1.1 User unknown"), result.reason());
    }
}
