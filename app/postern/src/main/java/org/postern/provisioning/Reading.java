package org.postern.provisioning;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.postern.policy.Subscriber;

/** What a file of subscribers says: either subscribers, or what is wrong with it. */
public final class Reading extends FileReading {
    /**
     * Attachments, prefixes and MACs of a file, for each subscriber that it may have: some have
     * many, but not all.
     */
    static final int VALUES = 8;

    private static final String CURE =
            "; the rest was not read: make several files of it, or raise "
                    + ProvisioningManager.SUBSCRIBERS_PER_FILE
                    + " of "
                    + ProvisioningManager.class.getName();

    private final List<Subscriber> subscribers = new ArrayList<>();
    private final int most;
    private long values;

    /** Owners of what no two subscribers can have: identifiers, attachments, prefixes, MACs. */
    private final Map<Object, Owner> taken = new HashMap<>();

    /** Who has something, and where that is written. */
    static final class Owner {
        private final String id;
        private final long line;

        Owner(String id, long line) {
            this.id = id;
            this.line = line;
        }

        @Override
        public String toString() {
            return "subscriber " + id + "'s (line " + line + ")";
        }
    }

    /**
     * Begins to read.
     *
     * @param most how many subscribers there may be
     */
    Reading(int most) {
        super("subscriber", most, CURE);
        this.most = most;
    }

    /**
     * Takes note that an attachment, prefix or MAC comes, good or not.
     *
     * @throws UnreadableFileException if there are more than as many subscribers have
     */
    void beginValue() throws UnreadableFileException {
        if (++values > (long) most * VALUES) {
            throw new UnreadableFileException(
                    "more than "
                            + (long) most * VALUES
                            + " attachments, prefixes and MACs are in the file here ("
                            + VALUES
                            + " for each subscriber that it may have)"
                            + CURE);
        }
    }

    void add(Subscriber subscriber) {
        if (faultCount() == 0) {
            subscribers.add(subscriber);
        }
    }

    @Override
    void forget() {
        subscribers.clear();
    }

    /** Takes something that is one subscriber's only; tells who has it already. */
    Optional<Owner> take(Object what, Owner owner) {
        return Optional.ofNullable(taken.putIfAbsent(what, owner));
    }

    /**
     * Returns the subscribers.
     *
     * @return in the order of the file; empty if anything is wrong with it
     */
    public List<Subscriber> subscribers() {
        return faultCount() == 0 ? ImmutableList.copyOf(subscribers) : ImmutableList.of();
    }
}
