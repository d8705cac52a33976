package org.postern.survey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
    @TempDir private Path folder;

    private static Target target(int i) {
        return new Target("B\u00fccher " + i, "h" + i + ".example", "", "");
    }

    private static ObjectNode record(int i) {
        ObjectNode record = new ObjectMapper().createObjectNode();
        record.put("provider", target(i).provider()).put("host", target(i).host());
        record.putObject("result").putArray("ports").add("said \u20ac\n".repeat(i));
        return record;
    }

    private Path file() {
        return folder.resolve("journal");
    }

    @Test
    void eachRecordIsFoundAgainWhereItIsInTheFile() {
        try (Journal journal = Journal.open(file(), false)) {
            for (int i = 0; i < 100; i++) {
                journal.add(target(i), record(i));
            }
            assertEquals(record(7), journal.of(target(7)));
        }
        try (Journal journal = Journal.open(file(), false)) {
            journal.add(target(100), record(100));
            for (int i = 100; i >= 0; i--) {
                assertEquals(record(i), journal.of(target(i)));
            }
            assertNull(journal.of(target(101)));
        }
    }

    @Test
    void recordsAreReadFromTheFileAndNotKept() throws IOException {
        try (Journal journal = Journal.open(file(), false)) {
            journal.add(target(1), record(1));
            try (FileChannel channel = FileChannel.open(file(), StandardOpenOption.WRITE)) {
                channel.truncate(20);
            }
            String message =
                    assertThrows(IllegalStateException.class, () -> journal.of(target(1)))
                            .getMessage();
            assertTrue(message.contains("it was shortened"), message);
        }
    }

    @Test
    void lineThatNeverEndsIsNoJournal() throws IOException {
        String begin = record(1).toString();
        Files.writeString(file(), begin.substring(0, begin.length() - 2) + " ".repeat(17 << 20));
        long before = Files.size(file());
        String message =
                assertThrows(IllegalArgumentException.class, () -> Journal.open(file(), true))
                        .getMessage();
        assertTrue(message.contains("is no journal of a survey (line 1)"), message);
        assertEquals(before, Files.size(file()), "it is as it was");
    }
}
