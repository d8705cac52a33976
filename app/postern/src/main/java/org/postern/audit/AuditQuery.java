package org.postern.audit;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/** Which entries of the audit log are asked for. Immutable. */
public final class AuditQuery {
    /** Most entries of one page. */
    public static final int LARGEST_PAGE = 1_000;

    private static final int PAGE = 100;

    private final Builder b;

    private AuditQuery(Builder builder) {
        b = builder;
    }

    /**
     * Asks for everything, the newest first, 100 entries a page.
     *
     * @return a builder
     */
    public static Builder all() {
        return new Builder();
    }

    /** Whether an entry, whatever it is of, was taken down as is asked for. */
    boolean matchesOrder(AuditEntry entry) {
        return (b.by == null || b.by.equals(entry.by()))
                && (b.via == null || b.via.equals(entry.via()))
                && (b.since == null || !entry.at().isBefore(b.since))
                && (b.until == null || entry.at().isBefore(b.until));
    }

    /** Whether an entry is of what is asked for. */
    boolean matchesChange(AuditEntry entry) {
        return (b.subject == null || b.subject.equals(entry.subject()))
                && (b.action == null || b.action.equals(entry.action()));
    }

    Optional<String> subject() {
        return Optional.ofNullable(b.subject);
    }

    Optional<String> action() {
        return Optional.ofNullable(b.action);
    }

    Optional<String> cursor() {
        return Optional.ofNullable(b.cursor);
    }

    int limit() {
        return b.limit;
    }

    boolean isOldestFirst() {
        return b.oldestFirst;
    }

    /** Collects what is asked for. */
    public static final class Builder {
        private String subject;
        private String by;
        private String action;
        private String via;
        private Instant since;
        private Instant until;
        private int limit = PAGE;
        private String cursor;
        private boolean oldestFirst;

        private Builder() {}

        private Builder(Builder other) {
            subject = other.subject;
            by = other.by;
            action = other.action;
            via = other.via;
            since = other.since;
            until = other.until;
            limit = other.limit;
            cursor = other.cursor;
            oldestFirst = other.oldestFirst;
        }

        /**
         * Asks for changes of one subject, also those that were part of a bulk change.
         *
         * @param value such as a subscriber's identifier
         * @return this builder
         */
        public Builder subject(String value) {
            subject = Objects.requireNonNull(value);
            return this;
        }

        /**
         * Asks for what one user or system ordered.
         *
         * @param value its name
         * @return this builder
         */
        public Builder by(String value) {
            by = Objects.requireNonNull(value);
            return this;
        }

        /**
         * Asks for one kind of change.
         *
         * @param value such as {@code quarantine}
         * @return this builder
         */
        public Builder action(String value) {
            action = Objects.requireNonNull(value);
            return this;
        }

        /**
         * Asks for what came by one interface.
         *
         * @param value the interface
         * @return this builder
         */
        public Builder via(Order.Interface value) {
            via = value.text();
            return this;
        }

        /**
         * Asks for what was taken down at a moment or later.
         *
         * @param value the moment
         * @return this builder
         */
        public Builder since(Instant value) {
            since = Objects.requireNonNull(value);
            return this;
        }

        /**
         * Asks for what was taken down before a moment.
         *
         * @param value the moment
         * @return this builder
         */
        public Builder until(Instant value) {
            until = Objects.requireNonNull(value);
            return this;
        }

        /**
         * Sets how many entries are wanted at once.
         *
         * @param value 1 to {@value AuditQuery#LARGEST_PAGE}; 100 if this is not called
         * @return this builder
         * @throws IllegalArgumentException if it is something else
         */
        public Builder limit(int value) {
            if (value < 1 || value > LARGEST_PAGE) {
                throw new IllegalArgumentException(
                        "limit " + value + " is out of range: give 1 to " + LARGEST_PAGE);
            }
            limit = value;
            return this;
        }

        /**
         * Goes on where a page ended.
         *
         * @param value what {@link AuditPage#next} said, to a query that is the same otherwise
         * @return this builder
         */
        public Builder cursor(String value) {
            cursor = Objects.requireNonNull(value);
            return this;
        }

        /**
         * Asks for the oldest first.
         *
         * @return this builder
         */
        public Builder oldestFirst() {
            oldestFirst = true;
            return this;
        }

        /**
         * Makes the query.
         *
         * @return the query
         */
        public AuditQuery build() {
            return new AuditQuery(new Builder(this));
        }
    }
}
