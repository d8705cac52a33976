package org.postern.infrastructure;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableSortedSet;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.onlab.packet.IpAddress;
import org.onlab.packet.IpPrefix;
import org.postern.policy.InboundRule;
import org.postern.policy.Infrastructure;
import org.postern.policy.OutboundAction;
import org.postern.policy.ServiceClass;
import org.postern.policy.SubmissionServer;

/** Reads submission servers, pools and service classes from JSON, field by field. */
final class InfrastructureReader {
    private static final Set<String> FIELDS =
            ImmutableSortedSet.of("submissionServers", "pools", "classes", "defaultClass");
    private static final Set<String> SERVER_FIELDS =
            ImmutableSortedSet.of("name", "addresses", "ports");
    private static final Set<String> CLASS_FIELDS =
            ImmutableSortedSet.of("name", "outbound", "inbound");
    private static final Set<Integer> SUBMISSION_PORTS = Set.of(25, 465, 587);

    /** Loopback, and reserved addresses with broadcast among them (RFC 6890). */
    private static final Set<IpPrefix> NO_HOSTS =
            Set.of(
                    IpPrefix.valueOf("127.0.0.0/8"),
                    IpPrefix.valueOf("240.0.0.0/4"),
                    IpPrefix.valueOf("::1/128"));

    private final FieldErrors errors = new FieldErrors();

    private InfrastructureReader() {}

    /**
     * Reads an infrastructure.
     *
     * @throws ConfigurationException saying everything that is wrong
     */
    static Infrastructure read(JsonNode json) {
        return new InfrastructureReader().infrastructure(json);
    }

    private Infrastructure infrastructure(JsonNode json) {
        if (!json.isObject()) {
            errors.add("postern", json, "it must be an object");
            throw new ConfigurationException(errors.messages());
        }
        errors.refuseUnknown(json, "", FIELDS);
        List<SubmissionServer> servers = servers(json);
        List<IpPrefix> pools = pools(json);
        List<ServiceClass> classes = classes(json);
        JsonNode defaultClass = json.path("defaultClass");
        Infrastructure read = null;
        if (!defaultClass.isMissingNode() && !defaultClass.isTextual()) {
            errors.add("defaultClass", defaultClass, "it must be the name of a class");
        } else {
            try {
                read =
                        new Infrastructure(
                                servers,
                                pools,
                                classes,
                                defaultClass.asText(ServiceClass.RESIDENTIAL.name()));
            } catch (IllegalArgumentException e) {
                errors.add("defaultClass", defaultClass, e.getMessage());
            }
        }
        if (!errors.isEmpty()) {
            throw new ConfigurationException(errors.messages());
        }
        return read;
    }

    private List<SubmissionServer> servers(JsonNode json) {
        List<SubmissionServer> servers = new ArrayList<>();
        Set<IpAddress> taken = new HashSet<>();
        int index = 0;
        for (JsonNode node : errors.array(json, "", "submissionServers")) {
            String server = "submissionServers[" + index++ + "]";
            if (!node.isObject()) {
                errors.add(server, node, "it must be an object with name and addresses");
                continue;
            }
            String at = server + ".";
            errors.refuseUnknown(node, at, SERVER_FIELDS);
            JsonNode name = node.path("name");
            if (!name.isTextual() || name.asText().trim().isEmpty()) {
                errors.add(at + "name", name, "it must be a name");
            }
            Set<IpAddress> addresses = addresses(node, at);
            for (IpAddress address : addresses) {
                if (!taken.add(address)) {
                    errors.add(at + "addresses", address, "it is another server's or named twice");
                }
            }
            Set<Integer> ports = ports(node, at);
            if (addresses.isEmpty()) {
                errors.add(
                        at + "addresses",
                        node.path("addresses"),
                        "give at least one IPv4 or IPv6 address");
            } else {
                servers.add(
                        new SubmissionServer(
                                name.asText(),
                                addresses,
                                ports.isEmpty() ? SUBMISSION_PORTS : ports));
            }
        }
        return servers;
    }

    private Set<IpAddress> addresses(JsonNode node, String at) {
        Set<IpAddress> addresses = new LinkedHashSet<>();
        int index = 0;
        for (JsonNode value : errors.array(node, at, "addresses")) {
            String field = at + "addresses[" + index++ + "]";
            try {
                IpAddress address = IpAddress.valueOf(value.asText());
                if (!value.isTextual()
                        || address.isZero()
                        || address.isMulticast()
                        || address.isLinkLocal()
                        || NO_HOSTS.stream().anyMatch(p -> contains(p, address))) {
                    throw new IllegalArgumentException("not a host's");
                }
                addresses.add(address);
            } catch (IllegalArgumentException e) {
                errors.add(field, value, "it must be the IPv4 or IPv6 address of a host");
            }
        }
        return addresses;
    }

    private static boolean contains(IpPrefix prefix, IpAddress address) {
        return prefix.version() == address.version() && prefix.contains(address);
    }

    private Set<Integer> ports(JsonNode node, String at) {
        Set<Integer> ports = new LinkedHashSet<>();
        int index = 0;
        for (JsonNode value : errors.array(node, at, "ports")) {
            if (value.isIntegralNumber()
                    && value.canConvertToInt()
                    && value.asInt() >= 1
                    && value.asInt() <= 65535) {
                ports.add(value.asInt());
            } else {
                errors.add(at + "ports[" + index + "]", value, "it must be a TCP port, 1 to 65535");
            }
            index++;
        }
        return ports;
    }

    private List<IpPrefix> pools(JsonNode json) {
        List<IpPrefix> pools = new ArrayList<>();
        int index = 0;
        for (JsonNode value : errors.array(json, "", "pools")) {
            String field = "pools[" + index++ + "]";
            try {
                IpPrefix prefix = IpPrefix.valueOf(value.asText());
                if (!value.isTextual()
                        || !value.asText().contains("/")
                        || prefix.prefixLength() == 0) {
                    throw new IllegalArgumentException("not a pool");
                }
                if (!prefix.address().equals(IpAddress.valueOf(value.asText().split("/")[0]))) {
                    errors.add(field, value, "it has host bits; " + prefix + " is meant");
                } else if (pools.contains(prefix)) {
                    errors.add(field, value, "it is named twice");
                } else {
                    pools.add(prefix);
                }
            } catch (IllegalArgumentException e) {
                errors.add(
                        field,
                        value,
                        "it must be an IPv4 or IPv6 prefix, such as 100.64.0.0/16, and not /0");
            }
        }
        return pools;
    }

    private List<ServiceClass> classes(JsonNode json) {
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
            errors.refuseUnknown(node, at, CLASS_FIELDS);
            OutboundAction outbound = choice(node, at, "outbound", OutboundAction.DROP);
            InboundRule inbound = choice(node, at, "inbound", InboundRule.ALLOW);
            // a number or true has a text too, which somebody might not mean as a name
            if (!node.path("name").isTextual()) {
                errors.add(at + "name", node.path("name"), "it must be a name");
                continue;
            }
            String name = node.path("name").asText();
            try {
                classes.add(new ServiceClass(name, outbound, inbound));
            } catch (IllegalArgumentException e) {
                errors.add(at + "name", node.path("name"), e.getMessage());
            }
            if (!names.add(name)) {
                errors.add(at + "name", name, "it is named twice");
            }
        }
        return classes;
    }

    private <E extends Enum<E>> E choice(JsonNode node, String at, String field, E absent) {
        JsonNode value = node.path(field);
        if (value.isMissingNode()) {
            return absent;
        }
        List<String> allowed = new ArrayList<>();
        for (E constant : absent.getDeclaringClass().getEnumConstants()) {
            String name = constant.name().toLowerCase(Locale.ROOT);
            if (value.isTextual() && value.asText().equals(name)) {
                return constant;
            }
            allowed.add(name);
        }
        errors.add(at + field, value, "use one of " + String.join(", ", allowed));
        return absent;
    }
}
