package org.postern.infrastructure;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableSortedSet;
import java.util.Set;
import org.postern.policy.RejectRates;

/** Reads how often direct mail is answered with a reset. */
final class RejectRatesReader {
    private static final Set<String> FIELDS = ImmutableSortedSet.of("rate", "burst", "deviceRate");

    private final FieldErrors errors;

    RejectRatesReader(FieldErrors errors) {
        this.errors = errors;
    }

    /** The field {@code reject}; the usual rates if it is absent or wrong. */
    RejectRates rates(JsonNode json) {
        JsonNode node = json.path("reject");
        if (node.isMissingNode()) {
            return RejectRates.USUAL;
        }
        if (!node.isObject()) {
            errors.add("reject", node, "it must be an object with rate, burst and deviceRate");
            return RejectRates.USUAL;
        }
        errors.refuseUnknown(node, "reject.", FIELDS);
        RejectRates usual = RejectRates.USUAL;
        int rate = number(node, "rate", usual.rate(), RejectRates.HIGHEST_RATE);
        int burst = number(node, "burst", usual.burst(), RejectRates.HIGHEST_RATE);
        // of one subscriber more than of the usual device is possible: it has the whole device then
        int device =
                number(
                        node,
                        "deviceRate",
                        Math.max(rate, usual.deviceRate()),
                        RejectRates.HIGHEST_DEVICE_RATE);
        if (device < rate) {
            errors.add(
                    "reject.deviceRate",
                    node.path("deviceRate"),
                    "it must be " + rate + " at least, the rate of one subscriber");
            return usual;
        }
        return new RejectRates(rate, burst, device);
    }

    private int number(JsonNode node, String field, int absent, int highest) {
        JsonNode value = node.path(field);
        if (value.isMissingNode()) {
            return absent;
        }
        if (value.isIntegralNumber()
                && value.canConvertToInt()
                && value.asInt() >= 1
                && value.asInt() <= highest) {
            return value.asInt();
        }
        errors.add("reject." + field, value, "it must be a number of packets, 1 to " + highest);
        return absent;
    }
}
