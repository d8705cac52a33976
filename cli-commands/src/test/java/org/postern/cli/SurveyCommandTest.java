package org.postern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.postern.probe.Probe;
import org.postern.probe.Resolution;

/** The command; what the providers answer is tested where they are asked. */
@Timeout(120)
class SurveyCommandTest {
    private final Console console = new Console();
    private final AtomicInteger tried = new AtomicInteger();
    private final List<String> progress = new ArrayList<>();
    @TempDir private Path folder;
    private String file;

    @BeforeEach
    void write() throws IOException {
        file =
                Files.writeString(
                                folder.resolve("providers"),
                                "GoDaddy,a.example\nOther,none.example,by phone\n")
                        .toString();
    }

    private SurveyCommand command() {
        SurveyCommand command = new SurveyCommand();
        command.progress = progress::add;
        command.probes =
                () ->
                        Probe.builder()
                                .patient()
                                .resolver(
                                        host ->
                                                host.equals("none.example")
                                                        ? Resolution.of(List.of())
                                                        : Resolution.of(
                                                                List.of(
                                                                        InetAddress
                                                                                .getLoopbackAddress())))
                                .connector(
                                        (socket, address, timeout) -> {
                                            tried.incrementAndGet();
                                            throw new ConnectException("Connection refused");
                                        })
                                .build();
        return command;
    }

    private String refusal(String... words) {
        String message =
                assertThrows(IllegalArgumentException.class, () -> console.run(command(), words))
                        .getMessage();
        assertEquals(1, message.lines().count(), message);
        return message;
    }

    @Test
    void tableAndFilesAreMadeAndProgressIsShown() throws IOException {
        String csv = folder.resolve("s.csv").toString();
        String html = folder.resolve("s.html").toString();
        String json = folder.resolve("s.json").toString();
        String shown =
                console.run(
                        command(),
                        "--csv",
                        csv,
                        "--html",
                        html,
                        "--json-file",
                        json,
                        "--compare",
                        "2005",
                        file);
        shown.lines().forEach(line -> assertTrue(line.length() <= 80, line));
        assertTrue(
                shown.contains("GoDaddy: in 2005 no response; now a.example IPv4: closed"), shown);
        assertTrue(Files.readString(Path.of(csv)).contains("Other,none.example"));
        assertTrue(Files.readString(Path.of(html)).contains("by phone"));
        assertEquals(2, progress.size());
        int before = tried.get();
        String again = console.run(command(), "--compare", json, file);
        assertFalse(again.contains("Changes"), again);
        assertEquals(before, tried.get(), "all is known");
    }

    @Test
    void domainsAreLookedUpByTheServerThatWasGiven() throws IOException {
        Files.writeString(Path.of(file), "provider,domain\nGoDaddy,isp.example\n");
        String dns;
        try (ServerSocket soon = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            dns = "127.0.0.1:" + soon.getLocalPort();
        }
        JsonNode shown = console.json(command(), "-j", "--dns-server", dns, file);
        assertEquals(dns, shown.at("/providers/0/result/dns/0/server").asText());
        assertEquals("isp.example", shown.at("/providers/0/domain").asText());
        assertEquals("inconclusive", shown.at("/providers/0/result/ports/0/verdict").asText());
        assertEquals(0, tried.get());
    }

    @Test
    void jsonIsOneDocument() {
        JsonNode shown = console.json(command(), "-j", "--family", "4", "--parallel", "1", file);
        assertEquals(
                "closed",
                shown.at("/providers/0/result/ports/0/verdict").asText(),
                shown.toString());
    }

    @Test
    void whatCannotBeMeantIsRefusedAndNobodyIsAsked() throws IOException {
        assertTrue(refusal("--parallel", "129", file).contains("1 to 128"));
        assertTrue(refusal("--family", "5", file).contains("4, 6, both"));
        assertTrue(refusal("--compare", "/nowhere", file).contains("name one, or 2005"));
        assertTrue(refusal("--dns-server", "ns", file).contains("no DNS server"));
        String other = Files.writeString(folder.resolve("other"), "mine").toString();
        assertTrue(refusal("--csv", other, file).contains("exists"));
        assertTrue(refusal("--journal", other, file).contains("is no journal"));
        assertTrue(refusal("--csv", file, file).contains("both the list of providers and"));
        assertTrue(refusal("--html", file + ".journal", file).contains("both the journal and"));
        assertTrue(refusal(folder.resolve("none").toString()).contains("there is no file"));
        Files.writeString(Path.of(file), "A,b c\n");
        assertTrue(refusal(file).contains("line 1"));
        assertEquals(0, tried.get());
    }
}
