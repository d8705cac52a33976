package org.postern.bulk;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.onosproject.core.ApplicationId;
import org.onosproject.store.serializers.KryoNamespaces;
import org.onosproject.store.service.ConsistentMap;
import org.onosproject.store.service.Serializer;
import org.onosproject.store.service.StorageService;
import org.onosproject.store.service.Versioned;

/**
 * Makes a change of many one change. The store writes one value at a time; so all of them are
 * written down here first, in a few compressed values, and then one value more, the
 * <em>commitment</em>: before it nothing has happened, after it everything will, if need be by
 * another node of the cluster.
 */
public final class ChangeJournal {
    private static final int ROWS = 1000;

    /**
     * Characters of the rows of one value, before they are compressed: the store takes values up to
     * 1 MiB.
     */
    private static final int CHARACTERS = 256 << 10;

    private static final String COMMITMENT = "commitment";
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final ConsistentMap<String, byte[]> map;
    private final String one;

    /** The last commitment that somebody asked about, and whom it adds. */
    private volatile Added added = new Added("", Set.of());

    /**
     * Opens the journal.
     *
     * @param storage the cluster's store
     * @param appId Postern's application
     * @param name of the journal in the store; of each name one change is done at a time
     * @param one what a row is called, such as {@code subscriber}
     */
    public ChangeJournal(StorageService storage, ApplicationId appId, String name, String one) {
        this.one = one;
        map =
                storage.<String, byte[]>consistentMapBuilder()
                        .withName(name)
                        .withApplicationId(appId)
                        .withSerializer(Serializer.using(KryoNamespaces.BASIC))
                        .build();
    }

    /** Whom a commitment adds. */
    private static final class Added {
        private final String name;
        private final Set<String> ids;

        private Added(String name, Set<String> ids) {
            this.name = name;
            this.ids = ids;
        }
    }

    /** That one thing is written, or removed. Immutable. */
    public static final class Row {
        private final String id;
        private final long version;
        private final String text;
        private final boolean stranger;
        private final String former;

        private Row(String id, long version, String text, boolean stranger, String former) {
            this.id = id;
            this.version = version;
            this.text = text;
            this.stranger = stranger;
            this.former = former;
        }

        /**
         * Something is written.
         *
         * @param id identifier
         * @param version the version in place of which it is; 0 if there is none
         * @param text as it is stored
         * @param stranger whether it is a subscriber that gets the identifier of somebody who is
         *     still awaited
         * @return the row
         */
        public static Row stored(String id, long version, String text, boolean stranger) {
            return new Row(id, version, Objects.requireNonNull(text), stranger, null);
        }

        /**
         * Something is written in place of something else, of which Postern itself may note what it
         * told of it without that being a change.
         *
         * @param id identifier
         * @param version the version in place of which it is; 0 if there is none
         * @param text as it is stored
         * @param former what was there, without such notes; null if there was nothing
         * @return the row
         */
        public static Row replacing(String id, long version, String text, String former) {
            return new Row(id, version, Objects.requireNonNull(text), false, former);
        }

        /**
         * Something is written.
         *
         * @param id identifier
         * @param version the version in place of which it is; 0 if there is none
         * @param text as it is stored
         * @return the row
         */
        public static Row stored(String id, long version, String text) {
            return stored(id, version, text, false);
        }

        /**
         * A version of something is removed.
         *
         * @param id identifier
         * @param version which it has
         * @return the row
         */
        public static Row removed(String id, long version) {
            return new Row(id, version, null, false, null);
        }

        /**
         * Returns what it is about.
         *
         * @return identifier
         */
        public String id() {
            return id;
        }

        /**
         * Returns in place of what it is written.
         *
         * @return the version; 0 if there is none
         */
        public long version() {
            return version;
        }

        /**
         * Tells whether the exemptions that wait for a subscriber's identifier are somebody else's.
         *
         * @return whether it is a stranger
         */
        public boolean isStranger() {
            return stranger;
        }

        /**
         * Returns in place of what it is written, whatever Postern has noted of that.
         *
         * @return without such notes; empty if only the version tells
         */
        public Optional<String> former() {
            return Optional.ofNullable(former);
        }

        /**
         * Returns what is written.
         *
         * @return as it is stored; empty if it is removed
         */
        public Optional<String> text() {
            return Optional.ofNullable(text);
        }
    }

    /** That an import is to be done, and who does it. */
    static final class Commitment {
        private final String name;
        private final int chunks;
        private final String node;
        private final String by;

        private Commitment(String name, int chunks, String node, String by) {
            this.name = name;
            this.chunks = chunks;
            this.node = node;
            this.by = by;
        }

        /** Names this import apart from all others. */
        String name() {
            return name;
        }

        /** The node of the cluster that does it. */
        String node() {
            return node;
        }

        /** Who ordered it. */
        String by() {
            return by;
        }

        private byte[] bytes() {
            return MAPPER.createObjectNode()
                    .put("name", name)
                    .put("chunks", chunks)
                    .put("node", node)
                    .put("by", by)
                    .toString()
                    .getBytes(StandardCharsets.UTF_8);
        }

        private static Commitment of(byte[] bytes) {
            JsonNode json = tree(new String(bytes, StandardCharsets.UTF_8));
            return new Commitment(
                    json.path("name").asText(),
                    json.path("chunks").asInt(),
                    json.path("node").asText(),
                    json.path("by").asText());
        }
    }

    /**
     * Commits the cluster to a change.
     *
     * @param rows what is written and removed
     * @param node this node
     * @param by who orders it
     * @return the commitment
     * @throws IllegalStateException if another one is being done; nothing has happened then
     */
    Commitment commit(List<Row> rows, String node, String by) {
        refuseSecond();
        List<List<Row>> chunks = chunks(rows);
        Commitment commitment =
                new Commitment(node + "/" + UUID.randomUUID(), chunks.size(), node, by);
        boolean asked = false;
        try {
            for (int i = 0; i < chunks.size(); i++) {
                map.put(commitment.name + "/" + i, compressed(chunks.get(i)));
            }
            asked = true;
            if (map.putIfAbsent(COMMITMENT, commitment.bytes()) != null) {
                refuseSecond();
                throw new NothingChangedException(
                        "another change of many "
                                + one
                                + "s was written at the same moment; nothing was"
                                + " changed, try again",
                        null);
            }
            return commitment;
        } catch (NothingChangedException e) {
            isSwept(commitment);
            throw e;
        } catch (RuntimeException e) {
            // what is committed late finds no parts, and is given up, if they could be taken away
            if (asked && isCommitted(commitment) || !isSwept(commitment) && asked) {
                throw new IllegalStateException(
                        "the store of the cluster did not say whether it took the change down; if it did,"
                                + " all of it follows by itself within seconds of its answering again:"
                                + " compare with a dry run then",
                        e);
            }
            throw e;
        }
    }

    private static List<List<Row>> chunks(List<Row> rows) {
        List<List<Row>> chunks = new ArrayList<>();
        int characters = CHARACTERS;
        for (Row row : rows) {
            if (characters >= CHARACTERS || chunks.get(chunks.size() - 1).size() == ROWS) {
                chunks.add(new ArrayList<>());
                characters = 0;
            }
            chunks.get(chunks.size() - 1).add(row);
            characters += row.id.length() + (row.text == null ? 0 : row.text.length());
        }
        return chunks;
    }

    /** Takes the parts away; what the store keeps goes when this node starts again. */
    private boolean isSwept(Commitment commitment) {
        try {
            sweep(commitment);
            return true;
        } catch (RuntimeException e) {
            return false;
        }
    }

    /** A write that timed out may have been done; if nobody knows, what there is must stay. */
    private boolean isCommitted(Commitment commitment) {
        try {
            return commitment().filter(c -> c.name.equals(commitment.name)).isPresent();
        } catch (RuntimeException e) {
            return true;
        }
    }

    private void refuseSecond() {
        commitment()
                .ifPresent(
                        other -> {
                            throw new NothingChangedException(
                                    "another change of many "
                                            + one
                                            + "s, ordered by "
                                            + other.by
                                            + " on node "
                                            + other.node
                                            + ", is being written; try again when it is done",
                                    null);
                        });
    }

    /** What is to be done, if anything. */
    Optional<Commitment> commitment() {
        return Optional.ofNullable(Versioned.valueOrNull(map.get(COMMITMENT))).map(Commitment::of);
    }

    /**
     * Takes over a commitment, so that one node alone finishes it.
     *
     * @return the commitment as it is now; empty if somebody else was quicker
     */
    Optional<Commitment> claim(Commitment commitment, String node) {
        Versioned<byte[]> present = map.get(COMMITMENT);
        if (present == null || !Commitment.of(present.value()).name.equals(commitment.name)) {
            return Optional.empty();
        }
        Commitment taken = new Commitment(commitment.name, commitment.chunks, node, commitment.by);
        return map.replace(COMMITMENT, present.version(), taken.bytes())
                ? Optional.of(taken)
                : Optional.empty();
    }

    /**
     * Reads what is to be done.
     *
     * @return empty if parts of it are missing. Who orders a change writes its parts before the
     *     commitment, and takes them away after it, or when the commitment did not come about: then
     *     nothing of it has been done.
     */
    Optional<List<Row>> rows(Commitment commitment) {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < commitment.chunks; i++) {
            byte[] chunk = Versioned.valueOrNull(map.get(commitment.name + "/" + i));
            if (chunk == null) {
                return Optional.empty();
            }
            rows.addAll(expanded(chunk));
        }
        return Optional.of(rows);
    }

    /** Whether a commitment adds something that was not there before. */
    private boolean adds(Commitment commitment, String id) {
        Added known = added;
        if (!known.name.equals(commitment.name)) {
            Set<String> ids =
                    rows(commitment).orElse(List.of()).stream()
                            .filter(row -> row.version == 0 && row.text != null)
                            .map(Row::id)
                            .collect(Collectors.toSet());
            known = new Added(commitment.name, ids);
            added = known;
        }
        return known.ids.contains(id);
    }

    /**
     * Checks that something is not about to be added: who finishes that could not tell one that was
     * added and removed from one that was not added yet, and would bring it back.
     *
     * @param id identifier
     * @throws NothingChangedException if a change that adds it is not done yet
     */
    public void refuseWhileAdded(String id) {
        commitment()
                .filter(commitment -> adds(commitment, id))
                .ifPresent(
                        commitment -> {
                            throw new NothingChangedException(
                                    one
                                            + " "
                                            + id
                                            + " is being added by a change of many that "
                                            + commitment.by()
                                            + " ordered on node "
                                            + commitment.node()
                                            + ", and can be removed when that is done; nothing was"
                                            + " changed, try again in some seconds",
                                    null);
                        });
    }

    /**
     * Checks that nothing is about to be written that is somebody's.
     *
     * @param who whose it must not be
     * @param whose tells of something that is written, by its text, whose it is
     * @throws NothingChangedException if a change that writes something of theirs is not done yet
     */
    public void refuseWhileConcerned(Collection<String> who, UnaryOperator<String> whose) {
        Optional<Commitment> commitment = who.isEmpty() ? Optional.empty() : commitment();
        commitment
                .flatMap(this::rows)
                .flatMap(
                        rows ->
                                rows.stream()
                                        .flatMap(row -> row.text().stream())
                                        .map(whose)
                                        .filter(who::contains)
                                        .findFirst())
                .ifPresent(
                        found -> {
                            throw new NothingChangedException(
                                    one
                                            + "s of "
                                            + found
                                            + " are being written by a change of many; nothing was"
                                            + " changed, try again in some seconds",
                                    null);
                        });
    }

    /**
     * Checks that a commitment is left to the node that it names still.
     *
     * @throws IllegalStateException if another one has taken it over, or it is done
     */
    void requireHeld(Commitment commitment) {
        Versioned<byte[]> present = map.get(COMMITMENT);
        if (present == null || !Arrays.equals(present.value(), commitment.bytes())) {
            throw new IllegalStateException("another node finishes this change, or has");
        }
    }

    /**
     * Nothing of it is left to be done.
     *
     * @return whether it was left to the node that the commitment names until now; else another one
     *     has taken it over, and takes it away
     */
    boolean done(Commitment commitment) {
        Versioned<byte[]> present = map.get(COMMITMENT);
        if (present == null
                || !Arrays.equals(present.value(), commitment.bytes())
                || !map.remove(COMMITMENT, present.version())) {
            return false;
        }
        sweep(commitment);
        return true;
    }

    private void sweep(Commitment commitment) {
        for (int i = 0; i < commitment.chunks; i++) {
            map.remove(commitment.name + "/" + i);
        }
    }

    /**
     * Takes away what imports of a node left that never were committed.
     *
     * @param node a node that does no import now
     */
    void sweepUncommitted(String node) {
        String kept = commitment().map(Commitment::name).orElse("");
        map.keySet().stream()
                .filter(key -> key.startsWith(node + "/"))
                .filter(key -> kept.isEmpty() || !key.startsWith(kept))
                .collect(Collectors.toList())
                .forEach(map::remove);
    }

    private static byte[] compressed(List<Row> rows) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream zip = new GZIPOutputStream(bytes)) {
            for (Row row : rows) {
                String line =
                        MAPPER.createObjectNode()
                                        .put("id", row.id)
                                        .put("version", row.version)
                                        .put("text", row.text)
                                        .put("stranger", row.stranger)
                                        .put("former", row.former)
                                + "\n";
                zip.write(line.getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static List<Row> expanded(byte[] chunk) {
        try (GZIPInputStream zip = new GZIPInputStream(new ByteArrayInputStream(chunk))) {
            return new String(zip.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(ChangeJournal::tree)
                    .map(
                            json ->
                                    new Row(
                                            json.path("id").asText(),
                                            json.path("version").asLong(),
                                            json.path("text").isNull()
                                                    ? null
                                                    : json.path("text").asText(),
                                            json.path("stranger").asBoolean(),
                                            json.path("former").textValue()))
                    .collect(Collectors.toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode tree(String text) {
        try {
            return MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the store has what is no import: " + text, e);
        }
    }
}
