package org.postern.infrastructure;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableSortedSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;
import org.onosproject.net.DeviceId;
import org.onosproject.net.PortNumber;
import org.postern.compile.LastResort;
import org.postern.policy.AccessDevice;
import org.postern.policy.EtherTypes;
import org.postern.policy.Mode;
import org.postern.policy.PortRole;
import org.postern.policy.SingleTable;

/** Reads the port roles of an access device from JSON, field by field. */
final class AccessDeviceReader {
    private static final Set<String> FIELDS =
            ImmutableSortedSet.of(
                    "access",
                    "backend",
                    "chain",
                    "etherTypes",
                    "exit",
                    "mode",
                    "ruleLimit",
                    "sTagType",
                    "server",
                    "transit",
                    "uplink",
                    "via");

    private static final Pattern ID = Pattern.compile("of:[0-9a-f]{16}");

    private static final Pattern ETHER_TYPE = Pattern.compile("0x[0-9a-fA-F]{4}");

    /** Below are lengths of IEEE 802.3 frames. */
    private static final int LOWEST_ETHER_TYPE = 0x600;

    /** OpenFlow 1.3 OFPP_MAX. */
    private static final long LARGEST_PORT = 0xffffff00L;

    /** Least and most that a limit of rules may be, whatever the device needs. */
    private static final int LOWEST_LIMIT = 1;

    private static final int HIGHEST_LIMIT = 1_000_000;

    private AccessDeviceReader() {}

    /**
     * Reads an access device.
     *
     * @throws ConfigurationException saying everything that is wrong
     */
    static AccessDevice read(DeviceId device, JsonNode json) {
        AccessDevice read = recall(device, json);
        int needed = LastResort.rulesNeeded(read);
        if (read.ruleLimit().orElse(HIGHEST_LIMIT) < needed) {
            FieldErrors errors = new FieldErrors();
            errors.add(
                    "devices." + device + ".postern.ruleLimit",
                    json.path("ruleLimit"),
                    "it must be "
                            + needed
                            + " or more: so many rules of one table hold for everybody on this"
                            + " device, without them nothing could be enforced");
            throw new ConfigurationException(errors.messages());
        }
        return read;
    }

    /**
     * Reads an access device that was good once: not refused for needing more rules than it did
     * before a new release.
     *
     * @throws ConfigurationException saying everything that is wrong
     */
    static AccessDevice recall(DeviceId device, JsonNode json) {
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
        Mode mode = errors.choice(json, where + ".", "mode", Mode.ENFORCE);
        Set<Integer> etherTypes = etherTypes(json, where + ".", errors);
        Optional<SingleTable> singleTable =
                SingleTableReader.read(json, where + ".", roles, errors);
        OptionalInt ruleLimit =
                errors.number(json, where + ".", "ruleLimit", LOWEST_LIMIT, HIGHEST_LIMIT);
        if (singleTable.isPresent() && ruleLimit.isPresent()) {
            errors.add(
                    where + ".ruleLimit",
                    json.path("ruleLimit"),
                    "a device with backend \"single-table\" has none: its table is everybody's");
        }
        int outerTag = outerTag(json, where, errors);
        if (!errors.isEmpty()) {
            throw new ConfigurationException(errors.messages());
        }
        return new AccessDevice(device, roles, chain.asText("default"), mode, etherTypes)
                .withOuterTag(outerTag)
                .withRuleLimit(ruleLimit)
                .withSingleTable(singleTable);
    }

    private static int outerTag(JsonNode json, String where, FieldErrors errors) {
        JsonNode type = json.path("sTagType");
        if (type.isMissingNode() || type.asText().equalsIgnoreCase("0x88a8")) {
            return EtherTypes.SERVICE_TAG;
        }
        if (!type.isTextual() || !type.asText().equals("0x8100")) {
            errors.add(
                    where + ".sTagType",
                    type,
                    "it must be \"0x88a8\" (IEEE 802.1ad, also if the field is absent) or \"0x8100\":"
                            + " what Open vSwitch can push");
        }
        return EtherTypes.TAG;
    }

    private static Set<Integer> etherTypes(JsonNode json, String where, FieldErrors errors) {
        Set<Integer> types = new HashSet<>();
        int index = 0;
        for (JsonNode value : errors.array(json, where, "etherTypes")) {
            String at = where + "etherTypes[" + index++ + "]";
            if (!value.isTextual() || !ETHER_TYPE.matcher(value.asText()).matches()) {
                errors.add(
                        at,
                        value,
                        "it must be an Ethernet type, \"0x0600\" to \"0xffff\", in quotation marks");
                continue;
            }
            int type = Integer.decode(value.asText());
            if (type < LOWEST_ETHER_TYPE) {
                errors.add(at, value, "an Ethernet type is 0x0600 or higher");
            } else if (EtherTypes.OPAQUE.contains(type)) {
                errors.add(
                        at,
                        value,
                        "it carries IP that OpenFlow cannot look into (PPPoE, MPLS, a second tag, ...):"
                                + " mail would pass unseen");
            } else if (!types.add(type)) {
                errors.add(at, value, "it is named twice");
            }
        }
        return types;
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
