package org.postern.infrastructure;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.onlab.packet.IpAddress;
import org.onlab.packet.IpPrefix;

/** Reads lists of addresses and prefixes from JSON. */
final class AddressReader {
    /** Loopback, and reserved addresses with broadcast among them (RFC 6890). */
    private static final Set<IpPrefix> NO_HOSTS =
            Set.of(
                    IpPrefix.valueOf("127.0.0.0/8"),
                    IpPrefix.valueOf("240.0.0.0/4"),
                    IpPrefix.valueOf("::1/128"));

    private AddressReader() {}

    /** A list of addresses of hosts, each once; what is none is told. */
    static Set<IpAddress> hosts(FieldErrors errors, JsonNode node, String at, String list) {
        Set<IpAddress> addresses = new LinkedHashSet<>();
        int index = 0;
        for (JsonNode value : errors.array(node, at, list)) {
            String field = at + list + "[" + index++ + "]";
            try {
                IpAddress address = IpAddress.valueOf(value.asText());
                if (!value.isTextual()
                        || address.isZero()
                        || address.isMulticast()
                        || address.isLinkLocal()
                        || NO_HOSTS.stream().anyMatch(p -> contains(p, address))) {
                    throw new IllegalArgumentException("not a host's");
                }
                if (!addresses.add(address)) {
                    errors.add(field, value, "it is named twice");
                }
            } catch (IllegalArgumentException e) {
                errors.add(field, value, "it must be the IPv4 or IPv6 address of a host");
            }
        }
        return addresses;
    }

    private static boolean contains(IpPrefix prefix, IpAddress address) {
        return prefix.version() == address.version() && prefix.contains(address);
    }

    /** A list of prefixes without host bits, not /0, each once. */
    static List<IpPrefix> prefixes(FieldErrors errors, JsonNode json, String at, String list) {
        List<IpPrefix> prefixes = new ArrayList<>();
        int index = 0;
        for (JsonNode value : errors.array(json, at, list)) {
            String field = at + list + "[" + index++ + "]";
            try {
                IpPrefix prefix = IpPrefix.valueOf(value.asText());
                if (!value.isTextual()
                        || !value.asText().contains("/")
                        || prefix.prefixLength() == 0) {
                    throw new IllegalArgumentException("not a prefix");
                }
                if (!prefix.address().equals(IpAddress.valueOf(value.asText().split("/")[0]))) {
                    errors.add(field, value, "it has host bits; " + prefix + " is meant");
                } else if (prefixes.contains(prefix)) {
                    errors.add(field, value, "it is named twice");
                } else {
                    prefixes.add(prefix);
                }
            } catch (IllegalArgumentException e) {
                errors.add(
                        field,
                        value,
                        "it must be an IPv4 or IPv6 prefix, such as 100.64.0.0/16, and not /0");
            }
        }
        return prefixes;
    }
}
