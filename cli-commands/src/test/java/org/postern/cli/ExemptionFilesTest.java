package org.postern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.postern.cli.Console.S1;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExemptionFilesTest {
    private static final String HEAD = "id,subscriber,destinations,until,reason,ticket\n";
    private static final String ROWS =
            "e1,r1,192.0.2.25/32,2026-09-01T00:00:00Z,own mail server,HD-1\n"
                    + "e2,r2,,2026-09-01T00:00:00Z,\"=SUM(A1), he says\",\n";

    private final Console console = new Console();
    @TempDir private Path folder;

    @BeforeEach
    void someAreRegistered() {
        for (int i = 1; i <= 20; i++) {
            console.run(
                    new SubscriberAddCommand(),
                    "-p",
                    "10.64.1." + i + "/32",
                    "r" + i,
                    S1 + "/" + i);
        }
        console.orders.clear();
    }

    private String file(String text) throws IOException {
        return Files.write(folder.resolve("in.csv"), text.getBytes(StandardCharsets.UTF_8))
                .toString();
    }

    private String imported(String... words) {
        String[] all = new String[words.length + 1];
        all[0] = "--exemptions";
        System.arraycopy(words, 0, all, 1, words.length);
        return console.run(new ImportCommand(), all);
    }

    private String refused(String... words) {
        return assertThrows(IllegalArgumentException.class, () -> imported(words)).getMessage();
    }

    private String exported(String name, String... words) throws IOException {
        String path = folder.resolve(name).toString();
        String[] all = Arrays.copyOf(words, words.length + 2);
        all[words.length] = "--exemptions";
        all[words.length + 1] = path;
        console.run(new ExportCommand(), all);
        return Files.readString(Path.of(path), StandardCharsets.UTF_8);
    }

    @Test
    void exemptionsOfAFileAreOrderedAtOnceAndOnlyOnce() throws IOException {
        String path = file(HEAD + ROWS);
        assertEquals(
                "+ e1(r1: direct mail to [192.0.2.25/32], 2026-03-01T08:01:30Z to\n"
                        + "  2026-09-01T00:00:00Z)\n"
                        + "+ e2(r2: direct mail, 2026-03-01T08:01:30Z to 2026-09-01T00:00:00Z)\n"
                        + "would be imported: 2 added, 0 changed, 0 unchanged\n"
                        + "2 opened, 0 cut off\n"
                        + "Nothing was changed.",
                imported("--dry-run", path));
        assertEquals(List.of(), console.orders);
        assertEquals(
                "imported: 2 added, 0 changed, 0 unchanged",
                imported("--reason", "change 17", path));
        assertEquals(
                List.of(
                        "put-exemptions by ada: ",
                        "exempt by ada: own mail server",
                        "exempt by ada: =SUM(A1), he says"),
                console.orders);
        assertEquals(
                "nothing to do: 2 exemptions of the file are as they are there", imported(path));
        assertEquals(
                "~ e1 of r1\n"
                        + "    destinations: +192.0.2.26/32 -192.0.2.25/32\n"
                        + "    ticket: HD-1 to HD-2\n"
                        + "would be imported: 0 added, 1 changed, 1 unchanged\n"
                        + "1 opened, 1 cut off\n"
                        + "Nothing was changed.",
                imported(
                        "--dry-run",
                        file(HEAD + ROWS.replace("2.25/", "2.26/").replace("HD-1", "HD-2"))));
    }

    @Test
    void whatIsWrongIsToldByLineAndNothingIsDone() throws IOException {
        String path =
                file(
                        HEAD
                                + ROWS
                                + "e3,nobody,,2026-09-01T00:00:00Z,x,\n"
                                + "e4,r2,,2026-09-01T00:00:00Z,x,\n");
        String message = refused(path);
        assertTrue(
                message.startsWith(
                        path
                                + ": 2 errors, nothing was changed; the first: line 4: field"
                                + " \"subscriber\": exemption e3: there is no subscriber \"nobody\""),
                message);
        assertEquals(List.of(), console.orders);
        assertTrue(refused("--mirror", path).contains("postern-revoke"));
        assertTrue(refused(folder + "/none.csv").contains("there is no file"));
    }

    @Test
    void moreThanTheGuardAllowsNeedForce() throws IOException {
        String path =
                file(
                        HEAD
                                + IntStream.rangeClosed(1, 11)
                                        .mapToObj(
                                                i ->
                                                        "e"
                                                                + i
                                                                + ",r"
                                                                + i
                                                                + ",,2026-09-01T00:00:00Z,x,\n")
                                        .collect(Collectors.joining()));
        String message = refused(path);
        assertTrue(message.contains("11 of 20 subscribers would be let send directly"), message);
        assertTrue(message.endsWith("(--dry-run, --force)"), message);
        assertEquals(List.of(), console.orders);
        assertEquals("imported: 11 added, 0 changed, 0 unchanged", imported("--force", path));
    }

    @Test
    void whatIsExportedImportsToNothing() throws IOException {
        imported(file(HEAD + ROWS));
        String csv = exported("all.csv");
        assertTrue(
                csv.startsWith(
                        "id,subscriber,destinations,class,from,until,reason,ticket,by,useCase,"),
                csv);
        assertTrue(csv.contains("\"'=SUM(A1), he says\""), csv);
        assertTrue(exported("all.json").contains("\"checklist\":{}"));
        for (String name : List.of("all.csv", "all.json")) {
            assertEquals(
                    "nothing to do: 2 exemptions of the file are as they are there",
                    imported(folder.resolve(name).toString()));
        }
        assertFalse(exported("a.csv", "--ticket", "HD-1").contains("e2,"));
        assertFalse(exported("b.csv", "--subscriber", "r2").contains("e1,"));
        assertEquals("[]\n", exported("c.json", "--state", "ended"));
        assertEquals(
                2,
                console.json(new ExportCommand(), "-j", "--exemptions", folder + "/d.json")
                        .get("exemptions")
                        .asInt());
    }

    @Test
    void optionsOfTheOtherKindAreRefused() {
        for (List<String> words :
                List.of(
                        List.of("--exemptions", "--class", "business"),
                        List.of("--ticket", "HD-1"),
                        List.of("--state", "ended"))) {
            String[] all = Arrays.copyOf(words.toArray(new String[0]), words.size() + 1);
            all[words.size()] = folder + "/x.csv";
            String message =
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> console.run(new ExportCommand(), all))
                            .getMessage();
            assertTrue(message.contains("--exemptions"), message);
        }
        assertFalse(Files.exists(folder.resolve("x.csv")));
    }
}
