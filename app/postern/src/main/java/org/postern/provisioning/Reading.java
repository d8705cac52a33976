package org.postern.provisioning;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.postern.policy.Subscriber;

/** What a file of subscribers says: either subscribers, or what is wrong with it. */
public final class Reading {
    /** How many faults are told of one by one; the others are counted. */
    public static final int MOST_FAULTS = 100;

    private final List<Subscriber> subscribers = new ArrayList<>();
    private final List<Fault> faults = new ArrayList<>();
    private int faultCount;

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

    Reading() {}

    void add(Subscriber subscriber) {
        subscribers.add(subscriber);
    }

    void add(Fault fault) {
        if (faultCount++ < MOST_FAULTS) {
            faults.add(fault);
        }
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
        return faultCount == 0 ? ImmutableList.copyOf(subscribers) : ImmutableList.of();
    }

    /**
     * Returns what is wrong.
     *
     * @return in the order of the file, {@value #MOST_FAULTS} at most
     */
    public List<Fault> faults() {
        return ImmutableList.copyOf(faults);
    }

    /**
     * Returns how much is wrong.
     *
     * @return number of faults; 0 if the file is good
     */
    public int faultCount() {
        return faultCount;
    }
}
