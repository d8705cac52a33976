package org.postern.infrastructure;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.onlab.packet.IpAddress;
import org.onlab.packet.MacAddress;
import org.onlab.packet.VlanId;
import org.postern.policy.NextHop;
import org.postern.policy.Remediation;

/** Reads mail relays and what quarantined subscribers reach from JSON, field by field. */
final class NextHopReader {
    private static final Set<String> RELAY_FIELDS =
            ImmutableSortedSet.of("name", "addresses", "mac", "vlans", "allowUnauthenticated");
    private static final Set<String> PORTAL_FIELDS =
            ImmutableSortedSet.of("addresses", "mac", "vlans");
    private static final Set<String> QUARANTINE_FIELDS =
            ImmutableSortedSet.of("portal", "contact", "allow", "resolvers");

    /** The portal has no name of its own; a relay cannot have it. */
    private static final String PORTAL = "quarantine portal";

    private static final int LARGEST_VLAN = 4094;

    private final FieldErrors errors;
    private final Set<String> names = new TreeSet<>();

    NextHopReader(FieldErrors errors) {
        this.errors = errors;
    }

    List<NextHop> relays(JsonNode json) {
        List<NextHop> relays = new ArrayList<>();
        int index = 0;
        for (JsonNode node : errors.array(json, "", "relays")) {
            String relay = "relays[" + index++ + "]";
            if (!node.isObject()) {
                errors.add(relay, node, "it must be an object with name, and addresses or mac");
                continue;
            }
            errors.refuseUnknown(node, relay + ".", RELAY_FIELDS);
            JsonNode name = node.path("name");
            if (!name.isTextual() || name.asText().trim().isEmpty()) {
                errors.add(relay + ".name", name, "it must be a name");
            } else if (PORTAL.equals(name.asText())) {
                errors.add(relay + ".name", name, "the portal is called so: use another name");
            } else if (!names.add(name.asText())) {
                errors.add(relay + ".name", name, "it is named twice");
            } else {
                List<NextHop> read = new ArrayList<>();
                hop(node, relay, name.asText(), read);
                boolean open = errors.flag(node, relay + ".", "allowUnauthenticated");
                read.forEach(hop -> relays.add(open ? hop.allowingUnauthenticated() : hop));
            }
        }
        return relays;
    }

    /** Names of the relays that {@link #relays} found, also of those that are wrong otherwise. */
    Set<String> relayNames() {
        return names;
    }

    private void hop(JsonNode node, String where, String name, List<NextHop> read) {
        String at = where + ".";
        Set<IpAddress> addresses = AddressReader.hosts(errors, node, at, "addresses");
        MacAddress mac = mac(node, at);
        Set<VlanId> vlans = vlans(node, at);
        if (addresses.isEmpty() && mac == null) {
            // what was given but is wrong was told
            if (!node.has("mac") && node.path("addresses").size() == 0) {
                errors.add(
                        at + "addresses",
                        node.path("addresses"),
                        "give at least one address, by which its MAC is learnt, or its mac");
            }
        } else {
            read.add(new NextHop(name, addresses, mac, vlans));
        }
    }

    private MacAddress mac(JsonNode node, String at) {
        JsonNode value = node.path("mac");
        if (value.isMissingNode()) {
            return null;
        }
        try {
            MacAddress mac = MacAddress.valueOf(value.asText());
            if (value.isTextual()
                    && !mac.isMulticast()
                    && !mac.isBroadcast()
                    && !MacAddress.ZERO.equals(mac)) {
                return mac;
            }
        } catch (IllegalArgumentException e) {
            // told below
        }
        errors.add(at + "mac", value, "it must be a unicast MAC, such as 02:00:00:00:00:25");
        return null;
    }

    private Set<VlanId> vlans(JsonNode node, String at) {
        Set<VlanId> vlans = new HashSet<>();
        int index = 0;
        for (JsonNode value : errors.array(node, at, "vlans")) {
            String field = at + "vlans[" + index++ + "]";
            if (value.isIntegralNumber()
                    && value.canConvertToInt()
                    && value.asInt() >= 1
                    && value.asInt() <= LARGEST_VLAN) {
                if (!vlans.add(VlanId.vlanId(value.shortValue()))) {
                    errors.add(field, value, "it is named twice");
                }
            } else {
                errors.add(field, value, "it must be a VLAN, 1 to " + LARGEST_VLAN);
            }
        }
        return vlans;
    }

    Remediation remediation(JsonNode json) {
        JsonNode node = json.path("quarantine");
        if (node.isMissingNode()) {
            return Remediation.NONE;
        }
        if (!node.isObject()) {
            errors.add(
                    "quarantine",
                    node,
                    "it must be an object with portal, contact, allow, resolvers");
            return Remediation.NONE;
        }
        String at = "quarantine.";
        errors.refuseUnknown(node, at, QUARANTINE_FIELDS);
        List<NextHop> portal = new ArrayList<>();
        JsonNode portalNode = node.path("portal");
        if (portalNode.isObject()) {
            errors.refuseUnknown(portalNode, at + "portal.", PORTAL_FIELDS);
            hop(portalNode, at + "portal", PORTAL, portal);
        } else if (!portalNode.isMissingNode()) {
            errors.add(at + "portal", portalNode, "it must be an object with addresses or mac");
        }
        return new Remediation(
                portal.isEmpty() ? null : portal.get(0),
                AddressReader.prefixes(errors, node, at, "contact"),
                AddressReader.prefixes(errors, node, at, "allow"),
                ImmutableList.copyOf(AddressReader.hosts(errors, node, at, "resolvers")));
    }
}
