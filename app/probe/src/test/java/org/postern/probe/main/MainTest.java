package org.postern.probe.main;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Scanner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.postern.dns.FakeDns;
import org.postern.probe.Connector;
import org.postern.probe.Probe;
import org.postern.probe.Resolution;
import org.postern.probe.Resolver;
import picocli.CommandLine;

@Timeout(60)
class MainTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(Resolver resolver, Connector connector, String... words) {
        CommandLine command =
                Main.command(Probe.builder().resolver(resolver).connector(connector).build());
        command.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        return command.execute(words);
    }

    private static Resolution loopback(String host) {
        return Resolution.of(List.of(InetAddress.getLoopbackAddress()));
    }

    private int run(String... words) {
        return run(
                MainTest::loopback,
                (socket, address, timeout) -> {
                    throw new ConnectException("Connection refused");
                },
                words);
    }

    /** Probes a server that says three things, whatever it is asked. */
    private int against(String toMail, String toRcpt) throws IOException {
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Thread thread =
                    new Thread(
                            () -> {
                                try (Socket socket = server.accept()) {
                                    serve(socket, toMail, toRcpt);
                                } catch (IOException e) {
                                    return; // the probe went
                                }
                            });
            thread.start();
            return run(
                    MainTest::loopback,
                    (socket, address, timeout) -> socket.connect(server.getLocalSocketAddress()),
                    "--port",
                    "587",
                    "mx.example");
        }
    }

    private static void serve(Socket socket, String toMail, String toRcpt) throws IOException {
        String next = "220 mx.example";
        Scanner in = new Scanner(socket.getInputStream(), StandardCharsets.US_ASCII);
        while (true) {
            socket.getOutputStream().write((next + "\r\n").getBytes(StandardCharsets.US_ASCII));
            if (!in.hasNextLine()) {
                return;
            }
            String said = in.nextLine();
            next =
                    said.startsWith("MAIL")
                            ? toMail
                            : said.startsWith("RCPT") ? toRcpt : "250 mx.example";
        }
    }

    @Test
    void serverThatEnforcesIsStatusZero() throws IOException {
        assertEquals(0, against("530 5.7.0 Authentication required", ""));
        assertTrue(out.toString().contains("mx.example port 587, IPv4 127.0.0.1: enforced"));
    }

    @Test
    void serverThatDoesNotIsStatusOne() throws IOException {
        assertEquals(1, against("250 ok", "250 ok"));
        assertTrue(out.toString().contains("relay-suspected"), out.toString());
    }

    @Test
    void whatCannotBeToldIsStatusThree() throws UnknownHostException {
        assertEquals(3, run("mx.example"));
        assertTrue(out.toString().contains("mx.example port 465, IPv4 127.0.0.1: closed"));
    }

    @Test
    void whatIsMistypedIsStatusTwoAndSaysWhy() {
        for (String[] words :
                new String[][] {
                    {},
                    {"a b"},
                    {"--port", "x", "mx.example"},
                    {"--family", "5", "mx.example"},
                    {"--greeting", "0", "mx.example"},
                    {"--domain", "192.0.2.1"},
                    {"--domain", "--port", "587", "isp.example"},
                    {"--dns-server", "ns.example", "mx.example"},
                    {"--recipient", "nobody", "mx.example"},
                    {"--password", "x", "mx.example"}
                }) {
            assertEquals(2, run(words), String.join(" ", words));
        }
        assertTrue(err.toString().contains("\"x\" is no port"), err.toString());
        assertTrue(!err.toString().contains("\tat "), "no stack trace");
    }

    @Test
    void jsonIsOneDocument() throws IOException {
        run("-j", "--transcript", "--port", "25", "mx.example");
        assertEquals(
                "closed",
                new ObjectMapper()
                        .readTree(out.toString())
                        .get("ports")
                        .get(0)
                        .get("verdict")
                        .asText());
    }

    @Test
    void serversOfADomainAreLookedUpAndStatusesAreAsOfHosts() throws IOException {
        try (FakeDns dns = new FakeDns()) {
            dns.has(
                    "_submission._tcp.isp.example SRV 0 0 587 mx.example.",
                    "isp.example MX 10 mx.example.",
                    "mx.example A 127.0.0.1");
            assertEquals(3, run("--domain", "--dns-server", dns.server(), "isp.example"));
            String shown = out.toString();
            assertTrue(
                    shown.startsWith(
                            "isp.example _submission._tcp, mx.example port 587, IPv4 127.0.0.1: closed"),
                    shown);
            assertTrue(shown.contains("\nisp.example _submissions._tcp: not-announced\n"), shown);
            assertTrue(shown.contains("\nDNS\n  SRV of _submission._tcp.isp.example, by "), shown);
            shown.lines().forEach(line -> assertTrue(line.length() <= 80, line));
            out.getBuffer().setLength(0);
            assertEquals(
                    3, run("-j", "--port", "587", "--dns-server", dns.server(), "none.example"));
            assertEquals(
                    "no-such-name",
                    new ObjectMapper()
                            .readTree(out.toString())
                            .get("dns")
                            .get(0)
                            .get("outcome")
                            .asText());
        }
    }

    private int survey(String... words) {
        CommandLine command =
                SurveyMain.command(
                        Probe.builder()
                                .resolver(MainTest::loopback)
                                .connector(
                                        (socket, address, timeout) -> {
                                            throw new ConnectException("Connection refused");
                                        })
                                .build());
        command.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        return command.execute(words);
    }

    @Test
    void manyProvidersAreSurveyedAndMistakesAreStatusTwo(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("f"), "EV1,a.example\n");
        Path csv = folder.resolve("f.csv");
        assertEquals(0, survey("--csv", csv.toString(), "--compare", "2005", file.toString()));
        assertTrue(out.toString().contains("EV1: in 2005 no response"), out.toString());
        assertTrue(Files.readString(csv).contains("EV1,a.example,,IPv4,closed,closed"));
        assertEquals(2, survey("--csv", csv.toString(), file.toString()));
        assertTrue(err.toString().contains("exists"), err.toString());
        assertEquals(2, survey("--greeting", "0", file.toString()));
        assertEquals(2, survey());
        assertEquals(0, survey("--help"));
        out.toString().lines().forEach(line -> assertTrue(line.length() <= 80, line));
    }

    @Test
    void versionIsThatOfTheBuild() throws IOException {
        assertEquals(0, run("--version"));
        String version = out.toString().trim().replace("postern-probe ", "");
        assertTrue(version.matches("\\d+\\.\\d+\\.\\d+.*"), version);
        String built = Files.readString(Path.of("pom.xml"));
        assertTrue(built.contains("<version>" + version + "</version>"), version);
    }

    @Test
    void helpFitsTheTerminal() {
        assertEquals(0, run("--help"));
        out.toString().lines().forEach(line -> assertTrue(line.length() <= 80, line));
        assertTrue(out.toString().contains("--transcript"));
    }
}
