package org.postern.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers that are open, or that nothing was seen of, and get a sound verdict. */
@Timeout(120)
class HostileVerdictTest extends NetworkTest {
    /**
     * Postfix, reject_unauthenticated_sender_login_mismatch: only addresses that have an owner want
     * a login. For all others, the null sender too, this server is an open relay.
     */
    @Test
    void openRelayThatGuardsOnlyTheSendersThatHaveAnOwnerIsNotEnforced() throws Exception {
        String owned = "553 5.7.1 <me@isp.example>: Sender address rejected: not logged in";
        Peer.Play postfix =
                line -> {
                    line.say("220 mx.example ESMTP Postfix");
                    boolean mine = false;
                    for (String said = line.hear(); said != null; said = line.hear()) {
                        mine = said.startsWith("MAIL") ? said.contains("me@isp") : mine;
                        line.say(
                                said.startsWith("RCPT") && mine
                                        ? owned
                                        : said.equals("QUIT") ? "221 bye" : "250 2.1.0 Ok");
                    }
                };
        network.with(587, postfix);
        assertEquals(
                Verdict.RELAY_SUSPECTED, network.probe(587, Network.PATIENT).verdict(), "it is");
        renew();
        network.with(587, postfix);
        PortResult result =
                network.probe()
                        .build()
                        .run(
                                ProbeRequest.of("mx.example")
                                        .ports(List.of(587))
                                        .limits(Network.PATIENT)
                                        .sender("me@isp.example")
                                        .build(),
                                p -> {})
                        .ports()
                        .get(0);
        assertNotEquals(Verdict.Kind.SOUND, result.verdict().kind(), result.reason());
    }

    /** Refusals of where the client is, by open servers: they say nothing of authentication. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                // Gmail, to dial-up addresses
                "550 5.7.1 [192.0.2.9] The IP you're using to send mail is not authorized to send email"
                        + " directly to our servers. Please use the SMTP relay at your service provider"
                        + " instead.",
                "550 5.7.1 Residential address, use the relay of your provider",
                "550 5.7.1 No rDNS, fix it",
                "554 5.7.1 Mail from 192.0.2.9 is not accepted here: spam source",
                "554 5.7.1 Mail from your country is not accepted",
                "550 5.7.1 Connections from this range are refused",
                "550 5.7.1 Rejected by geographic policy",
                "553 5.7.2 [TSS09] All messages from 192.0.2.9 will be permanently deferred; Retrying"
                        + " will NOT succeed",
            })
    void refusalOfTheSourceIsNoDemandOfAuthentication(String refusal) throws Exception {
        network.with(587, submission().answers("RCPT", refusal));
        PortResult result = network.probe(587, Network.PATIENT);
        assertNotEquals(Verdict.Kind.SOUND, result.verdict().kind(), result.reason());
    }

    /** Of senders' domains, or that there is none. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "550 Sender authentication failed: the domain has no policy",
                "550 5.7.1 Sender domain failed authentication",
                "550 5.7.23 The message was rejected because of failed sender policy authentication",
                "550 5.1.2 smtp-auth-03: no such domain",
                "530 5.1.2 Host unknown",
                "550 5.1.1 no such login",
                "550 5.1.1 No such user here (authentication is not needed)",
            })
    void refusalThatOnlyHasTheWordOfItIsNoDemandOfAuthentication(String refusal) throws Exception {
        network.with(587, submission().answers("RCPT", refusal));
        PortResult result = network.probe(587, Network.PATIENT);
        assertNotEquals(Verdict.Kind.SOUND, result.verdict().kind(), result.reason());
    }

    /**
     * hMailServer, MDaemon and others say so of every recipient that is none of their own; mail for
     * isp.example they take from anybody. The guess is postmaster@mx.example, none of its own.
     */
    @Test
    void serverThatDemandsAuthenticationOfStrangersOnlyIsToldToBeAGuess() throws Exception {
        network.with(
                587,
                submission()
                        .answers("RCPT", "530 SMTP authentication is required.")
                        .withinTls("RCPT TO:<info@isp.example>", "250 Ok")
                        .inClear("RCPT TO:<info@isp.example>", "250 Ok"));
        PortResult result = network.probe(587, Network.PATIENT);
        assertFalse(
                result.verdict().kind() == Verdict.Kind.SOUND && result.warnings().isEmpty(),
                "sound without a word, though it takes mail for info@isp.example from anybody");
    }

    /** Of what is behind STARTTLS nothing was seen, and clients that come otherwise see it. */
    @Test
    void serverWhoseStartTlsIsMaskedIsNotJudgedByWhatItSaysInClear() throws Exception {
        network.with(587, new Mta().offers("SIZE 1000", "XXXXXXXA").inClear("MAIL", AUTH_FIRST));
        PortResult result = network.probe(587, Network.PATIENT);
        assertNotEquals(Verdict.Kind.SOUND, result.verdict().kind(), result.reason());
    }

    /**
     * Postfix, reject_unknown_recipient_domain: 450 of "elsewhere.invalid"; it relays elsewhere.
     */
    @Test
    void mailExchangerWhoseRelayingWasNotSeenIsNotSaidToBeAsItHasToBe() throws Exception {
        network.with(
                25,
                new Mta()
                        .answers(
                                "RCPT",
                                "450 4.1.2 <postern-probe@elsewhere.invalid>: Recipient address"
                                        + " rejected: Domain not found")
                        .answers("RCPT TO:<postmaster@", "250 2.1.5 Ok"));
        ProbeResult result =
                network.probe()
                        .build()
                        .run(
                                ProbeRequest.of("mx.example")
                                        .ports(List.of(25))
                                        .limits(Network.PATIENT)
                                        .build(),
                                p -> {});
        assertEquals(
                Verdict.Kind.UNKNOWN,
                result.summary(),
                "whether it relays was not seen: " + result.ports().get(0).reason());
    }
}
