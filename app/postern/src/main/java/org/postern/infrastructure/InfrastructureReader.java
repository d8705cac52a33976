package org.postern.infrastructure;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableSortedSet;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.onlab.packet.IpAddress;
import org.onlab.packet.IpPrefix;
import org.postern.policy.Infrastructure;
import org.postern.policy.NextHop;
import org.postern.policy.RejectRates;
import org.postern.policy.Remediation;
import org.postern.policy.ServiceClass;
import org.postern.policy.SubmissionServer;

/** Reads submission servers, pools and service classes from JSON, field by field. */
final class InfrastructureReader {
    private static final Set<String> FIELDS =
            ImmutableSortedSet.of(
                    "submissionServers",
                    "pools",
                    "classes",
                    "defaultClass",
                    "relays",
                    "quarantine",
                    "reject");
    private static final Set<String> SERVER_FIELDS =
            ImmutableSortedSet.of("name", "addresses", "ports");
    private static final Set<Integer> SUBMISSION_PORTS = Set.of(25, 465, 587);

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
        List<IpPrefix> pools = AddressReader.prefixes(errors, json, "", "pools");
        NextHopReader nextHops = new NextHopReader(errors);
        List<NextHop> relays = nextHops.relays(json);
        List<ServiceClass> classes =
                new ServiceClassReader(errors, nextHops.relayNames()).classes(json);
        Remediation remediation = nextHops.remediation(json);
        RejectRates rejectRates = new RejectRatesReader(errors).rates(json);
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
                                        defaultClass.asText(ServiceClass.RESIDENTIAL.name()),
                                        relays,
                                        remediation)
                                .withRejectRates(rejectRates);
            } catch (IllegalArgumentException e) {
                // the rest was told where it stands, or comes of what was
                if (errors.isEmpty() || e.getMessage().startsWith("default class")) {
                    errors.add("defaultClass", defaultClass, e.getMessage());
                }
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
            Set<IpAddress> addresses = AddressReader.hosts(errors, node, at, "addresses");
            for (IpAddress address : addresses) {
                if (!taken.add(address)) {
                    errors.add(at + "addresses", address, "it is another server's already");
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
}
