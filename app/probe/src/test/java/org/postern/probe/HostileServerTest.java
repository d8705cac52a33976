package org.postern.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Servers that mean harm, or are broken, end in a verdict: a hang is a timeout of the test. */
@Timeout(120)
class HostileServerTest extends NetworkTest {
    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private PortResult is(Verdict verdict, int port, Peer.Play play) throws Exception {
        return is(verdict, port, Network.PATIENT, play);
    }

    private PortResult is(Verdict verdict, int port, ProbeLimits limits, Peer.Play play)
            throws Exception {
        PortResult result = network.with(port, play).probe(port, limits);
        assertEquals(verdict, result.verdict(), () -> TextReport.of("mx.example", result, true));
        assertFalse(result.reason().isEmpty());
        String shown = TextReport.of("mx.example", result, true) + JsonReport.of(one(result), true);
        assertTrue(
                shown.codePoints().noneMatch(c -> c != '\n' && Character.isISOControl(c)), shown);
        return result;
    }

    private static ProbeResult one(PortResult result) {
        return new ProbeResult("mx.example", result.at(), List.of(result), List.of(), List.of());
    }

    /** Greets, answers EHLO with STARTTLS, refuses MAIL, and goes on as a test wants. */
    private static Peer.Play afterStartTls(Peer.Play then) {
        return line -> {
            line.say("220 mx.example");
            for (String said = line.hear(); said != null; said = line.hear()) {
                if (said.startsWith("EHLO")) {
                    line.say("250-mx.example", "250 STARTTLS");
                } else if (said.equals("STARTTLS")) {
                    then.to(line);
                    return;
                } else {
                    line.say(AUTH_FIRST);
                }
            }
        };
    }

    @Test
    void silenceIsNoBanner() throws Exception {
        is(Verdict.NO_BANNER, 587, Network.HASTY_FOR_GREETING, Peer.Line::wait4Ever);
    }

    @Test
    void closingAtOnceIsNoBanner() throws Exception {
        PortResult result = is(Verdict.NO_BANNER, 587, line -> {});
        assertTrue(result.reason().contains("closed the connection"), result.reason());
    }

    @Test
    void resettingAtOnceIsNoBanner() throws Exception {
        is(Verdict.NO_BANNER, 587, Peer.Line::reset);
    }

    @Test
    void tarpitDoesNotHoldTheProbe() throws Exception {
        PortResult result =
                is(
                        Verdict.NO_BANNER,
                        587,
                        Network.HASTY_FOR_GREETING,
                        line -> line.trickle(bytes("220-come in and wait\r\n")));
        assertTrue(result.reason().contains("no complete answer within 400 ms"), result.reason());
        assertTrue(
                result.transcript().entries().stream()
                        .anyMatch(e -> e.speaker() == Transcript.Speaker.SERVER),
                "what came of it is in the transcript");
    }

    @Test
    void tarpitInTheDialogueIsInconclusive() throws Exception {
        is(
                Verdict.INCONCLUSIVE,
                587,
                Network.HASTY_FOR_REPLY,
                line -> {
                    line.say("220 mx.example");
                    line.hear();
                    line.trickle(bytes("250-X\r\n"));
                });
    }

    @Test
    void connectionAsAWholeIsBounded() throws Exception {
        // no step takes too long, but the whole
        ProbeLimits limits =
                new ProbeLimits(
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(60),
                        Duration.ofMillis(500),
                        Duration.ZERO,
                        1 << 20);
        network.with(587, line -> line.trickle(bytes("220-x\r\n")));
        PortResult result = network.probe(587, limits);
        assertEquals(Verdict.NO_BANNER, result.verdict());
        assertTrue(result.reason().contains("ended after 500 ms"), result.reason());
    }

    @Test
    void endlessLineIsInconclusive() throws Exception {
        PortResult result =
                is(Verdict.INCONCLUSIVE, 587, line -> line.flood(bytes("220 " + "a".repeat(1000))));
        assertTrue(result.reason().contains("more than 2048 bytes"), result.reason());
    }

    @Test
    void endlessReplyIsInconclusive() throws Exception {
        PortResult result = is(Verdict.INCONCLUSIVE, 587, line -> line.flood(bytes("220-a\r\n")));
        assertTrue(result.reason().contains("more than 128 lines"), result.reason());
    }

    @Test
    void allThatIsSentIsBounded() throws Exception {
        String huge = ("250-" + "a".repeat(2000) + "\r\n").repeat(120) + "250 a\r\n";
        PortResult result =
                is(
                        Verdict.INCONCLUSIVE,
                        587,
                        line -> {
                            line.say("220 mx.example");
                            while (line.hear() != null) {
                                line.send(bytes(huge));
                            }
                        });
        assertTrue(result.reason().contains("more than 262144 bytes"), result.reason());
    }

    @Test
    void garbageIsInconclusive() throws Exception {
        byte[] garbage = new byte[3000];
        new Random(1).nextBytes(garbage);
        is(Verdict.INCONCLUSIVE, 587, line -> line.send(garbage));
    }

    @Test
    void nulsAreShownAndHarmNobody() throws Exception {
        PortResult result = is(Verdict.INCONCLUSIVE, 587, line -> line.send(bytes("\0\0\0\r\n\0")));
        assertTrue(result.reason().contains("\\x00\\x00\\x00"), result.reason());
        network.with(
                25,
                new Mta()
                        .greets("220 a\0b\u001b[2J\u202e")
                        .answers("MAIL", "530 5.7.0 \0Authentication required"));
        PortResult mail = network.probe(25, Network.PATIENT);
        assertEquals(Verdict.ENFORCED, mail.verdict());
        assertEquals("a\\x00b\\x1b[2J\\u202e", mail.greeting().orElseThrow().text());
    }

    @Test
    void repliesOfTwoCodesAndCodesThatAreNoneAreInconclusive() throws Exception {
        for (String said :
                List.of("220-a\r\n250 b\r\n", "999 a\r\n", "22 a\r\n", "220_a\r\n", "\r\n")) {
            renew();
            is(Verdict.INCONCLUSIVE, 587, line -> line.send(bytes(said)));
        }
    }

    @Test
    void answersThatCameBeforeTheirQuestionAreNotBelieved() throws Exception {
        PortResult result =
                is(
                        Verdict.INCONCLUSIVE,
                        587,
                        line -> {
                            line.say("220 a", "250 a", AUTH_FIRST);
                            line.wait4Ever();
                        });
        assertTrue(result.reason().contains("out of turn"), result.reason());
    }

    @Test
    void answersThatCameBeforeTheirQuestionInOneRecordOfTlsAreNotBelieved() throws Exception {
        PortResult result =
                is(
                        Verdict.INCONCLUSIVE,
                        465,
                        line -> {
                            line.tls(certificate(Authority.GOOD));
                            line.say("220 a", "250 a", AUTH_FIRST);
                            line.wait4Ever();
                        });
        assertTrue(result.reason().contains("out of turn"), result.reason());
    }

    @Test
    void plainTextInjectedAfterStartTlsIsAFault() throws Exception {
        PortResult result =
                is(
                        Verdict.TLS_FAILURE,
                        587,
                        afterStartTls(
                                line -> {
                                    line.say("220 go ahead", "250 injected");
                                    line.wait4Ever();
                                }));
        assertTrue(result.reason().contains("250 injected"), result.reason());
    }

    @Test
    void plainTextInPlaceOfAHandshakeIsAFailureOfTls() throws Exception {
        PortResult result =
                is(
                        Verdict.TLS_FAILURE,
                        587,
                        afterStartTls(
                                line -> {
                                    line.say("220 go ahead");
                                    // the first byte of the client's handshake has come
                                    line.hearByte();
                                    line.say("554 TLS? what TLS?");
                                    line.wait4Ever();
                                }));
        assertTrue(result.reason().contains("554 TLS? what TLS?"), result.reason());
    }

    @Test
    void silenceAfterStartTlsIsAFailureOfTls() throws Exception {
        is(
                Verdict.TLS_FAILURE,
                587,
                Network.HASTY_FOR_TLS,
                afterStartTls(
                        line -> {
                            line.say("220 go ahead");
                            line.wait4Ever();
                        }));
    }

    @Test
    void hangingUpAfterStartTlsIsAFailureOfTls() throws Exception {
        is(Verdict.TLS_FAILURE, 587, afterStartTls(line -> line.say("220 go ahead")));
    }

    @Test
    void handshakeByteByByteIsBounded() throws Exception {
        // a record of 16 KiB of a handshake, which never comes to its end
        byte[] record = new byte[5 + 0x4000];
        record[0] = 22;
        record[1] = 3;
        record[2] = 3;
        record[3] = 0x40;
        PortResult result =
                is(Verdict.TLS_FAILURE, 465, Network.HASTY_FOR_TLS, line -> line.trickle(record));
        assertTrue(result.reason().contains("within 400 ms"), result.reason());
    }

    @Test
    void garbageInPlaceOfAHandshakeIsAFailureOfTls() throws Exception {
        byte[] garbage = new byte[300_000];
        new Random(2).nextBytes(garbage);
        is(Verdict.TLS_FAILURE, 465, line -> line.flood(garbage));
    }

    @Test
    void plainTextOn465IsAFailureOfTls() throws Exception {
        PortResult result =
                is(
                        Verdict.TLS_FAILURE,
                        465,
                        line -> {
                            line.say("220 mx.example ESMTP");
                            line.wait4Ever();
                        });
        assertTrue(result.reason().contains("220 mx.example ESMTP"), result.reason());
    }

    @Test
    void silenceOn465IsNoBanner() throws Exception {
        is(Verdict.NO_BANNER, 465, Network.HASTY_FOR_TLS, Peer.Line::wait4Ever);
    }

    @Test
    void silenceBehindTlsIsNoBanner() throws Exception {
        is(
                Verdict.NO_BANNER,
                465,
                Network.HASTY_FOR_GREETING,
                line -> {
                    line.tls(certificate(Authority.GOOD));
                    line.wait4Ever();
                });
    }

    /** With TLS 1.3 the client is through before the server has seen that there is none. */
    @Test
    void whoWantsACertificateOfItsClientsFailsInTls() throws Exception {
        PortResult on465 =
                is(
                        Verdict.TLS_FAILURE,
                        465,
                        line -> line.tlsOfClientsWithCertificates(certificate(Authority.GOOD)));
        assertTrue(on465.reason().contains("handshake fails at its end"), on465.reason());
        // now the server has gone before the probe says EHLO, now it has not
        for (int i = 0; i < 20; i++) {
            renew();
            PortResult on587 =
                    is(
                            Verdict.TLS_FAILURE,
                            587,
                            line -> {
                                line.say("220 mx.example ESMTP");
                                line.hear();
                                line.say("250-mx.example", "250 STARTTLS");
                                line.hear();
                                line.say("530 5.7.0 Must issue a STARTTLS command first");
                                line.hear();
                                line.say("220 2.0.0 Ready");
                                line.tlsOfClientsWithCertificates(certificate(Authority.GOOD));
                            });
            assertTrue(on587.reason().contains("handshake fails at its end"), on587.reason());
        }
    }

    @Test
    void hangingUpInTheMiddleIsInconclusive() throws Exception {
        for (String command : List.of("EHLO", "MAIL", "RCPT", "RSET")) {
            renew();
            is(
                    Verdict.INCONCLUSIVE,
                    587,
                    new Mta()
                            .answers("RCPT", "554 5.7.1 Relay access denied")
                            .answers(command, Mta.HANG_UP));
        }
    }

    @Test
    void noAnswerToTheConnectionIsFiltered() throws Exception {
        // a queue of one that is full: further connections are neither taken nor refused
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            List<Socket> queue = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                queue.add(new Socket(full.getInetAddress(), full.getLocalPort()));
            }
            PortResult result =
                    network.probe()
                            .connector(
                                    (socket, address, timeout) ->
                                            socket.connect(
                                                    new InetSocketAddress(
                                                            full.getInetAddress(),
                                                            full.getLocalPort()),
                                                    (int) timeout.toMillis()))
                            .build()
                            .run(
                                    ProbeRequest.of(Network.HOST)
                                            .ports(List.of(587))
                                            .limits(Network.HASTY_TO_CONNECT)
                                            .build(),
                                    p -> {})
                            .ports()
                            .get(0);
            assertEquals(Verdict.FILTERED, result.verdict(), result.reason());
            for (Socket socket : queue) {
                socket.close();
            }
        }
    }

    @Test
    void writesThatNobodyTakesAreBounded() throws Exception {
        network.with(25, line -> Thread.sleep(60_000));
        Probe probe = network.probe().build();
        try (MeteredSocket socket = new MeteredSocket(Network.PATIENT, System::nanoTime)) {
            socket.connect(
                    new InetSocketAddress(
                            InetAddress.getLoopbackAddress(), network.peer(25).port()));
            probe.closeAfter(socket, Duration.ofMillis(300));
            assertThrows(
                    IOException.class,
                    () -> {
                        while (true) {
                            socket.getOutputStream().write(new byte[1 << 16]);
                        }
                    });
        }
    }

    @Test
    void operatorWhoInterruptsIsObeyed() throws Exception {
        CountDownLatch connected = new CountDownLatch(1);
        network.with(
                587,
                line -> {
                    connected.countDown();
                    line.wait4Ever();
                });
        AtomicReference<Throwable> ended = new AtomicReference<>();
        Thread thread =
                new Thread(
                        () -> {
                            try {
                                network.probe(587, Network.PATIENT);
                            } catch (Throwable e) {
                                ended.set(e);
                            }
                        });
        thread.start();
        connected.await();
        thread.interrupt();
        thread.join();
        assertTrue(ended.get() instanceof InterruptedException, String.valueOf(ended.get()));
    }
}
