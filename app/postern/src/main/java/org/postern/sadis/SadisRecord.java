package org.postern.sadis;

import com.google.common.collect.ImmutableSortedSet;
import com.google.common.collect.Ordering;
import java.util.Optional;
import org.onosproject.net.ConnectPoint;
import org.postern.audit.StoredText;
import org.postern.policy.Subscriber;

/**
 * What is remembered of a subscriber that came from SADIS: of which port, and what was put, so that
 * one that somebody else has changed since is known as theirs. A quarantine is nobody's change.
 */
final class SadisRecord {
    private static final String SEPARATOR = "\n";
    private static final int PARTS = 3;

    /** No subscriber's content. */
    private static final String NOTHING = "none";

    private final ConnectPoint port;
    private final String put;
    private final String before;

    private SadisRecord(ConnectPoint port, String put, String before) {
        this.port = port;
        this.put = put;
        this.before = before;
    }

    /** Before a subscriber is put: it will be so, or, if this node ends now, stays as it was. */
    static SadisRecord of(ConnectPoint port, Subscriber put, Optional<Subscriber> before) {
        return new SadisRecord(
                port, contentOf(put), before.map(SadisRecord::contentOf).orElse(NOTHING));
    }

    /** Once it is known to be so: whatever it was before is anybody's choice from then on. */
    static SadisRecord written(ConnectPoint port, Subscriber put) {
        return of(port, put, Optional.empty());
    }

    /**
     * Reads what {@link #text} wrote.
     *
     * @throws IllegalArgumentException if it is not that
     */
    static SadisRecord parse(String text) {
        String[] parts = text.split(SEPARATOR, -1);
        if (parts.length != PARTS) {
            throw new IllegalArgumentException("not three lines: " + StoredText.of(text));
        }
        return new SadisRecord(ConnectPoint.deviceConnectPoint(parts[0]), parts[1], parts[2]);
    }

    String text() {
        return String.join(SEPARATOR, port.toString(), put, before);
    }

    ConnectPoint port() {
        return port;
    }

    /** Whether what was put is known to be in the directory. */
    boolean isWritten() {
        return before.equals(NOTHING);
    }

    /** Whether a subscriber of the directory is as it was put, or was found, on SADIS's behalf. */
    boolean describes(Subscriber subscriber) {
        String content = contentOf(subscriber);
        return content.equals(put) || content.equals(before);
    }

    static boolean same(Subscriber one, Subscriber other) {
        return contentOf(one).equals(contentOf(other));
    }

    private static String contentOf(Subscriber subscriber) {
        return String.join(
                "|",
                subscriber.serviceClass(),
                sorted(subscriber.attachments()),
                sorted(subscriber.prefixes()),
                sorted(subscriber.macs()),
                subscriber.mode().toString());
    }

    private static String sorted(Iterable<?> values) {
        return ImmutableSortedSet.copyOf(Ordering.usingToString(), values).toString();
    }
}
