package org.postern.infrastructure;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.onlab.packet.MacAddress;
import org.onosproject.net.PortNumber;
import org.postern.policy.Backend;
import org.postern.policy.PortRole;
import org.postern.policy.SingleTable;

/**
 * Reads from JSON whether a device's policy goes into its one table, and by which ports what is
 * permitted then leaves: {@code backend}, {@code exit} and {@code via}.
 */
final class SingleTableReader {
    private static final Pattern MAC = Pattern.compile("([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}");

    private final String where;
    private final Map<PortNumber, PortRole> roles;
    private final FieldErrors errors;

    private SingleTableReader(String where, Map<PortNumber, PortRole> roles, FieldErrors errors) {
        this.where = where;
        this.roles = roles;
        this.errors = errors;
    }

    /**
     * Reads the three fields of a device whose port roles are known; empty without errors means the
     * front table.
     */
    static Optional<SingleTable> read(
            JsonNode json, String where, Map<PortNumber, PortRole> roles, FieldErrors errors) {
        Backend backend = errors.choice(json, where, "backend", Backend.FRONT_TABLE);
        if (backend == Backend.FRONT_TABLE) {
            for (String field : new String[] {"exit", "via"}) {
                if (json.has(field)) {
                    errors.add(
                            where + field,
                            json.get(field),
                            "only a device with backend \"single-table\" has it");
                }
            }
            return Optional.empty();
        }
        return new SingleTableReader(where, roles, errors).read(json);
    }

    private Optional<SingleTable> read(JsonNode json) {
        PortNumber exit = json.has("exit") ? port("exit", json.get("exit")) : uplink().orElse(null);
        if (exit == null && !json.has("exit")) {
            errors.add(
                    where + "exit",
                    json.path("exit"),
                    "a single-table device without uplink ports needs the port towards the ISP's"
                            + " network, where permitted mail is output");
        }
        JsonNode via = json.path("via");
        if (!via.isMissingNode() && !via.isObject()) {
            errors.add(where + "via", via, "it must be an object: ports by MAC address");
        }
        Map<MacAddress, PortNumber> macs = new HashMap<>();
        for (Iterator<String> keys = via.fieldNames(); keys.hasNext(); ) {
            String key = keys.next();
            PortNumber port = port("via." + key, via.get(key));
            if (!MAC.matcher(key).matches()) {
                errors.add(where + "via", key, "it must be a MAC address, six pairs of digits");
            } else if (port != null && macs.put(MacAddress.valueOf(key), port) != null) {
                errors.add(where + "via", key, "it is named twice");
            }
        }
        return exit == null ? Optional.empty() : Optional.of(new SingleTable(exit, macs));
    }

    private Optional<PortNumber> uplink() {
        return roles.entrySet().stream()
                .filter(e -> e.getValue() == PortRole.UPLINK)
                .map(Map.Entry::getKey)
                .min((a, b) -> Long.compare(a.toLong(), b.toLong()));
    }

    /** A port that is not a subscriber's; null if it is none. */
    private PortNumber port(String field, JsonNode value) {
        if (value.isIntegralNumber() && value.canConvertToLong()) {
            PortNumber port = PortNumber.portNumber(value.asLong());
            if (roles.getOrDefault(port, PortRole.ACCESS) != PortRole.ACCESS) {
                return port;
            }
        }
        errors.add(where + field, value, "it must be one of the uplink, transit and server ports");
        return null;
    }
}
