package org.postern.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
class ProbeTest extends NetworkTest {
    private static final InetAddress V4 = Network.address(192, 0, 2, 1);
    private static final InetAddress V6 =
            Network.address(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);

    private static ProbeRequest.Builder request() {
        return ProbeRequest.of(Network.HOST).limits(Network.HASTY_TO_CONNECT);
    }

    private ProbeResult run(Resolver resolver, ProbeRequest.Builder request) throws Exception {
        return network.probe().resolver(resolver).build().run(request.build(), p -> {});
    }

    private static List<String> told(ProbeResult result) {
        return result.ports().stream()
                .map(
                        p ->
                                p.port()
                                        + " "
                                        + p.family().map(Family::text).orElse("-")
                                        + " "
                                        + p.verdict().text())
                .collect(Collectors.toList());
    }

    @Test
    void eachPortOfEachFamilyIsProbed() throws Exception {
        ProbeResult result = run(host -> Resolution.of(List.of(V6, V4)), request());
        assertEquals(
                List.of(
                        "25 IPv4 closed",
                        "465 IPv4 closed",
                        "587 IPv4 closed",
                        "25 IPv6 closed",
                        "465 IPv6 closed",
                        "587 IPv6 closed"),
                told(result));
        assertEquals(Verdict.Kind.NOBODY, result.summary());
    }

    @Test
    void familyThatTheHostDoesNotHaveIsNoted() throws Exception {
        ProbeResult result = run(host -> Resolution.of(List.of(V4)), request().ports(List.of(587)));
        assertEquals(List.of("587 IPv4 closed"), told(result));
        assertEquals(List.of("it has no IPv6 address"), result.notes());
    }

    @Test
    void hostWithoutAnAddressOfTheFamilyAskedForIsNone() throws Exception {
        ProbeResult result =
                run(
                        host -> Resolution.of(List.of(V4)),
                        request().ports(List.of(587)).families(Set.of(Family.IPV6)));
        assertEquals(List.of("587 IPv6 no-such-host"), told(result));
    }

    @Test
    void nameThatDoesNotExistIsToldFromDnsThatDoesNotAnswer() throws Exception {
        ProbeRequest.Builder one = request().ports(List.of(587));
        assertEquals(
                List.of("587 - no-such-host"), told(run(host -> Resolution.of(List.of()), one)));
        ProbeResult failed = run(host -> Resolution.failed("Temporary failure"), one);
        assertEquals(List.of("587 - inconclusive"), told(failed));
        assertTrue(failed.ports().get(0).reason().contains("Temporary failure"));
        CountDownLatch never = new CountDownLatch(1);
        ProbeResult slow =
                run(
                        host -> {
                            try {
                                never.await();
                            } catch (InterruptedException e) {
                                throw new IllegalStateException(e);
                            }
                            return Resolution.of(List.of());
                        },
                        one);
        never.countDown();
        assertEquals(List.of("587 - inconclusive"), told(slow));
        assertEquals(
                List.of("587 - inconclusive"),
                told(
                        run(
                                host -> {
                                    throw new IllegalStateException("broken");
                                },
                                one)));
    }

    /** Each connection takes six minutes of a clock: the third is begun after twelve. */
    @Test
    void portsThatAreNotReachedInTimeAreInconclusive() throws Exception {
        AtomicLong time = new AtomicLong();
        List<Integer> reached = new ArrayList<>();
        Probe probe =
                network.probe()
                        .nanos(time::get)
                        .connector(
                                (socket, address, timeout) -> {
                                    reached.add(address.getPort());
                                    time.addAndGet(Duration.ofMinutes(6).toNanos());
                                    throw new ConnectException("Connection refused");
                                })
                        .build();
        ProbeRequest request = request().ports(List.of(25, 465, 587, 2525)).build();
        Probe bounded = probe.within(ProbeLimits.INQUIRY);
        ProbeResult result = bounded.run(request, p -> {});
        assertEquals(
                List.of(
                        "25 IPv4 closed",
                        "465 IPv4 closed",
                        "587 IPv4 closed",
                        "2525 IPv4 inconclusive"),
                told(result));
        assertEquals(
                "not asked, since what was asked before took more than 900 s together",
                result.ports().get(3).reason());
        assertEquals(List.of(25, 465, 587), reached);
        // the same allowance holds for what is asked with it next, names included
        ProbeResult next =
                bounded.resolvingBy(
                                host -> {
                                    throw new IllegalStateException("it is looked up");
                                })
                        .run(request, p -> {});
        assertEquals("25 - inconclusive", told(next).get(0));
        assertTrue(next.ports().get(0).reason().contains("900 s"), next.ports().get(0).reason());
        assertEquals(3, reached.size());
        assertEquals("25 IPv4 closed", told(probe.run(request, p -> {})).get(0));
    }

    /** Surveys of many hosts that are one wait long for each other. */
    @Test
    void waitingForOthersUsesNoTimeOfWhoIsPatient() throws Exception {
        AtomicLong time = new AtomicLong();
        Thread probing = Thread.currentThread();
        assertTrue(Turns.begin(Network.HOST, Duration.ZERO));
        Thread other =
                new Thread(
                        () -> {
                            while (Arrays.stream(probing.getStackTrace())
                                    .noneMatch(at -> at.getClassName().endsWith(".Turns"))) {
                                Thread.onSpinWait();
                            }
                            time.addAndGet(Duration.ofHours(1).toNanos());
                            try {
                                Turns.end(Network.HOST, Duration.ZERO);
                            } catch (InterruptedException e) {
                                throw new IllegalStateException(e);
                            }
                        });
        other.start();
        ProbeResult result =
                network.probe()
                        .patient()
                        .nanos(time::get)
                        .build()
                        .within(ProbeLimits.INQUIRY)
                        .run(request().ports(List.of(587, 465)).build(), p -> {});
        other.join();
        assertEquals(List.of("587 IPv4 closed", "465 IPv4 closed"), told(result));
    }

    /** Names that take long use the time up, too. */
    @Test
    void lookingUpIsPartOfTheTime() throws Exception {
        AtomicLong time = new AtomicLong();
        ProbeResult result =
                network.probe()
                        .nanos(time::get)
                        .resolver(
                                host -> {
                                    time.addAndGet(Duration.ofMinutes(15).toNanos());
                                    return Resolution.of(List.of(V4));
                                })
                        .build()
                        .within(ProbeLimits.INQUIRY)
                        .run(request().ports(List.of(587)).build(), p -> {});
        assertEquals(List.of("587 IPv4 inconclusive"), told(result));
    }

    @Test
    void systemKnowsItselfAndNoNameThatCannotBe() {
        assertTrue(new SystemResolver().resolve("127.0.0.1").addresses(Family.IPV4).size() == 1);
        assertTrue(new SystemResolver().resolve("::1").addresses(Family.IPV6).size() == 1);
    }

    @ParameterizedTest
    @CsvSource({
        "mx.example: Name or service not known, false",
        "mx.example: No address associated with hostname, false",
        "mx.example: Temporary failure in name resolution, true",
        "mx.example: System error, true",
        "mx.example: Der Name oder der Dienst ist nicht bekannt, true",
        "mx.example, true",
    })
    void systemThatGotNoAnswerDoesNotSayThatThereIsNone(String message, boolean failed) {
        assertEquals(
                failed,
                SystemResolver.meantBy("mx.example", new UnknownHostException(message))
                        .failure()
                        .isPresent());
    }

    @Test
    void addressesThatWereNotProbedAreNoted() throws Exception {
        ProbeResult result =
                run(
                        host -> Resolution.of(List.of(V4, Network.address(192, 0, 2, 7))),
                        request().ports(List.of(587)));
        assertTrue(result.notes().contains("not probed, it has them too: 192.0.2.7"));
    }

    @Test
    void machineWithoutIpv6IsNotTheServersFault() throws Exception {
        Connector none =
                (socket, address, timeout) -> {
                    throw new ConnectException("Network is unreachable (connect failed)");
                };
        Connector unroutable =
                (socket, address, timeout) -> {
                    throw new NoRouteToHostException("No route to host");
                };
        Probe.Builder probe = network.probe().resolver(host -> Resolution.of(List.of(V6)));
        ProbeRequest one = request().ports(List.of(587)).build();
        assertEquals(
                Verdict.INCONCLUSIVE,
                probe.connector(none).build().run(one, p -> {}).ports().get(0).verdict());
        assertEquals(
                Verdict.FILTERED,
                probe.connector(unroutable).build().run(one, p -> {}).ports().get(0).verdict());
    }

    @Test
    void hostHasOneConnectionAtATimeHoweverManyProbeIt() throws Exception {
        CountDownLatch both = new CountDownLatch(2);
        network.with(587, new Mta().answers("MAIL", AUTH_FIRST));
        InetSocketAddress server =
                new InetSocketAddress(InetAddress.getLoopbackAddress(), network.peer(587).port());
        List<Socket> sockets = Collections.synchronizedList(new ArrayList<>());
        List<String> told = Collections.synchronizedList(new ArrayList<>());
        Connector watching =
                (socket, address, timeout) -> {
                    synchronized (sockets) {
                        if (!sockets.stream().allMatch(Socket::isClosed)) {
                            told.add("two at once");
                        }
                        sockets.add(socket);
                    }
                    socket.connect(server);
                };
        ProbeRequest one = of(587).build();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            threads.add(
                    new Thread(
                            () -> {
                                Probe probe = network.probe().connector(watching).build();
                                both.countDown();
                                try {
                                    both.await();
                                    for (int n = 0; n < 10; n++) {
                                        probe.run(one, p -> told.add(p.verdict().text()));
                                    }
                                } catch (InterruptedException e) {
                                    told.add("interrupted");
                                }
                            }));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(Collections.nCopies(20, "enforced"), told);
    }

    @Test
    void patientProbeWaitsForOthersOfTheSameAddressAndAnotherSaysSo() throws Exception {
        network.with(587, new Mta().answers("MAIL", AUTH_FIRST));
        ProbeRequest hasty =
                request()
                        .ports(List.of(587))
                        .families(Set.of(Family.IPV4))
                        .limits(
                                new ProbeLimits(
                                        Duration.ofSeconds(60),
                                        Duration.ofSeconds(60),
                                        Duration.ofSeconds(60),
                                        Duration.ofSeconds(60),
                                        Duration.ofMillis(1),
                                        Duration.ZERO,
                                        1 << 20))
                        .build();
        assertTrue(Turns.begin(V4, Duration.ZERO));
        List<String> reasons = Collections.synchronizedList(new ArrayList<>());
        Thread patient =
                new Thread(
                        () -> {
                            try {
                                network.probe()
                                        .patient()
                                        .build()
                                        .run(hasty, p -> reasons.add(p.reason()));
                            } catch (InterruptedException e) {
                                reasons.add("interrupted");
                            }
                        });
        try {
            patient.start();
            network.probe().build().run(hasty, p -> reasons.add(p.reason()));
            // whoever is first has the turn of the name, and waits for that of the address
            assertTrue(reasons.toString().contains("another probe of "), "" + reasons);
        } finally {
            Turns.end(V4, Duration.ZERO);
        }
        patient.join();
        assertEquals(2, reasons.size());
        assertEquals(1, reasons.stream().filter(r -> r.contains("another probe")).count());
    }

    @Test
    void hostIsAskedBySomebodyElseWhateverTheAddress() throws Exception {
        network.with(587, new Mta().answers("MAIL", AUTH_FIRST));
        ProbeLimits hasty =
                new ProbeLimits(
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(60),
                        Duration.ofMillis(1),
                        Duration.ZERO,
                        1 << 20);
        List<String> reasons = new ArrayList<>();
        assertTrue(Turns.begin(Network.HOST, Duration.ZERO));
        try {
            network.probe()
                    .build()
                    .run(of(587).limits(hasty).build(), p -> reasons.add(p.reason()));
        } finally {
            Turns.end(Network.HOST, Duration.ZERO);
        }
        assertEquals(Set.of("another probe of mx.example goes on: try again"), Set.copyOf(reasons));
        assertTrue(Turns.begin(V4, Duration.ZERO), "no turn is left over");
        Turns.end(V4, Duration.ZERO);
    }

    @Test
    void evidenceIsStampedByTheClockAndToldToProgramsAndPeople() throws Exception {
        Instant noon = Instant.parse("2026-03-01T12:00:00Z");
        network.with(
                587,
                new Mta()
                        .tls(Authority.get().server(Authority.OTHER))
                        .offersWithinTls("AUTH PLAIN " + "X".repeat(200))
                        .answers("MAIL", "530 5.7.0 Authentication required"));
        AtomicLong ticks = new AtomicLong();
        ProbeResult result =
                network.probe()
                        .clock(Clock.fixed(noon, ZoneOffset.UTC))
                        .nanos(() -> ticks.addAndGet(1_000_000))
                        .build()
                        .run(of(587).build(), p -> {});
        JsonNode json = JsonReport.of(result, true);
        JsonNode port = json.get("ports").get(0);
        assertEquals("sound", json.get("summary").asText());
        assertEquals("enforced", port.get("verdict").asText());
        assertEquals("IPv4", port.get("family").asText());
        assertEquals("2026-03-01T12:00:00Z", port.get("at").asText());
        assertEquals(530, port.get("withinTls").get("mail").get("code").asInt());
        assertEquals("5.7.0", port.get("beforeTls").get("mail").get("enhanced").asText());
        assertTrue(port.get("withinTls").get("rcpt").isNull());
        assertEquals("TLSv1.3", port.get("tls").get("version").asText());
        assertEquals(false, port.get("tls").get("certificate").get("valid").asBoolean());
        assertEquals("PLAIN", port.get("authWithinTls").get(0).asText());
        Instant last = noon;
        for (JsonNode entry : port.get("transcript")) {
            Instant at = Instant.parse(entry.get("at").asText());
            assertTrue(at.isAfter(last), "" + entry);
            last = at;
        }
        assertTrue(!JsonReport.of(result, false).get("ports").get(0).has("transcript"));
        String text = TextReport.of(Network.HOST, result.ports().get(0), true);
        text.lines().forEach(line -> assertTrue(line.length() <= 80, line));
        assertTrue(text.startsWith("mx.example port 587, IPv4 192.0.2.1: enforced\n"), text);
        assertTrue(text.contains("C: MAIL FROM:<>"), text);
        assertTrue(text.contains("S: 530 5.7.0 Authentication required"), text);
        assertEquals("mx.example: it has no IPv6 address", TextReport.notes(result, false));
    }
}
