package org.postern.survey;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * What is known already, a JSON object a line, written as soon as it is known: a survey that was
 * broken off goes on where it was. A last line that was not written to its end is forgotten. Nobody
 * else may write to it meanwhile. What is no journal is left as it is.
 */
final class Journal implements Known {
    /** The largest journal, bytes: 20,000 providers of two families take about 500 MiB. */
    private static final long LARGEST = 1L << 30;

    /** How each line begins, one that was torn too. */
    private static final String BEGIN = "{\"provider\":\"";

    private static final ObjectMapper MAPPER =
            new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final Path file;
    private final FileChannel channel;
    private final Map<Target, ObjectNode> known = new LinkedHashMap<>();

    private Journal(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Opens a journal, and makes it if there is none.
     *
     * @param file its path; not a symbolic link
     * @param again whether to forget what it has
     * @throws IllegalArgumentException if it is no journal, or cannot be written to
     * @throws IllegalStateException if another survey writes to it
     */
    static Journal open(Path file, boolean again) {
        try {
            if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)
                    && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                throw new IllegalArgumentException(file + " is not a regular file");
            }
            FileChannel channel =
                    FileChannel.open(
                            file,
                            Set.of(
                                    StandardOpenOption.CREATE,
                                    StandardOpenOption.READ,
                                    StandardOpenOption.WRITE,
                                    LinkOption.NOFOLLOW_LINKS),
                            Sheets.own(file));
            Journal journal = new Journal(file, channel);
            try {
                journal.begin(again);
                return journal;
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            throw new IllegalArgumentException(file + " cannot be kept as a journal: " + e, e);
        }
    }

    private void begin(boolean again) throws IOException {
        try {
            if (channel.tryLock() == null) {
                throw inUse();
            }
        } catch (OverlappingFileLockException e) {
            throw inUse();
        }
        if (channel.size() > LARGEST) {
            throw new IllegalArgumentException(file + " is too large for a journal");
        }
        byte[] all = Channels.newInputStream(channel).readAllBytes();
        int from = 0;
        int line = 1;
        for (int i = 0; i < all.length; i++) {
            if (all[i] == '\n') {
                read(new String(all, from, i - from, StandardCharsets.UTF_8), line++);
                from = i + 1;
            }
        }
        String torn = new String(all, from, all.length - from, StandardCharsets.UTF_8);
        if (!torn.startsWith(BEGIN) && !BEGIN.startsWith(torn)) {
            throw noJournal(line);
        }
        if (again) {
            known.clear();
            from = 0;
        }
        channel.truncate(from);
        channel.position(from);
    }

    private IllegalStateException inUse() {
        return new IllegalStateException(
                "another survey writes to " + file + ": wait for it, or name another journal");
    }

    private IllegalArgumentException noJournal(int line) {
        return new IllegalArgumentException(
                file
                        + " is no journal of a survey (line "
                        + line
                        + "): name another, or move it away");
    }

    private void read(String text, int line) {
        try {
            JsonNode json = MAPPER.readTree(text);
            if (json == null
                    || !json.path("provider").isTextual()
                    || !json.path("host").isTextual()
                    || !json.path("result").path("ports").isArray()) {
                throw noJournal(line);
            }
            Target target =
                    new Target(
                            json.get("provider").asText(),
                            json.get("host").asText(),
                            json.path("domain").asText(""),
                            "");
            known.put(target, (ObjectNode) json);
        } catch (JsonProcessingException e) {
            throw noJournal(line);
        }
    }

    @Override
    public synchronized boolean has(Target target) {
        return known.containsKey(target);
    }

    @Override
    public synchronized ObjectNode of(Target target) {
        return known.get(target);
    }

    /** It is on the disk when this returns. */
    @Override
    public synchronized void add(Target target, ObjectNode record) {
        ByteBuffer line = ByteBuffer.wrap((record + "\n").getBytes(StandardCharsets.UTF_8));
        try {
            while (line.hasRemaining()) {
                channel.write(line);
            }
            channel.force(false);
        } catch (IOException e) {
            throw new IllegalStateException(file + " cannot be written: " + e, e);
        }
        known.put(target, record);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new IllegalStateException(file + " cannot be closed: " + e, e);
        }
    }
}
