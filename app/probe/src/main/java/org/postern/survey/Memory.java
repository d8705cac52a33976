package org.postern.survey;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/** What is known, in memory only; compressed, since transcripts are long and much alike. */
final class Memory implements Known {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Map<Target, byte[]> known = new ConcurrentHashMap<>();

    @Override
    public boolean has(Target target) {
        return known.containsKey(target);
    }

    @Override
    public ObjectNode of(Target target) {
        byte[] packed = known.get(target);
        if (packed == null) {
            return null;
        }
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(packed))) {
            return (ObjectNode) MAPPER.readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void add(Target target, ObjectNode found) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(packed)) {
            out.write(found.toString().getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        known.put(target, packed.toByteArray());
    }

    @Override
    public void close() {
        // there is nothing to close
    }
}
