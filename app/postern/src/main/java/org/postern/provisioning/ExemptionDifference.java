package org.postern.provisioning;

import com.fasterxml.jackson.databind.JsonNode;
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
import java.util.stream.Collectors;
import org.onlab.packet.IpPrefix;
import org.postern.json.Json;
import org.postern.policy.Exemption;

/**
 * What a file would make of the exemptions. Who ordered one is no part of it: the same is not
 * written for that. Immutable.
 */
public final class ExemptionDifference {
    private final ImmutableList<Exemption> put;
    private final ImmutableList<Exemption> added;
    private final ImmutableList<Changed> changed;
    private final int unchanged;

    private ExemptionDifference(
            List<Exemption> put, List<Exemption> added, List<Changed> changed, int unchanged) {
        this.put = ImmutableList.copyOf(put);
        this.added = ImmutableList.copyOf(added);
        this.changed = ImmutableList.copyOf(changed);
        this.unchanged = unchanged;
    }

    /**
     * Compares.
     *
     * @param present exemptions as they are, by identifier
     * @param wanted exemptions as they shall be, no two with the same identifier
     * @return what differs, in the order of what is wanted
     */
    static ExemptionDifference of(Map<String, Exemption> present, Collection<Exemption> wanted) {
        List<Exemption> put = new ArrayList<>();
        List<Exemption> added = new ArrayList<>();
        List<Changed> changed = new ArrayList<>();
        for (Exemption exemption : wanted) {
            Exemption former = present.get(exemption.id());
            if (former == null) {
                added.add(exemption);
            } else if (!former.equals(exemption.toBuilder().by(former.by()).build())) {
                changed.add(new Changed(former, exemption));
            } else {
                continue;
            }
            put.add(exemption);
        }
        return new ExemptionDifference(put, added, changed, wanted.size() - put.size());
    }

    /**
     * Returns what is new.
     *
     * @return in the order of the file
     */
    public List<Exemption> added() {
        return added;
    }

    /**
     * Returns what is different.
     *
     * @return in the order of the file
     */
    public List<Changed> changed() {
        return changed;
    }

    /**
     * Returns how many stay as they are.
     *
     * @return number of exemptions of the file
     */
    public int unchanged() {
        return unchanged;
    }

    /** What is to be written, in the order of the file. */
    List<Exemption> put() {
        return put;
    }

    /** What was decided upon, by identifier. */
    Map<String, Exemption> seen() {
        return changed.stream()
                .map(Changed::before)
                .collect(Collectors.toMap(Exemption::id, before -> before));
    }

    /** The difference for programs: numbers of all, and the first so many of each kind. */
    ObjectNode toJson(int most) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.putObject("numbers")
                .put("added", added.size())
                .put("changed", changed.size())
                .put("unchanged", unchanged);
        ArrayNode news = json.putArray("added");
        added.stream().limit(most).forEach(e -> news.add(ExemptionWriter.json(e)));
        ArrayNode changes = json.putArray("changed");
        changed.stream().limit(most).forEach(c -> changes.add(c.toJson()));
        return json;
    }

    /** An exemption that is different. Immutable. */
    public static final class Changed {
        private final Exemption before;
        private final Exemption after;

        private Changed(Exemption before, Exemption after) {
            this.before = before;
            this.after = after;
        }

        /**
         * Returns the exemption as it is.
         *
         * @return with who ordered it
         */
        public Exemption before() {
            return before;
        }

        /**
         * Returns the exemption as it shall be.
         *
         * @return with who imports it
         */
        public Exemption after() {
            return after;
        }

        /**
         * Tells in words what is different.
         *
         * @return by field, such as {@code ticket: HD-1 to HD-2}
         */
        public Map<String, String> fields() {
            Map<String, String> fields = new LinkedHashMap<>();
            ObjectNode was = Json.exemption(before);
            ObjectNode is = Json.exemption(after);
            for (String field : ExemptionFields.NAMES) {
                if (field.equals(ExemptionFields.DESTINATIONS)) {
                    destinations(fields);
                } else if (!field.equals(ExemptionFields.BY)) {
                    one(fields, field, was.get(field), is.get(field));
                }
            }
            for (String note : ExemptionFields.NOTES) {
                one(
                        fields,
                        note,
                        was.get(ExemptionFields.CHECKLIST).path(note),
                        is.get(ExemptionFields.CHECKLIST).path(note));
            }
            return fields;
        }

        private static void one(Map<String, String> to, String field, JsonNode was, JsonNode is) {
            if (!was.equals(is)) {
                to.put(field, shown(was) + " to " + shown(is));
            }
        }

        private static String shown(JsonNode value) {
            return value.isTextual() && !value.asText().isEmpty() ? value.asText() : "none";
        }

        private void destinations(Map<String, String> to) {
            Collection<IpPrefix> more =
                    Sets.difference(after.destinations(), before.destinations());
            Collection<IpPrefix> less =
                    Sets.difference(before.destinations(), after.destinations());
            if (!more.isEmpty() || !less.isEmpty()) {
                to.put(
                        ExemptionFields.DESTINATIONS,
                        (signed("+", more) + " " + signed("-", less)).trim());
            }
        }

        private static String signed(String sign, Collection<IpPrefix> prefixes) {
            return prefixes.stream().map(p -> sign + p).collect(Collectors.joining(" "));
        }

        private ObjectNode toJson() {
            ObjectNode was = Json.exemption(before);
            ObjectNode is = Json.exemption(after);
            ObjectNode json = JsonNodeFactory.instance.objectNode().put("id", after.id());
            ObjectNode fields = json.putObject("fields");
            is.fieldNames()
                    .forEachRemaining(
                            field -> {
                                if (!field.equals(ExemptionFields.BY)
                                        && !was.get(field).equals(is.get(field))) {
                                    fields.putObject(field)
                                            .<ObjectNode>set("before", was.get(field))
                                            .set("after", is.get(field));
                                }
                            });
            return json;
        }
    }
}
