package org.postern.probe;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** What was said on a connection, and when. Immutable. */
public final class Transcript {
    private final List<Entry> entries;

    private Transcript(List<Entry> entries) {
        this.entries = List.copyOf(entries);
    }

    /**
     * Returns what was said.
     *
     * @return in its order; of a server that says too much not all, and how much more in the last
     */
    public List<Entry> entries() {
        return entries;
    }

    /** Who said it. */
    public enum Speaker {
        /** The probe. */
        CLIENT("C:"),
        /** The server. */
        SERVER("S:"),
        /** Nobody: what happened to the connection. */
        EVENT("--");

        private final String mark;

        Speaker(String mark) {
            this.mark = mark;
        }

        /**
         * Returns how it is marked in text.
         *
         * @return two characters
         */
        public String mark() {
            return mark;
        }
    }

    /** A line. Immutable. */
    public static final class Entry {
        private final Instant at;
        private final Speaker speaker;
        private final String text;

        private Entry(Instant at, Speaker speaker, String text) {
            this.at = at;
            this.speaker = speaker;
            this.text = text;
        }

        /**
         * Returns when.
         *
         * @return when the line was complete
         */
        public Instant at() {
            return at;
        }

        /**
         * Returns who.
         *
         * @return who said it
         */
        public Speaker speaker() {
            return speaker;
        }

        /**
         * Returns what.
         *
         * @return a line without its end, fit to be shown, of at most about 1000 characters
         */
        public String text() {
            return text;
        }
    }

    /** Takes down what is said. */
    static final class Recorder {
        /** Characters of a line; what is longer is hardly meant to be read. */
        private static final int LINE = 1000;

        /** Bytes that lines of a server may take: far more than one says that is used. */
        private static final int MOST = 64 << 10;

        /** Bytes that a line takes besides its text: when it was said, and by whom. */
        private static final int MARGIN = 64;

        private final List<Entry> entries = new ArrayList<>();
        private int taken;
        private int more;
        private long moreCharacters;

        /**
         * What the probe says, and what happens, is always kept: neither is the server's choice.
         */
        void add(Instant at, Speaker speaker, String text) {
            Entry entry = new Entry(at, speaker, Printable.abridged(text, LINE));
            int size = MARGIN + entry.text.getBytes(StandardCharsets.UTF_8).length;
            if (speaker == Speaker.SERVER && (more > 0 || taken + size > MOST)) {
                more++;
                moreCharacters += text.length();
                return;
            }
            if (speaker == Speaker.SERVER) {
                taken += size;
            }
            entries.add(entry);
        }

        Transcript transcript() {
            List<Entry> all = new ArrayList<>(entries);
            if (more > 0) {
                all.add(
                        new Entry(
                                entries.get(entries.size() - 1).at,
                                Speaker.EVENT,
                                more
                                        + (more == 1 ? " more line" : " more lines")
                                        + " of the server, "
                                        + moreCharacters
                                        + " characters, not shown"));
            }
            return new Transcript(all);
        }
    }
}
