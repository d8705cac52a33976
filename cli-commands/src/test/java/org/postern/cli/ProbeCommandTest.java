package org.postern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Scanner;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.postern.probe.Probe;
import org.postern.probe.Resolution;

/** The command against a server on the loopback address. */
@Timeout(120)
class ProbeCommandTest {
    private final Console console = new Console();
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private ServerSocket server;
    private volatile String toMail = "530 5.7.0 Authentication required";

    @BeforeEach
    void open() throws IOException {
        server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        Thread thread = new Thread(this::listen);
        thread.setDaemon(true);
        thread.start();
    }

    @AfterEach
    void close() throws IOException {
        server.close();
    }

    private void listen() {
        while (!server.isClosed()) {
            try (Socket socket = server.accept()) {
                serve(socket);
            } catch (IOException e) {
                continue; // the probe went, or the test is over
            }
        }
    }

    private void serve(Socket socket) throws IOException {
        Scanner in = new Scanner(socket.getInputStream(), StandardCharsets.US_ASCII);
        String next = "220 mx.example \u001b[2J" + "words ".repeat(30);
        while (true) {
            socket.getOutputStream().write((next + "\r\n").getBytes(StandardCharsets.UTF_8));
            if (!in.hasNextLine()) {
                return;
            }
            heard.add(in.nextLine());
            next = heard.get(heard.size() - 1).startsWith("MAIL") ? toMail : "250 mx.example";
        }
    }

    private ProbeCommand command() {
        ProbeCommand command = new ProbeCommand();
        command.probes =
                () ->
                        Probe.builder()
                                .resolver(
                                        host ->
                                                host.equals("none.example")
                                                        ? Resolution.of(List.of())
                                                        : Resolution.of(
                                                                List.of(server.getInetAddress())))
                                .connector(
                                        (socket, address, timeout) ->
                                                socket.connect(server.getLocalSocketAddress()))
                                .build();
        return command;
    }

    private String run(String... words) {
        return console.run(command(), words);
    }

    private String refusal(String... words) {
        String message =
                assertThrows(IllegalArgumentException.class, () -> run(words)).getMessage();
        assertEquals(1, message.lines().count(), message);
        return message;
    }

    @Test
    void verdictAndEvidenceFitTheTerminal() {
        String shown = run("--port", "587", "--transcript", "mx.example");
        assertTrue(shown.startsWith("mx.example port 587, IPv4 127.0.0.1: enforced\n"), shown);
        assertTrue(shown.contains("S: 530 5.7.0 Authentication required"), shown);
        assertTrue(shown.endsWith("mx.example: it has no IPv6 address"), shown);
        shown.lines().forEach(line -> assertTrue(line.length() <= 80, line));
        assertFalse(shown.contains("\u001b"), shown);
        assertFalse(run("--port", "587", "mx.example").contains("transcript"));
    }

    @Test
    void eachPortIsShownAsSoonAsItIsKnown() {
        List<String> shown = new ArrayList<>();
        console.run(command(), shown, "--port", "25,587", "--family", "4", "mx.example");
        assertTrue(shown.get(0).startsWith("mx.example port 25,"), shown.toString());
        assertTrue(shown.get(1).startsWith("mx.example port 587,"), shown.toString());
    }

    @Test
    void jsonIsOneDocument() {
        JsonNode json = console.json(command(), "-j", "--port", "587", "mx.example");
        assertEquals("sound", json.get("summary").asText());
        assertEquals("enforced", json.get("ports").get(0).get("verdict").asText());
        assertFalse(json.get("ports").get(0).has("transcript"));
        JsonNode whole =
                console.json(command(), "-j", "--transcript", "--port", "587", "mx.example");
        assertTrue(whole.get("ports").get(0).get("transcript").size() > 5);
    }

    @Test
    void serverThatRelaysIsToldAndTheCommandIsDone() {
        toMail = "250 ok";
        String shown =
                run(
                        "--port",
                        "587",
                        "--recipient",
                        "probe@isp.example",
                        "--sender",
                        "a@b.example",
                        "mx.example");
        assertTrue(shown.contains("relay-suspected"), shown);
        assertTrue(heard.contains("MAIL FROM:<a@b.example>"), heard.toString());
        assertTrue(heard.contains("RCPT TO:<probe@isp.example>"), heard.toString());
    }

    @Test
    void nameThatDoesNotExistIsAVerdict() {
        assertTrue(run("--port", "587", "none.example").contains("no-such-host"));
    }

    /** A DNS server that is not there. */
    private static String noDns() throws IOException {
        try (ServerSocket soon = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return "127.0.0.1:" + soon.getLocalPort();
        }
    }

    @Test
    void domainIsLookedUpByTheServerThatWasGiven() throws IOException {
        String dns = noDns();
        String shown = run("--domain", "--dns-server", dns, "ISP.example");
        assertTrue(shown.startsWith("isp.example _submission._tcp: inconclusive\n"), shown);
        assertTrue(shown.contains("\nisp.example _submissions._tcp: inconclusive\n"), shown);
        assertTrue(shown.contains("MX of isp.example, by " + dns + ": no-answer"), shown);
        shown.lines().forEach(line -> assertTrue(line.length() <= 80, line));
        JsonNode json =
                console.json(command(), "-j", "--domain", "--dns-server", dns, "isp.example");
        assertEquals("unknown", json.get("summary").asText());
        assertEquals(3, json.get("dns").size());
        assertEquals(List.of(), heard);
    }

    @Test
    void hostIsLookedUpByTheServerThatWasGiven() throws IOException {
        String shown = run("--port", "587", "--dns-server", noDns(), "mx.example");
        assertTrue(shown.startsWith("mx.example port 587: inconclusive\n"), shown);
        assertTrue(run("--port", "587", "mx.example").contains("enforced"));
    }

    @Test
    void whatCannotBeMeantIsRefusedAndNobodyIsConnectedTo() {
        assertTrue(refusal("--dns-server", "ns.example", "mx.example").contains("no DNS server"));
        assertTrue(refusal("--domain", "192.0.2.1").contains("no mail domain"));
        assertTrue(
                refusal("--domain", "--port", "587", "isp.example")
                        .contains("those of its SRV records: leave them out"));
        assertTrue(refusal("--port", "smtp", "mx.example").contains("\"smtp\" is no port"));
        assertTrue(refusal("--family", "5", "mx.example").contains("4, 6, both"));
        assertTrue(refusal("--greeting", "301", "mx.example").contains("1 to 300"));
        assertTrue(refusal("--recipient", "x>\rDATA", "mx.example").contains("no mail address"));
        assertTrue(refusal("a b").contains("is no host"));
        assertEquals(List.of(), heard);
    }

    @Test
    void operatorWhoInterruptsIsObeyed() {
        Thread.currentThread().interrupt();
        String message =
                assertThrows(IllegalStateException.class, () -> run("--port", "587", "mx.example"))
                        .getMessage();
        assertTrue(Thread.interrupted(), "whoever runs the command is told too");
        assertTrue(message.contains("interrupted"), message);
    }
}
