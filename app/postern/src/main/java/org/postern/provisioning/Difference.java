package org.postern.provisioning;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.Sets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.postern.json.Json;
import org.postern.policy.Subscriber;

/**
 * What a file would make of the directory. Quarantines are no part of it: a file does not know of
 * them, and an import leaves them alone; so it removes nobody who is quarantined. Immutable.
 */
public final class Difference {
    private final ImmutableList<Subscriber> added;
    private final ImmutableList<Changed> changed;
    private final ImmutableList<Subscriber> removed;
    private final ImmutableList<Subscriber> kept;
    private final int unchanged;

    private Difference(
            List<Subscriber> added,
            List<Changed> changed,
            List<Subscriber> removed,
            List<Subscriber> kept,
            int unchanged) {
        this.added = ImmutableList.copyOf(added);
        this.changed = ImmutableList.copyOf(changed);
        this.removed = ImmutableList.copyOf(removed);
        this.kept = ImmutableList.copyOf(kept);
        this.unchanged = unchanged;
    }

    /**
     * Compares.
     *
     * @param directory subscribers as they are
     * @param wanted subscribers as they shall be, no two with the same identifier
     * @param mirror whether those of the directory that are not wanted are to be removed, unless
     *     they are quarantined
     * @return what differs, by identifier
     */
    public static Difference of(
            Collection<Subscriber> directory, Collection<Subscriber> wanted, boolean mirror) {
        Map<String, Subscriber> before = new TreeMap<>();
        directory.forEach(s -> before.put(s.id(), s));
        Map<String, Subscriber> after = new TreeMap<>();
        wanted.forEach(s -> after.put(s.id(), s));
        List<Subscriber> added = new ArrayList<>();
        List<Changed> changed = new ArrayList<>();
        int unchanged = 0;
        for (Subscriber subscriber : after.values()) {
            Subscriber former = before.remove(subscriber.id());
            if (former == null) {
                added.add(subscriber);
            } else if (former.toBuilder().quarantine(null).build().equals(subscriber)) {
                unchanged++;
            } else {
                changed.add(new Changed(former, subscriber));
            }
        }
        Map<Boolean, List<Subscriber>> unwanted =
                before.values().stream()
                        .filter(s -> mirror)
                        .collect(Collectors.partitioningBy(s -> s.quarantine().isPresent()));
        return new Difference(added, changed, unwanted.get(false), unwanted.get(true), unchanged);
    }

    /**
     * Returns who is new.
     *
     * @return by identifier
     */
    public List<Subscriber> added() {
        return added;
    }

    /**
     * Returns who is different.
     *
     * @return by identifier
     */
    public List<Changed> changed() {
        return changed;
    }

    /**
     * Returns who goes.
     *
     * @return by identifier; nobody unless the directory is to mirror the file
     */
    public List<Subscriber> removed() {
        return removed;
    }

    /**
     * Returns who would go if it were not quarantined.
     *
     * @return by identifier; nobody unless the directory is to mirror the file
     */
    public List<Subscriber> kept() {
        return kept;
    }

    /**
     * Returns how many stay as they are.
     *
     * @return number of subscribers of the file
     */
    public int unchanged() {
        return unchanged;
    }

    /**
     * Tells whether there is nothing to do.
     *
     * @return true if nobody is added, changed or removed
     */
    public boolean isEmpty() {
        return added.isEmpty() && changed.isEmpty() && removed.isEmpty();
    }

    /**
     * Returns what is to be written.
     *
     * @return those added, and those changed as they shall be
     */
    public List<Subscriber> put() {
        List<Subscriber> all = new ArrayList<>(added);
        changed.forEach(c -> all.add(c.after()));
        return all;
    }

    /**
     * Returns the difference for programs.
     *
     * @param most how many are listed of each kind; the numbers count all
     * @return an object of numbers, and of lists {@code added}, {@code changed} (field by field),
     *     {@code removed} and {@code kept}
     */
    public ObjectNode toJson(int most) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.putObject("numbers")
                .put("added", added.size())
                .put("changed", changed.size())
                .put("removed", removed.size())
                .put("kept", kept.size())
                .put("unchanged", unchanged);
        list(json.putArray("added"), added, most);
        ArrayNode changes = json.putArray("changed");
        changed.stream().limit(most).forEach(c -> changes.add(c.toJson()));
        list(json.putArray("removed"), removed, most);
        list(json.putArray("kept"), kept, most);
        return json;
    }

    private static void list(ArrayNode json, List<Subscriber> subscribers, int most) {
        subscribers.stream()
                .limit(most)
                .forEach(s -> json.add(Json.subscriber(s).without("quarantine")));
    }

    /** A subscriber that is different. Immutable. */
    public static final class Changed {
        private final Subscriber before;
        private final Subscriber after;

        private Changed(Subscriber before, Subscriber after) {
            this.before = before;
            this.after = after;
        }

        /**
         * Returns the subscriber as it is.
         *
         * @return with its quarantine, if it has one
         */
        public Subscriber before() {
            return before;
        }

        /**
         * Returns the subscriber as it shall be.
         *
         * @return without a quarantine; one that it has goes on
         */
        public Subscriber after() {
            return after;
        }

        /**
         * Tells in words what is different.
         *
         * @return by field, such as {@code class: residential to business}
         */
        public Map<String, String> fields() {
            Map<String, String> fields = new LinkedHashMap<>();
            one(fields, SubscriberFields.CLASS, before.serviceClass(), after.serviceClass());
            some(fields, SubscriberFields.ATTACHMENTS, before.attachments(), after.attachments());
            some(fields, SubscriberFields.PREFIXES, before.prefixes(), after.prefixes());
            some(fields, SubscriberFields.MACS, before.macs(), after.macs());
            one(fields, SubscriberFields.MODE, Json.lower(before.mode()), Json.lower(after.mode()));
            return fields;
        }

        private static void one(Map<String, String> to, String field, String was, String is) {
            if (!was.equals(is)) {
                to.put(field, was + " to " + is);
            }
        }

        private static void some(Map<String, String> to, String field, Set<?> was, Set<?> is) {
            if (!was.equals(is)) {
                String more = signed("+", Sets.difference(is, was));
                String less = signed("-", Sets.difference(was, is));
                to.put(field, (more + " " + less).trim());
            }
        }

        private static String signed(String sign, Set<?> values) {
            return values.stream().map(v -> sign + v).collect(Collectors.joining(" "));
        }

        private ObjectNode toJson() {
            ObjectNode was = Json.subscriber(before);
            ObjectNode is = Json.subscriber(after);
            ObjectNode json = JsonNodeFactory.instance.objectNode().put("id", after.id());
            ObjectNode fields = json.putObject("fields");
            for (String field : fields().keySet()) {
                ObjectNode one = fields.putObject(field);
                one.set("before", was.get(field));
                one.set("after", is.get(field));
            }
            return json;
        }
    }
}
