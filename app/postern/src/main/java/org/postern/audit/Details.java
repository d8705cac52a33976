package org.postern.audit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.onosproject.core.ApplicationId;
import org.onosproject.store.serializers.KryoNamespaces;
import org.onosproject.store.service.ConsistentMap;
import org.onosproject.store.service.Serializer;
import org.onosproject.store.service.StorageException;
import org.onosproject.store.service.StorageService;
import org.onosproject.store.service.Versioned;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the single changes of bulk changes: compressed lines of JSON, some thousand changes
 * together, so that a hundred thousand subscribers are some fifty writes. The entry that they
 * belong to tells what is where: {@code id}, {@code count}, {@code bytes}, and of each chunk its
 * {@code count}, its {@code pieces}, and the first and last of its subjects, so that a subject is
 * found without reading everything.
 */
final class Details {
    /** Changes in a chunk. */
    static final int CHUNK = 2_000;

    /** Bytes of a chunk, decompressed: so much is held in memory at once. */
    private static final int CHUNK_BYTES = 4 << 20;

    /**
     * Bytes of one value in the store, an entry of Raft's log, which takes 1 MiB at most (Atomix).
     */
    static final int PIECE = 256 << 10;

    /** Details whose entry never came, since the node ended before it wrote that, are removed. */
    private static final Duration ORPHANED = Duration.ofDays(1);

    private static final String COUNT = "count";
    private static final String BYTES = "bytes";
    private static final String CHUNKS = "chunks";
    private static final String PIECES = "pieces";
    private static final String FIRST = "first";
    private static final String LAST = "last";

    private final Logger log = LoggerFactory.getLogger(getClass());
    private final ConsistentMap<String, byte[]> store;

    Details(StorageService storage, ApplicationId owner) {
        store =
                storage.<String, byte[]>consistentMapBuilder()
                        .withName("postern-audit-details")
                        .withApplicationId(owner)
                        .withSerializer(Serializer.using(KryoNamespaces.BASIC))
                        .build();
    }

    static int count(JsonNode where) {
        return where == null ? 0 : where.path(COUNT).asInt();
    }

    static long bytes(JsonNode where) {
        return where == null ? 0 : where.path(BYTES).asLong();
    }

    /**
     * Writes changes; in vain if no entry tells of them.
     *
     * @return where they are, for {@link #read} and {@link #remove}; empty if there are none
     * @throws StorageException if the store fails; what was written is taken back if it can be
     */
    Optional<ObjectNode> write(Instant at, Iterable<Change> changes) {
        ObjectNode where =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("id", at.toEpochMilli() + "-" + UUID.randomUUID())
                        .put(COUNT, 0)
                        .put(BYTES, 0L);
        where.putArray(CHUNKS);
        try {
            Chunk chunk = new Chunk();
            for (Change change : changes) {
                chunk.add(change);
                if (chunk.isFull()) {
                    write(where, chunk);
                    chunk = new Chunk();
                }
            }
            if (chunk.count > 0) {
                write(where, chunk);
            }
        } catch (RuntimeException e) {
            try {
                remove(where);
            } catch (StorageException again) {
                log.warn("Details that were not needed could not be removed yet", again);
            }
            throw e;
        }
        return count(where) == 0 ? Optional.empty() : Optional.of(where);
    }

    private void write(ObjectNode where, Chunk chunk) {
        byte[] bytes = chunk.bytes();
        ArrayNode chunks = (ArrayNode) where.get(CHUNKS);
        int pieces = (bytes.length + PIECE - 1) / PIECE;
        String prefix = prefix(where, chunks.size());
        // told before it is done, so that a failure takes back what may have been done
        chunks.addObject()
                .put(COUNT, chunk.count)
                .put(PIECES, pieces)
                .put(FIRST, chunk.first)
                .put(LAST, chunk.last);
        where.put(COUNT, count(where) + chunk.count).put(BYTES, bytes(where) + bytes.length);
        for (int i = 0; i < pieces; i++) {
            store.put(
                    prefix + i,
                    Arrays.copyOfRange(bytes, i * PIECE, Math.min(bytes.length, (i + 1) * PIECE)));
        }
    }

    private static String prefix(JsonNode where, int chunk) {
        return where.path("id").asText() + "/" + chunk + "/";
    }

    /**
     * Reads changes, chunk by chunk.
     *
     * @param where as {@link #write} told
     * @param subject only changes of this subject, or all if empty
     * @param each is told the index of each change, from 1, and the change
     * @return false if something of it is not in the store (any more)
     */
    boolean read(JsonNode where, Optional<String> subject, BiConsumer<Integer, JsonNode> each) {
        int index = 0;
        int chunk = 0;
        for (JsonNode told : where.path(CHUNKS)) {
            if (subject.map(s -> isWithin(told, s)).orElse(true)) {
                Optional<byte[]> bytes = bytes(prefix(where, chunk), told.path(PIECES).asInt());
                if (!bytes.isPresent()) {
                    return false;
                }
                int next = index;
                for (JsonNode change : lines(bytes.get())) {
                    next++;
                    if (subject.map(change.path("subject").asText()::equals).orElse(true)) {
                        each.accept(next, change);
                    }
                }
            }
            index += told.path(COUNT).asInt();
            chunk++;
        }
        return true;
    }

    private static boolean isWithin(JsonNode told, String subject) {
        return told.path(FIRST).asText().compareTo(subject) <= 0
                && told.path(LAST).asText().compareTo(subject) >= 0;
    }

    private Optional<byte[]> bytes(String prefix, int pieces) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int i = 0; i < pieces; i++) {
            byte[] piece = Versioned.valueOrNull(store.get(prefix + i));
            if (piece == null) {
                return Optional.empty();
            }
            all.write(piece, 0, piece.length);
        }
        return Optional.of(all.toByteArray());
    }

    private static List<JsonNode> lines(byte[] compressed) {
        List<JsonNode> all = new ArrayList<>();
        try (BufferedReader in =
                new BufferedReader(
                        new InputStreamReader(
                                new GZIPInputStream(new ByteArrayInputStream(compressed)),
                                StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                all.add(Stored.valueOf(line));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return all;
    }

    void remove(JsonNode where) {
        int chunk = 0;
        for (JsonNode told : where.path(CHUNKS)) {
            String prefix = prefix(where, chunk++);
            for (int i = 0; i < told.path(PIECES).asInt(); i++) {
                store.remove(prefix + i);
            }
        }
    }

    /** Removes details that no entry tells of, as a node left them that ended in the middle. */
    void removeOrphans(Iterable<AuditEntry> entries, Instant now) {
        Set<String> known =
                StreamSupport.stream(entries.spliterator(), false)
                        .filter(e -> e.details() > 0)
                        .map(e -> e.whereDetails().path("id").asText())
                        .collect(Collectors.toSet());
        for (String key : new HashSet<>(store.keySet())) {
            String id = key.split("/")[0];
            Instant written = Instant.ofEpochMilli(Long.parseLong(id.split("-")[0]));
            if (!known.contains(id) && written.plus(ORPHANED).isBefore(now)) {
                store.remove(key);
            }
        }
    }

    /** Changes that are compressed together. */
    private static final class Chunk {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();
        private final GZIPOutputStream compressed;
        private int count;
        private int size;
        private String first;
        private String last;

        private Chunk() {
            try {
                compressed = new GZIPOutputStream(out);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private void add(Change change) {
            String subject = change.subject();
            first = first == null || subject.compareTo(first) < 0 ? subject : first;
            last = last == null || subject.compareTo(last) > 0 ? subject : last;
            byte[] line =
                    (Stored.change(change, Optional.empty()) + "\n")
                            .getBytes(StandardCharsets.UTF_8);
            count++;
            size += line.length;
            try {
                compressed.write(line);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private boolean isFull() {
            return count >= CHUNK || size >= CHUNK_BYTES;
        }

        private byte[] bytes() {
            try {
                compressed.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return out.toByteArray();
        }
    }
}
