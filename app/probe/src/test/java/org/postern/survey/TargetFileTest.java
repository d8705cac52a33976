package org.postern.survey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TargetFileTest {
    @TempDir private Path folder;

    private List<Target> read(String text) throws IOException {
        return TargetFile.read(Files.writeString(folder.resolve("f"), text));
    }

    private String refusal(String text) {
        String message =
                assertThrows(IllegalArgumentException.class, () -> read(text)).getMessage();
        assertEquals(1, message.lines().count(), message);
        return message;
    }

    @Test
    void linesAreReadInTheirOrder() throws IOException {
        List<Target> read =
                read(
                        "\ufeffProvider, Host, Note\r\n\"A, Inc\",SMTP.a.example.,\"say \"\"hi\"\"\"\n#x\n\nB,::1");
        assertEquals("[A, Inc (smtp.a.example), B (::1)]", read.toString());
        assertEquals("say \"hi\"", read.get(0).note());
        assertEquals("", read.get(1).note());
    }

    @Test
    void firstLineSaysWhatTheColumnsAre() throws IOException {
        List<Target> read =
                read(
                        "domain, note, Provider, host\nBücher.example,n,A\n,,B,smtp.b.example\nc.example,,C,");
        assertEquals(
                "[A (domain xn--bcher-kva.example), B (smtp.b.example), C (domain c.example)]",
                read.toString());
        assertEquals("n", read.get(0).note());
        assertEquals("", read.get(0).host());
        assertEquals("isp.example", read("provider,domain\nA,ISP.example.").get(0).domain());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "A | line 1: it has 1 cell",
                "A,b.example,c,d | line 1: it has 4 cells",
                "A,b c | line 1: \"b c\" is no host",
                ",b.example | line 1: the provider is missing",
                "A,\"b.example | line 1: a quotation mark is not closed",
                "A,b.example;A,B.example. | line 2: A (b.example) is in line 1 already",
                "A,b.example;A\u0007,c.example | line 2: a cell has characters that cannot be shown",
                "provider,domain;A,192.0.2.1 | line 2: \"192.0.2.1\" is no mail domain",
                "provider,domain;A, | line 2: give a host or a domain",
                "provider,host,domain;A,a.example,b.example | line 2: give a host or a domain",
                "provider,domain;A,b.example,c | line 2: it has 3 cells: write provider,domain, as",
                "provider,domain,domain;A,b.example | line 1: the names of columns are",
                "provider,hosts;A,b.example | line 1: the names of columns are",
                "host,note,provider;a b,c,d | line 2: \"a b\" is no host",
                "A,b.example;C,d e;E,f g | has 2 faults, nobody was asked: line 2:",
            })
    void whatIsWrongIsToldByItsLine(String text, String told) {
        String message = refusal(text.replace(';', '\n'));
        assertTrue(message.contains(told), message);
    }

    @Test
    void filesAreBounded() throws IOException {
        assertTrue(refusal("A,b.example," + "x".repeat(301)).contains("more than 300 characters"));
        StringBuilder many = new StringBuilder();
        for (int i = 0; i <= TargetFile.MOST; i++) {
            many.append("P,h").append(i).append(".example\n");
        }
        assertTrue(refusal(many.toString()).contains("more than 20000 providers"));
        assertTrue(refusal("#" + "x".repeat(9 << 20)).contains("more than 8 MiB"));
        assertTrue(refusal("\n# nobody\n").contains("names nobody"));
        StringBuilder wrong = new StringBuilder();
        wrong.append("x\n".repeat(100));
        assertTrue(
                refusal(wrong.toString()).contains("line 10: it has 1 cell: write provider,host"));
        assertTrue(refusal(wrong.toString()).endsWith("; ..."));
    }

    @Test
    void whatIsNoTextFileIsRefused() throws IOException {
        Path latin =
                Files.write(
                        folder.resolve("l"), "Ä,b.example".getBytes(StandardCharsets.ISO_8859_1));
        for (Path file : List.of(latin, folder, folder.resolve("none"))) {
            assertThrows(IllegalArgumentException.class, () -> TargetFile.read(file));
        }
    }
}
