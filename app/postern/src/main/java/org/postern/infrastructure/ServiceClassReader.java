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

    private final FieldErrors errors;

    ServiceClassReader(FieldErrors errors) {
        this.errors = errors;
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
        OutboundAction outbound = errors.choice(node, at, "outbound", OutboundAction.DROP);
        JsonNode relay = node.path("relay");
        if (!relay.isMissingNode() && !relay.isTextual()) {
            errors.add(at + "relay", relay, "it must be the name of a relay");
        }
        refuseWithout(outbound == OutboundAction.REDIRECT, node, at, "relay");
        refuseWithout(outbound == OutboundAction.REDIRECT, node, at, "fallback");
        QuarantineDepth depth = errors.choice(node, at, "quarantine", null, QuarantineDepth.class);
        if (depth != null && (node.has("outbound") || node.has("mode"))) {
            errors.add(
                    at + "quarantine",
                    node.path("quarantine"),
                    "a quarantine has neither outbound nor mode: leave those out");
        }
        return ServiceClass.named(name)
                .outbound(outbound)
                .inbound(errors.choice(node, at, "inbound", InboundRule.ALLOW))
                .mode(errors.choice(node, at, "mode", Mode.ENFORCE))
                .sourceGuard(errors.flag(node, at, "sourceGuard"))
                .blockTunnels(errors.flag(node, at, "blockTunnels"))
                .relay(
                        outbound == OutboundAction.REDIRECT && relay.isTextual()
                                ? relay.asText()
                                : null)
                .fallback(fallback(node, at))
                .quarantine(depth);
    }

    private void refuseWithout(boolean redirect, JsonNode node, String at, String field) {
        if (!redirect && node.has(field)) {
            errors.add(
                    at + field, node.get(field), "it is for classes with outbound redirect only");
        }
    }

    private OutboundAction fallback(JsonNode node, String at) {
        OutboundAction fallback = errors.choice(node, at, "fallback", OutboundAction.DROP);
        if (fallback == OutboundAction.DROP || fallback == OutboundAction.ALLOW) {
            return fallback;
        }
        errors.add(at + "fallback", node.path("fallback"), "use one of drop, allow");
        return OutboundAction.DROP;
    }
}
