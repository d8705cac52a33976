package org.postern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.postern.cli.Console.S1;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.postern.policy.Mode;

class ImportTest {
    private static final String GOOD = "{\"id\": \"r98\", \"attachments\": [\"" + S1 + "/8\"]}";

    private final Console console = new Console();
    @TempDir private Path folder;

    private String file(String text) throws IOException {
        return Files.write(folder.resolve("in.json"), text.getBytes(StandardCharsets.UTF_8))
                .toString();
    }

    private String refusal(String path) {
        String message =
                assertThrows(
                                IllegalArgumentException.class,
                                () -> console.run(new ImportCommand(), path))
                        .getMessage();
        assertEquals(1, message.lines().count(), message);
        assertTrue(message.contains(path), message);
        assertEquals(List.of(), console.orders);
        return message;
    }

    @Test
    void subscribersOfAFileAreRegisteredAtOnce() throws IOException {
        String path =
                file(
                        "["
                                + GOOD
                                + ", {\"macs\": [\"02:64:00:00:00:07\"], \"prefixes\": [\"10.64.1.7/32\"],"
                                + " \"attachments\": [\""
                                + S1
                                + "/9/100\"], \"class\": \"business\", \"id\": \"shop\"}]\n");
        assertEquals(
                "imported: 2 added, 0 changed, 0 removed, 0 unchanged",
                console.run(new ImportCommand(), path));
        assertEquals(List.of("put 2 by ada"), console.orders);
        assertEquals("residential", console.directory.subscribers.get("r98").serviceClass());
        assertEquals(
                "shop(business at [of:0000000000000001/9/100])",
                console.directory.subscribers.get("shop").toString());
        assertEquals(
                "[10.64.1.7/32][02:64:00:00:00:07]",
                console.directory.subscribers.get("shop").prefixes().toString()
                        + console.directory.subscribers.get("shop").macs());
    }

    @Test
    void dryRunShowsWhatWouldBeChangedAndChangesNothing() throws IOException {
        console.run(new SubscriberAddCommand(), "r98", S1 + "/1");
        console.run(new SubscriberAddCommand(), "r97", S1 + "/7");
        console.orders.clear();
        String path =
                file(
                        "["
                                + GOOD
                                + ", {\"id\": \"r99\", \"class\": \"business\", \"attachments\": [\""
                                + S1
                                + "/9\"]}]");
        assertEquals(
                "+ r99(business at [of:0000000000000001/9])\n"
                        + "~ r98\n"
                        + "    attachments: +of:0000000000000001/8 -of:0000000000000001/1\n"
                        + "- r97(residential at [of:0000000000000001/7])\n"
                        + "would be imported: 1 added, 1 changed, 1 removed, 0 unchanged\n"
                        + "1 opened, 0 cut off\n"
                        + "Nothing was changed.",
                console.run(new ImportCommand(), "--dry-run", "--mirror", path));
        assertEquals(
                1,
                console.json(new ImportCommand(), "-j", "--dry-run", path)
                        .get("difference")
                        .get("numbers")
                        .get("changed")
                        .asInt());
        assertEquals(List.of(), console.orders);
        assertEquals(
                "[of:0000000000000001/1]",
                console.directory.subscribers.get("r98").attachments().toString());
    }

    private String csv(int from, int to, String serviceClass) throws IOException {
        return Files.write(
                        folder.resolve("in.csv"),
                        ("id,class,attachments\n"
                                        + IntStream.rangeClosed(from, to)
                                                .mapToObj(
                                                        i ->
                                                                "r"
                                                                        + i
                                                                        + ","
                                                                        + serviceClass
                                                                        + ","
                                                                        + S1
                                                                        + "/"
                                                                        + i
                                                                        + "\n")
                                                .collect(Collectors.joining()))
                                .getBytes(StandardCharsets.UTF_8))
                .toString();
    }

    @Test
    void csvIsKnownByItsNameAndOtherwiseBySayingSo() throws IOException {
        String path = csv(1, 3, "residential");
        assertEquals(
                "imported: 3 added, 0 changed, 0 removed, 0 unchanged",
                console.run(new ImportCommand(), path));
        String renamed = Files.copy(Path.of(path), folder.resolve("in.txt")).toString();
        assertTrue(refused(renamed).contains("not JSON"));
        assertTrue(
                console.run(new ImportCommand(), "--format", "csv", renamed)
                        .startsWith("nothing to do: 3 subscribers of the file"));
        assertTrue(refused("--format", "xml", path).contains("use csv or json"));
    }

    private String refused(String... words) {
        return assertThrows(
                        IllegalArgumentException.class,
                        () -> console.run(new ImportCommand(), words))
                .getMessage();
    }

    @Test
    void lettingManySendNeedsForce() throws IOException {
        String path = csv(1, 11, "business");
        String message = refused(path);
        assertTrue(message.contains("11 of 11 subscribers would be let send directly"), message);
        assertTrue(message.endsWith("(--dry-run, --force)"), message);
        assertEquals(0, console.directory.subscribers.size());
        console.run(new ImportCommand(), "--force", path);
        assertEquals(11, console.directory.subscribers.size());
        assertTrue(refused("--mirror", csv(12, 12, "residential")).contains("11 removed"));
        console.run(new ImportCommand(), "--mirror", "--force", csv(12, 12, "residential"));
        assertEquals(Set.of("r12"), console.directory.subscribers.keySet());
    }

    @Test
    void listsThatAreLongAreCutAndLinesFitTheTerminal() throws IOException {
        String told = console.run(new ImportCommand(), "--dry-run", csv(1, 500, "residential"));
        assertTrue(told.contains("+ and 480 more; -j lists 1000"), told);
        told.lines().forEach(line -> assertTrue(line.length() <= 80, line));
        String path = csv(1, 300, "gold-plated-class-that-nobody-ever-made");
        List<String> shown = new ArrayList<>();
        ImportCommand command = new ImportCommand();
        String message =
                assertThrows(
                                IllegalArgumentException.class,
                                () -> console.run(command, shown, path))
                        .getMessage();
        assertTrue(message.contains("300 errors, nothing was changed; the first: line 2"), message);
        assertEquals(1, message.lines().count());
        String faults = String.join("\n", shown);
        assertTrue(faults.contains("line 101: ") && faults.endsWith("and 200 more errors"), faults);
        faults.lines().forEach(line -> assertTrue(line.length() <= 80, line));
    }

    @Test
    void progressIsToldEachThousandSubscribers() throws IOException {
        ImportCommand command = new ImportCommand();
        List<String> told = new ArrayList<>();
        command.progress = told::add;
        String file = csv(1, 2500, "residential");
        console.run(command, file);
        assertEquals(
                List.of(
                        "reading " + file,
                        "checking 2500 subscribers",
                        "written 0 of 2500",
                        "written 1000 of 2500",
                        "written 2000 of 2500",
                        "written 2500 of 2500",
                        ""),
                told);
    }

    @Test
    void progressIsShownInOnePlaceOfATerminalAndNowhereElse() throws IOException {
        String file = csv(1, 1000, "residential");
        console.run(new ImportCommand(), "--dry-run", file);
        assertEquals("", console.typed.toString(StandardCharsets.UTF_8));
        console.isTerminal = true;
        console.json(new ImportCommand(), "-j", "--dry-run", file);
        assertEquals("", console.typed.toString(StandardCharsets.UTF_8));
        console.run(new ImportCommand(), "--dry-run", file);
        String reading = ("reading " + file).substring(0, Math.min(79, 8 + file.length()));
        assertEquals(List.of(reading, "checking 1000 subscribers", ""), shownInPlace());
        console.run(new ImportCommand(), file);
        assertEquals(
                List.of(
                        reading,
                        "checking 1000 subscribers",
                        "written 0 of 1000",
                        "written 1000 of 1000",
                        ""),
                shownInPlace());
    }

    /** What the line of the terminal shows, one after the other. */
    private List<String> shownInPlace() {
        List<String> seen = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        int column = 0;
        for (char c : console.typed.toString(StandardCharsets.UTF_8).toCharArray()) {
            if (c == '\r') {
                String now = line.toString().trim();
                if (column > 0 && (seen.isEmpty() || !seen.get(seen.size() - 1).equals(now))) {
                    seen.add(now);
                }
                column = 0;
            } else {
                assertTrue(column < 79 && c != '\n', "it stays in the line");
                line.replace(column, Math.min(++column, line.length()), String.valueOf(c));
            }
        }
        console.typed.reset();
        return seen;
    }

    @Test
    void aDeviceOrPipeIsNotReadButALinkIsFollowed() throws IOException, InterruptedException {
        assertTrue(refused("/dev/zero").endsWith("is not a regular file"));
        Path pipe = folder.resolve("pipe");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
        assertTrue(refused(pipe.toString()).endsWith("is not a regular file"));
        Path link = folder.resolve("link.csv");
        Files.createSymbolicLink(link, Path.of(csv(1, 1, "residential")));
        assertTrue(console.run(new ImportCommand(), link.toString()).startsWith("imported: 1"));
        assertTrue(refused("a\0b").contains("not the path of a file"));
    }

    @Test
    void refusalOfTheDirectoryNamesTheFile() throws IOException {
        console.directory.refusal = "subscriber r98: attachment belongs to subscriber r1 already";
        assertTrue(refusal(file("[" + GOOD + "]")).endsWith(console.directory.refusal));
    }

    @Test
    void aModeIsImportedAndEnforceIfAbsent() throws IOException {
        String monitored = GOOD.substring(0, GOOD.lastIndexOf('}')) + ", \"mode\": \"monitor\"}";
        console.run(new ImportCommand(), file("[" + monitored + "]"));
        assertEquals(Mode.MONITOR, console.directory.subscribers.get("r98").mode());
        console.run(new ImportCommand(), file("[" + GOOD + "]"));
        assertEquals(Mode.ENFORCE, console.directory.subscribers.get("r98").mode());
    }

    @Test
    void sharedAttachmentsAreImported() throws IOException {
        for (String one : List.of(S1 + "/9/100@10.64.3.0/29", S1 + "/9/100.7")) {
            console.run(
                    new ImportCommand(),
                    file("[{\"id\": \"r99\", \"attachments\": [\"" + one + "\"]}]"));
            assertEquals(
                    "[" + one + "]",
                    console.directory.subscribers.get("r99").attachments().toString());
        }
    }

    static Stream<Arguments> badFiles() {
        return Stream.of(
                bad("[{", "JSON", "line 1, column 3"),
                bad("", "empty", "list"),
                bad("[]", "the list is empty"),
                bad("{\"id\": \"r99\"}", "list"),
                bad("\"r99\"", "list"),
                bad("[" + GOOD + "] []", "more after the list"),
                bad("[" + GOOD + ",]", "JSON"),
                bad("[" + GOOD + "\n, 7]", "line 2, column 3", "subscriber [1]", "7", "object"),
                bad(
                        "[" + GOOD + ",\n " + GOOD + "]",
                        "line 2",
                        "subscriber [1]",
                        "\"r98\"",
                        "line 1"),
                bad(
                        "[" + GOOD + ",\n {\"id\": \"r99\",\n  \"colour\": \"red\"}]",
                        "line 3, column 3",
                        "subscriber [1]",
                        "\"colour\"",
                        "attachments, prefixes, macs"),
                bad("[{\"id\": \"r99\", \"id\": \"r98\"}]", "subscriber [0]", "\"id\"", "twice"),
                bad(
                        "[{\"attachments\": [\"" + S1 + "/8\"]}]",
                        "subscriber [0]",
                        "\"id\"",
                        "missing"),
                bad("[{\"id\": \"r99\"}]", "subscriber [0]", "r99", "no attachment"),
                bad("[{\"id\": 99}]", "\"id\"", "value 99 is not a string"),
                bad("[{\"id\": \"r 99\"}]", "\"id\"", "\"r 99\"", "column 9"),
                bad("[{\"id\": \"r99\", \"class\": null}]", "\"class\"", "value null"),
                bad(
                        "[{\"id\": \"r99\", \"class\": \"gold\"}]",
                        "\"class\"",
                        "\"gold\"",
                        "residential"),
                bad("[{\"attachments\": \"x\"}]", "\"attachments\"", "value \"x\" is not a list"),
                bad(
                        "[{\"attachments\": [[]]}]",
                        "\"attachments[0]\"",
                        "value [...] is not a string"),
                bad(
                        "[{\"attachments\": [\"" + S1 + "/8\", \"nonsense\"]}]",
                        "\"attachments[1]\"",
                        "\"nonsense\""),
                bad("[{\"prefixes\": [\"10.64.1.7/24\"]}]", "\"prefixes[0]\"", "\"10.64.1.7/24\""),
                bad(
                        "[{\"prefixes\": [\"10.0.0.0/8\", \"10.0.0.0/8\"]}]",
                        "\"prefixes[1]\"",
                        "twice"),
                bad("[{\"macs\": [\"zz\"]}]", "\"macs[0]\"", "\"zz\""),
                bad("[{\"mode\": \"watch\"}]", "\"mode\"", "\"watch\"", "enforce", "monitor"),
                bad("[{\"mode\": \"MONITOR\"}]", "\"mode\"", "\"MONITOR\""),
                bad("[{\"mode\": true}]", "\"mode\"", "value true is not a string"),
                bad("[{\"mode\": null}]", "\"mode\"", "value null"),
                bad("[{\"quarantine\": {}}]", "\"quarantine\"", "macs, mode"),
                bad("[{\"macs\": {}}]", "\"macs\"", "value {...} is not a list"));
    }

    private static Arguments bad(String text, String... named) {
        return Arguments.of(text, List.of(named));
    }

    @ParameterizedTest
    @MethodSource("badFiles")
    void badFileIsRefusedWithThePlaceAndTheReason(String text, List<String> named)
            throws IOException {
        String message = refusal(file(text));
        for (String name : named) {
            assertTrue(message.contains(name), message);
        }
    }

    @Test
    void fileThatIsNoTextIsRefused() throws IOException {
        Path path = folder.resolve("binary");
        Files.write(path, new byte[] {'[', '"', (byte) 0xff, (byte) 0xfe, '"', ']'});
        assertTrue(refusal(path.toString()).contains("not UTF-8"));
    }

    @Test
    void fileThatIsNotThereIsNamed() {
        assertTrue(refusal("/nonexistent/subscribers.json").startsWith("there is no file"));
    }

    @Test
    void folderIsRefused() {
        assertTrue(refusal(folder.toString()).endsWith("is not a regular file"));
    }

    @Test
    void fileOfNothingIsRefused() throws IOException {
        Path path = folder.resolve("large.json");
        try (RandomAccessFile large = new RandomAccessFile(path.toFile(), "rw")) {
            large.setLength((64 << 20) + 1);
        }
        assertTrue(refusal(path.toString()).contains("NUL"));
    }
}
