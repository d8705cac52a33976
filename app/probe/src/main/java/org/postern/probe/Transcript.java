package org.postern.probe;

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
     * @return in its order; the number is bounded as the dialogue is
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

        private final List<Entry> entries = new ArrayList<>();

        void add(Instant at, Speaker speaker, String text) {
            entries.add(new Entry(at, speaker, Printable.abridged(text, LINE)));
        }

        Transcript transcript() {
            return new Transcript(entries);
        }
    }
}
