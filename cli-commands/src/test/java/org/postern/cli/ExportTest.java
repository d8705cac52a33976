package org.postern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.postern.cli.Console.S1;
import static org.postern.cli.Console.S2;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExportTest {
    private final Console console = new Console();
    @TempDir private Path folder;

    @BeforeEach
    void someAreRegistered() {
        console.run(
                new SubscriberAddCommand(),
                "-c",
                "business",
                "-p",
                "10.64.1.7/32",
                "shop",
                S1 + "/3");
        console.run(new SubscriberAddCommand(), "r1", S2 + "/1/100");
    }

    private String exported(String name, String... words) throws IOException {
        String path = folder.resolve(name).toString();
        String[] all = Arrays.copyOf(words, words.length + 1);
        all[words.length] = path;
        console.run(new ExportCommand(), all);
        return Files.readString(Path.of(path), StandardCharsets.UTF_8);
    }

    private String refused(String... words) {
        return assertThrows(
                        IllegalArgumentException.class,
                        () -> console.run(new ExportCommand(), words))
                .getMessage();
    }

    @Test
    void theDirectoryIsWrittenAsTheFilesNameEnds() throws IOException {
        assertEquals(
                "id,class,attachments,prefixes,macs,mode\r\n"
                        + "r1,residential,of:0000000000000002/1/100,,,enforce\r\n"
                        + "shop,business,of:0000000000000001/3,10.64.1.7/32,,enforce\r\n",
                exported("all.csv"));
        assertEquals(
                "[\n{\"id\":\"r1\",\"class\":\"residential\",\"attachments\":"
                        + "[\"of:0000000000000002/1/100\"],\"prefixes\":[],\"macs\":[],"
                        + "\"mode\":\"enforce\"},\n{\"id\":\"shop\",\"class\":\"business\","
                        + "\"attachments\":[\"of:0000000000000001/3\"],"
                        + "\"prefixes\":[\"10.64.1.7/32\"],\"macs\":[],\"mode\":\"enforce\"}\n]\n",
                exported("all.json"));
        assertTrue(exported("all", "--format", "csv").startsWith("id,class"));
    }

    @Test
    void aPartIsChosenByClassAndDevice() throws IOException {
        assertFalse(exported("a.csv", "--class", "business").contains("r1"));
        assertFalse(exported("b.csv", "--device", S2).contains("shop"));
        assertEquals("[]\n", exported("c.json", "--device", S2, "--class", "business"));
        assertTrue(refused("--class", "gold", folder + "/d.csv").contains("\"gold\""));
        assertTrue(refused("--device", "of:00000000000000ff", folder + "/d.csv").contains(S1));
        assertFalse(Files.exists(folder.resolve("d.csv")));
    }

    @Test
    void whatIsExportedImportsToNothing() throws IOException {
        exported("all.csv");
        assertTrue(
                console.run(new ImportCommand(), "--mirror", folder + "/all.csv")
                        .startsWith("nothing to do: 2 subscribers"));
        assertEquals(
                "exported 2 subscribers to " + folder + "/more.json",
                console.run(new ExportCommand(), folder + "/more.json"));
        assertTrue(
                console.run(new ImportCommand(), "--mirror", folder + "/more.json")
                        .startsWith("nothing to do: 2 subscribers"));
        assertEquals(
                2,
                console.json(new ExportCommand(), "-j", folder + "/last.json")
                        .get("subscribers")
                        .asInt());
    }

    @Test
    void aFileThatIsThereIsNotOverwritten() throws IOException {
        String path = folder.resolve("all.csv").toString();
        console.run(new ExportCommand(), path);
        String before = Files.readString(Path.of(path));
        console.run(new SubscriberRemoveCommand(), "-y", "r1");
        assertTrue(refused(path).contains("exists"));
        assertEquals(before, Files.readString(Path.of(path)));
        // by whatever way it is named
        Files.createDirectory(folder.resolve("sub"));
        assertTrue(refused(folder + "/sub/../all.csv").contains("exists"));
    }

    @Test
    void nothingIsWrittenThroughASymbolicLink() throws IOException {
        Path kept = Files.write(folder.resolve("kept.csv"), new byte[] {1});
        Path link = Files.createSymbolicLink(folder.resolve("link.csv"), kept);
        Path nowhere = folder.resolve("nowhere.csv");
        Path dangling = Files.createSymbolicLink(folder.resolve("dangling.csv"), nowhere);
        for (Path path : List.of(link, dangling)) {
            assertTrue(refused(path.toString()).contains("exists"), path.toString());
            assertTrue(Files.isSymbolicLink(path));
        }
        assertEquals(1, Files.size(kept));
        assertFalse(Files.exists(nowhere));
    }

    @Test
    void whatFailedLeavesNoFile() {
        console.run(new SubscriberAddCommand(), "odd", "of:a;b/1");
        assertTrue(refused(folder + "/all.csv").contains("use JSON"));
        assertFalse(Files.exists(folder.resolve("all.csv")));
    }
}
