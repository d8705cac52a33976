package org.postern.drivers;

import com.google.common.hash.Hashing;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;
import org.onosproject.net.DeviceId;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.store.service.Serializer;

/**
 * A floor in parts, for the store of the cluster refuses values of more than about 1 MiB (Atomix),
 * and a floor of thousands of guarded subscribers has more. Where a part ends is up to the rule
 * that it ends with, and its key is made of its content: a change writes the parts that it changes,
 * and no others.
 */
final class FloorParts {
    /** A part ends with one of so many rules, on average. */
    static final int USUAL = 128;

    /** Most rules of a part. A rule takes less than 1 KiB, and a tenth of it compressed. */
    static final int MOST = 512;

    private final Serializer serializer;

    /**
     * Creates it.
     *
     * @param serializer knows lists of flow rules
     */
    FloorParts(Serializer serializer) {
        this.serializer = serializer;
    }

    /**
     * Divides a floor.
     *
     * @param device whose it is
     * @param rules its rules
     * @return parts by their keys, in order; no part is there twice, since no rule is
     */
    Map<String, byte[]> split(DeviceId device, List<FlowRule> rules) {
        Map<String, byte[]> parts = new LinkedHashMap<>();
        List<FlowRule> part = new ArrayList<>();
        for (FlowRule rule : rules) {
            part.add(rule);
            if (rule.id().value() % USUAL == 0 || part.size() == MOST) {
                put(parts, device, part);
                part = new ArrayList<>();
            }
        }
        if (!part.isEmpty()) {
            put(parts, device, part);
        }
        return parts;
    }

    private void put(Map<String, byte[]> parts, DeviceId device, List<FlowRule> part) {
        byte[] plain = serializer.encode(part);
        parts.put(device + "/" + Hashing.sha256().hashBytes(plain), compressed(plain));
    }

    /** The rules of a part. */
    List<FlowRule> rules(byte[] part) {
        return serializer.decode(plain(part));
    }

    private static byte[] compressed(byte[] plain) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DeflaterOutputStream deflater = new DeflaterOutputStream(bytes)) {
            deflater.write(plain);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static byte[] plain(byte[] compressed) {
        try (InflaterInputStream inflater =
                new InflaterInputStream(new ByteArrayInputStream(compressed))) {
            return inflater.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
