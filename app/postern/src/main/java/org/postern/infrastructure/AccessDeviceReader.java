package org.postern.infrastructure;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableSortedSet;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.onosproject.net.DeviceId;
import org.onosproject.net.PortNumber;
import org.postern.policy.AccessDevice;
import org.postern.policy.PortRole;

/** Reads the port roles of an access device from JSON, field by field. */
final class AccessDeviceReader {
    private static final Set<String> FIELDS =
            ImmutableSortedSet.of("access", "chain", "server", "transit", "uplink");

    private static final Pattern ID = Pattern.compile("of:[0-9a-f]{16}");

    /** OpenFlow 1.3 OFPP_MAX. */
    private static final long LARGEST_PORT = 0xffffff00L;

    private AccessDeviceReader() {}

    /**
     * Reads an access device.
     *
     * @throws ConfigurationException saying everything that is wrong
     */
    static AccessDevice read(DeviceId device, JsonNode json) {
        FieldErrors errors = new FieldErrors();
        Map<PortNumber, PortRole> roles = new HashMap<>();
        String where = "devices." + device + ".postern";
        if (!ID.matcher(device.toString()).matches()) {
            errors.add(
                    "devices",
                    device,
                    "it must be an OpenFlow device: of: and 16 hexadecimal digits in lower case");
        }
        if (!json.isObject()) {
            errors.add(where, json, "it must be an object");
        } else {
            errors.refuseUnknown(json, where + ".", FIELDS);
            for (PortRole role : PortRole.values()) {
                readPorts(json, where + ".", role, roles, errors);
            }
            if (errors.isEmpty()
                    && !roles.containsValue(PortRole.UPLINK)
                    && !roles.containsValue(PortRole.TRANSIT)) {
                errors.add(
                        where + ".uplink",
                        json.path("uplink"),
                        "name the port to the ISP's network here, or in transit");
            }
        }
        JsonNode chain = json.path("chain");
        if (!chain.isMissingNode() && (!chain.isTextual() || chain.asText().isEmpty())) {
            errors.add(where + ".chain", chain, "it must be the name of the ring or daisy chain");
        }
        if (!errors.isEmpty()) {
            throw new ConfigurationException(errors.messages());
        }
        return new AccessDevice(device, roles, chain.asText("default"));
    }

    private static void readPorts(
            JsonNode json,
            String where,
            PortRole role,
            Map<PortNumber, PortRole> roles,
            FieldErrors errors) {
        String field = role.name().toLowerCase(Locale.ROOT);
        int index = 0;
        for (JsonNode value : errors.array(json, where, field)) {
            String at = where + field + "[" + index++ + "]";
            if (!value.isIntegralNumber()
                    || !value.canConvertToLong()
                    || value.asLong() < 1
                    || value.asLong() > LARGEST_PORT) {
                errors.add(at, value, "it must be a port number, 1 to " + LARGEST_PORT);
                continue;
            }
            PortRole other = roles.put(PortNumber.portNumber(value.asLong()), role);
            if (other != null) {
                errors.add(
                        at,
                        value,
                        "port "
                                + value
                                + " has a role already: "
                                + other.name().toLowerCase(Locale.ROOT)
                                + "; give it one");
            }
        }
    }
}
