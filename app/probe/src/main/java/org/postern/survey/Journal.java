package org.postern.survey;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * What is known already, a JSON object a line, written as soon as it is known: a survey that was
 * broken off goes on where it was. Of what is known only the place in the file is kept in memory. A
 * last line that was not written to its end is forgotten. Nobody else may write to it meanwhile.
 * What is no journal is left as it is.
 */
final class Journal implements Known {
    /** The largest journal, bytes: 20,000 providers of two families take about 500 MiB. */
    private static final long LARGEST = 1L << 30;

    /** The longest line, bytes: a domain of 8 servers takes less than 5 MiB. */
    private static final int LONGEST_LINE = 1 << 24;

    private static final int BUFFER = 1 << 16;

    /** How each line begins, one that was torn too. */
    private static final String BEGIN = "{\"provider\":\"";

    private static final ObjectMapper MAPPER =
            new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final Path file;
    private final FileChannel channel;
    private final Map<Target, Line> known = new HashMap<>();

    /** Where the next line begins. */
    private long end;

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
        // not closed: that would close the channel
        readAll(new BufferedInputStream(Channels.newInputStream(channel.position(0)), BUFFER));
        if (again) {
            known.clear();
            end = 0;
        }
        channel.truncate(end);
    }

    /** Takes down where each line is, and where the last whole one ends. */
    private void readAll(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int number = 1;
        for (int read = in.read(); read >= 0; read = in.read()) {
            if (read != '\n') {
                line.write(read);
                if (line.size() > LONGEST_LINE) {
                    throw noJournal(number);
                }
                continue;
            }
            read(line.toString(StandardCharsets.UTF_8), number++, end, line.size());
            end += line.size() + 1;
            line.reset();
        }
        String torn = line.toString(StandardCharsets.UTF_8);
        if (!torn.startsWith(BEGIN) && !BEGIN.startsWith(torn)) {
            throw noJournal(number);
        }
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

    private void read(String text, int line, long from, int length) {
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
            // nothing is found without a port: who has none is asked again
            if (!json.path("result").path("ports").isEmpty()) {
                known.put(target, new Line(from, length));
            }
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
        Line line = known.get(target);
        if (line == null) {
            return null;
        }
        ByteBuffer text = ByteBuffer.allocate(line.length);
        try {
            while (text.hasRemaining()) {
                if (channel.read(text, line.from + text.position()) < 0) {
                    throw new EOFException("it was shortened");
                }
            }
            return (ObjectNode) MAPPER.readTree(text.array());
        } catch (IOException e) {
            throw new IllegalStateException(file + " cannot be read any more: " + e, e);
        }
    }

    /** It is on the disk when this returns; what could not be written whole is overwritten. */
    @Override
    public synchronized void add(Target target, ObjectNode record) {
        ByteBuffer text = ByteBuffer.wrap((record + "\n").getBytes(StandardCharsets.UTF_8));
        Line line = new Line(end, text.remaining() - 1);
        try {
            while (text.hasRemaining()) {
                channel.write(text, end + text.position());
            }
            channel.force(false);
        } catch (IOException e) {
            cutOff(e);
            throw new IllegalStateException(file + " cannot be written: " + e, e);
        }
        end += text.limit();
        known.put(target, line);
    }

    /** Takes away what was written of a line: a shorter one would not cover it. */
    private void cutOff(IOException why) {
        try {
            channel.truncate(end);
        } catch (IOException e) {
            why.addSuppressed(e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new IllegalStateException(file + " cannot be closed: " + e, e);
        }
    }

    /** Where a record is, without the end of its line. Immutable. */
    private static final class Line {
        private final long from;
        private final int length;

        private Line(long from, int length) {
            this.from = from;
            this.length = length;
        }
    }
}
