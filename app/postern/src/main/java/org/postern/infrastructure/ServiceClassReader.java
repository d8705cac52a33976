package org.postern.infrastructure;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableSortedSet;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.postern.policy.InboundRule;
import org.postern.policy.Mode;
import org.postern.policy.OutboundAction;
import org.postern.policy.QuarantineDepth;
import org.postern.policy.ServiceClass;

/** Reads service classes from JSON, field by field. */
final class ServiceClassReader {
    private static final Set<String> FIELDS =
            ImmutableSortedSet.of(
                    "name",
                    "outbound",
                    "inbound",
                    "mode",
                    "sourceGuard",
                    "blockTunnels",
                    "relay",
                    "fallback",
                    "quarantine");

    /** Which cannot say anything where no mail goes out. */
    private static final List<String> NOT_OF_A_QUARANTINE =
            List.of("outbound", "mode", "relay", "fallback");

    private static final List<String> OF_A_REDIRECT = List.of("relay", "fallback");

    private final FieldErrors errors;
    private final Set<String> relays;

    /**
     * Creates a reader.
     *
     * @param errors takes what is wrong
     * @param relays names of the relays there are
     */
    ServiceClassReader(FieldErrors errors, Set<String> relays) {
        this.errors = errors;
        this.relays = relays;
    }

    /** Those that can be read; what is wrong with the others is told. */
    List<ServiceClass> classes(JsonNode json) {
        List<ServiceClass> classes = new ArrayList<>();
        Set<String> names = new HashSet<>();
        int index = 0;
        for (JsonNode node : errors.array(json, "", "classes")) {
            String described = "classes[" + index++ + "]";
            if (!node.isObject()) {
                errors.add(described, node, "it must be an object with name, outbound and inbound");
                continue;
            }
            String at = described + ".";
            errors.refuseUnknown(node, at, FIELDS);
            // a number or true has a text too, which somebody might not mean as a name
            if (!node.path("name").isTextual()) {
                errors.add(at + "name", node.path("name"), "it must be a name");
                continue;
            }
            String name = node.path("name").asText();
            if (!names.add(name)) {
                errors.add(at + "name", name, "it is named twice");
            }
            ServiceClass.Builder builder = read(node, at, name);
            try {
                classes.add(builder.build());
            } catch (IllegalArgumentException e) {
                errors.add(at + "name", node.path("name"), e.getMessage());
            }
        }
        return classes;
    }

    private ServiceClass.Builder read(JsonNode node, String at, String name) {
        ServiceClass.Builder builder =
                ServiceClass.named(name)
                        .inbound(errors.choice(node, at, "inbound", InboundRule.ALLOW))
                        .sourceGuard(errors.flag(node, at, "sourceGuard"))
                        .blockTunnels(errors.flag(node, at, "blockTunnels"));
        QuarantineDepth depth = errors.choice(node, at, "quarantine", null, QuarantineDepth.class);
        if (depth != null) {
            refuse(NOT_OF_A_QUARANTINE, node, at, "a class with quarantine has none: leave it out");
            return builder.quarantine(depth);
        }
        builder.mode(errors.choice(node, at, "mode", Mode.ENFORCE));
        OutboundAction outbound = errors.choice(node, at, "outbound", OutboundAction.DROP);
        if (outbound != OutboundAction.REDIRECT) {
            refuse(OF_A_REDIRECT, node, at, "it is for classes with outbound redirect only");
            return builder.outbound(outbound);
        }
        builder.fallback(
                errors.choice(
                        node,
                        at,
                        "fallback",
                        OutboundAction.DROP,
                        List.of(OutboundAction.DROP, OutboundAction.ALLOW)));
        JsonNode relay = node.path("relay");
        if (relay.isTextual() && relays.contains(relay.asText())) {
            return builder.outbound(outbound).relay(relay.asText());
        }
        errors.add(
                at + "relay",
                relay,
                relays.isEmpty()
                        ? "give the name of a relay, and name that in relays"
                        : "use one of " + String.join(", ", relays) + ", or name it in relays");
        return builder;
    }

    private void refuse(List<String> fields, JsonNode node, String at, String why) {
        for (String field : fields) {
            if (node.has(field)) {
                errors.add(at + field, node.get(field), why);
            }
        }
    }
}
