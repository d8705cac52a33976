package org.postern.infrastructure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.postern.infrastructure.InfrastructureReaderTest.json;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.onlab.packet.IpAddress;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.onlab.packet.VlanId;
import org.postern.policy.Infrastructure;
import org.postern.policy.NextHop;
import org.postern.policy.Remediation;

class NextHopReaderTest {
    private static final String HOST = "it must be the IPv4 or IPv6 address of a host";
    private static final String MAC = "it must be a unicast MAC, such as 02:00:00:00:00:25";
    private static final String VLAN = "it must be a VLAN, 1 to 4094";
    private static final String PREFIX =
            "it must be an IPv4 or IPv6 prefix, such as 100.64.0.0/16, and not /0";
    private static final String LIST = "it must be a list";
    private static final String TWICE = "it is named twice";
    private static final String NEITHER =
            "give at least one address, by which its MAC is learnt, or its mac";
    private static final List<String> NO_HOSTS =
            List.of(
                    "'192.0.2'",
                    "'192.0.2.1/32'",
                    "'relay.isp.example'",
                    "''",
                    "'0.0.0.0'",
                    "'127.0.0.1'",
                    "'224.0.0.25'",
                    "'255.255.255.255'",
                    "'::'",
                    "'::1'",
                    "'fe80::25'",
                    "'ff02::1'",
                    "7",
                    "null",
                    "true",
                    "[]",
                    "{}");
    private static final List<String> NO_MACS =
            List.of(
                    "''",
                    "'02:00:00:00:00'",
                    "'02:00:00:00:00:0g'",
                    "'00:00:00:00:00:00'",
                    "'01:00:5e:00:00:01'",
                    "'33:33:00:00:00:01'",
                    "'ff:ff:ff:ff:ff:ff'",
                    "7",
                    "null",
                    "true",
                    "['02:00:00:00:00:25']",
                    "{}");
    private static final List<String> NO_VLANS =
            List.of(
                    "0",
                    "-1",
                    "4095",
                    "65636",
                    "100.0",
                    "'100'",
                    "null",
                    "true",
                    "[]",
                    "99999999999");

    private static Infrastructure read(String text) {
        return InfrastructureReader.read(json(text));
    }

    private static VlanId vlan(int vid) {
        return VlanId.vlanId((short) vid);
    }

    @Test
    void aRelayIsLearntByItsAddressesOrHasItsMacConfigured() {
        Infrastructure read =
                read(
                        "{'relays': [{'name': 'learnt', 'addresses': ['192.0.2.25', '2001:db8:2::25']},"
                                + " {'name': 'fixed', 'mac': '02:00:00:00:00:25', 'vlans': [100, 4094]}]}");
        assertEquals(
                new NextHop(
                        "learnt",
                        Set.of(
                                IpAddress.valueOf("192.0.2.25"),
                                IpAddress.valueOf("2001:db8:2::25")),
                        null,
                        Set.of()),
                read.relays().get("learnt"));
        assertEquals(
                new NextHop(
                        "fixed",
                        Set.of(),
                        MacAddress.valueOf("02:00:00:00:00:25"),
                        Set.of(vlan(100), vlan(4094))),
                read.relays().get("fixed"));
        assertEquals(2, read.nextHops().size());
    }

    @Test
    void relayThatNeedNotDemandAuthenticationIsSaidToBeOne() {
        Infrastructure read =
                read(
                        "{'relays': [{'name': 'open', 'addresses': ['192.0.2.25'], 'allowUnauthenticated': true},"
                                + " {'name': 'strict', 'addresses': ['192.0.2.26'], 'allowUnauthenticated': false},"
                                + " {'name': 'usual', 'addresses': ['192.0.2.27']}]}");

        assertTrue(read.relays().get("open").allowsUnauthenticated());
        assertFalse(read.relays().get("strict").allowsUnauthenticated());
        assertFalse(read.relays().get("usual").allowsUnauthenticated());
        assertNotEquals(
                read.relays().get("open"),
                new NextHop("open", Set.of(IpAddress.valueOf("192.0.2.25")), null, Set.of()));
    }

    @Test
    void whatQuarantinedSubscribersReachIsRead() {
        Infrastructure read =
                read(
                        "{'quarantine': {'portal': {'addresses': ['192.0.2.80'], 'mac': '02:00:00:00:00:80', 'vlans': [7]},"
                                + " 'contact': ['192.0.2.64/28'], 'allow': ['198.51.100.0/24', '2001:db8:3::/48'],"
                                + " 'resolvers': ['192.0.2.53', '2001:db8:2::53']}}");
        Remediation remediation = read.remediation();
        NextHop portal = remediation.portal().get();
        assertEquals(Set.of(IpAddress.valueOf("192.0.2.80")), portal.addresses());
        assertEquals(Optional.of(MacAddress.valueOf("02:00:00:00:00:80")), portal.mac());
        assertEquals(Set.of(vlan(7)), portal.vlans());
        assertEquals(List.of(IpPrefix.valueOf("192.0.2.64/28")), remediation.contact());
        assertEquals(
                List.of(IpPrefix.valueOf("198.51.100.0/24"), IpPrefix.valueOf("2001:db8:3::/48")),
                remediation.allowed());
        assertEquals(
                List.of(IpAddress.valueOf("192.0.2.53"), IpAddress.valueOf("2001:db8:2::53")),
                remediation.resolvers());
        assertEquals(List.of(portal), read.nextHops());
    }

    @Test
    void whatIsLeftOutIsNothing() {
        assertEquals(Remediation.NONE, read("{}").remediation());
        assertEquals(Remediation.NONE, read("{'quarantine': {}}").remediation());
        assertEquals(List.of(), read("{'relays': []}").nextHops());
    }

    private static Arguments wrong(String text, String field, String value, String allowed) {
        return Arguments.of(
                text, "field " + field + ": " + value + " is not acceptable: " + allowed);
    }

    private static Arguments relay(String text, String field, String value, String allowed) {
        return wrong(
                "{'relays': [{'name': 'other', 'addresses': ['192.0.2.1']}, {" + text + "}]}",
                "relays[1]." + field,
                value,
                allowed);
    }

    private static Arguments quarantine(String text, String field, String value, String allowed) {
        return wrong("{'quarantine': {" + text + "}}", "quarantine." + field, value, allowed);
    }

    /** A value in a place where it must not be, of a relay and of the portal. */
    private static Stream<Arguments> ofEachHop(
            String before, List<String> values, String after, String field, String allowed) {
        return values.stream()
                .flatMap(
                        v -> {
                            String told = v.replace('\'', '"');
                            String text = before + v + after;
                            return Stream.of(
                                    relay("'name': 'mx', " + text, field, told, allowed),
                                    quarantine(
                                            "'portal': {" + text + "}",
                                            "portal." + field,
                                            told,
                                            allowed));
                        });
    }

    private static Stream<Arguments> hops() {
        String addressed = "'addresses': ['192.0.2.25'], ";
        return Stream.of(
                        ofEachHop(
                                "'addresses': ['192.0.2.25', ",
                                NO_HOSTS,
                                "]",
                                "addresses[1]",
                                HOST),
                        ofEachHop("'addresses': [", List.of("'mx'"), "]", "addresses[0]", HOST),
                        ofEachHop(addressed + "'mac': ", NO_MACS, "", "mac", MAC),
                        ofEachHop("'mac': ", NO_MACS, "", "mac", MAC),
                        ofEachHop(addressed + "'vlans': [1, ", NO_VLANS, "]", "vlans[1]", VLAN),
                        ofEachHop(
                                addressed + "'vlans': [100, ",
                                List.of("100"),
                                "]",
                                "vlans[1]",
                                TWICE),
                        ofEachHop(
                                addressed + "'vlans': ",
                                List.of("100", "null", "{}", "'100'"),
                                "",
                                "vlans",
                                LIST),
                        ofEachHop(
                                "'mac': '02:00:00:00:00:25', 'addresses': ",
                                List.of("'192.0.2.25'", "null", "{}"),
                                "",
                                "addresses",
                                LIST),
                        ofEachHop(
                                "'addresses': ['192.0.2.25', ",
                                List.of("'192.0.2.25'"),
                                "]",
                                "addresses[1]",
                                TWICE),
                        ofEachHop("'addresses': ", List.of("[]"), "", "addresses", NEITHER))
                .flatMap(s -> s);
    }

    private static Stream<Arguments> relays() {
        return Stream.of(
                wrong("{'relays': {}}", "relays", "{}", LIST),
                wrong("{'relays': null}", "relays", "null", LIST),
                wrong(
                        "{'relays': ['192.0.2.25']}",
                        "relays[0]",
                        "\"192.0.2.25\"",
                        "it must be an object with name, and addresses or mac"),
                relay("'name': 'mx'", "addresses", "nothing", NEITHER),
                relay(
                        "'name': 'mx', 'addresses': ['192.0.2.25'], 'allowUnauthenticated': 'yes'",
                        "allowUnauthenticated",
                        "\"yes\"",
                        "it must be true or false, without quotation marks"),
                relay("'addresses': ['192.0.2.25']", "name", "nothing", "it must be a name"),
                relay("'name': 7, 'mac': '02:00:00:00:00:25'", "name", "7", "it must be a name"),
                relay(
                        "'name': ' ', 'mac': '02:00:00:00:00:25'",
                        "name",
                        "\" \"",
                        "it must be a name"),
                relay(
                        "'name': null, 'mac': '02:00:00:00:00:25'",
                        "name",
                        "null",
                        "it must be a name"),
                relay("'name': 'other', 'mac': '02:00:00:00:00:25'", "name", "\"other\"", TWICE),
                relay(
                        "'name': 'quarantine portal', 'mac': '02:00:00:00:00:25'",
                        "name",
                        "\"quarantine portal\"",
                        "the portal is called so: use another name"),
                relay(
                        "'name': 'mx', 'addresses': ['192.0.2.25'], 'vlan': 100",
                        "vlan",
                        "100",
                        "there is no such field; use one of addresses, allowUnauthenticated, mac, name, vlans"));
    }

    private static Stream<Arguments> prefixes(String field) {
        return Stream.concat(
                Stream.of("'10.64.0.0'", "'10.64.0.0/33'", "'0.0.0.0/0'", "'::/0'", "7", "null")
                        .map(
                                v ->
                                        quarantine(
                                                "'" + field + "': ['192.0.2.0/24', " + v + "]",
                                                field + "[1]",
                                                v.replace('\'', '"'),
                                                PREFIX)),
                Stream.of(
                        quarantine("'" + field + "': {}", field, "{}", LIST),
                        quarantine("'" + field + "': null", field, "null", LIST),
                        quarantine(
                                "'" + field + "': ['192.0.2.1/24']",
                                field + "[0]",
                                "\"192.0.2.1/24\"",
                                "it has host bits; 192.0.2.0/24 is meant"),
                        quarantine(
                                "'" + field + "': ['192.0.2.0/24', '192.0.2.0/24']",
                                field + "[1]",
                                "\"192.0.2.0/24\"",
                                TWICE)));
    }

    private static Stream<Arguments> remediation() {
        String portal = "it must be an object with addresses or mac";
        String object = "it must be an object with portal, contact, allow, resolvers";
        return Stream.of(
                wrong("{'quarantine': 'mail'}", "quarantine", "\"mail\"", object),
                wrong("{'quarantine': null}", "quarantine", "null", object),
                wrong("{'quarantine': []}", "quarantine", "[]", object),
                quarantine(
                        "'depth': 'mail'",
                        "depth",
                        "\"mail\"",
                        "there is no such field; use one of allow, contact, portal, resolvers"),
                quarantine("'portal': '192.0.2.80'", "portal", "\"192.0.2.80\"", portal),
                quarantine("'portal': null", "portal", "null", portal),
                quarantine("'portal': []", "portal", "[]", portal),
                quarantine("'portal': {}", "portal.addresses", "nothing", NEITHER),
                quarantine(
                        "'portal': {'name': 'help', 'addresses': ['192.0.2.80']}",
                        "portal.name",
                        "\"help\"",
                        "there is no such field; use one of addresses, mac, vlans"),
                quarantine("'resolvers': '192.0.2.53'", "resolvers", "\"192.0.2.53\"", LIST),
                quarantine(
                        "'resolvers': ['192.0.2.53', '192.0.2.53']",
                        "resolvers[1]",
                        "\"192.0.2.53\"",
                        TWICE));
    }

    static Stream<Arguments> everyFieldWrongInEveryWay() {
        return Stream.of(
                        hops(),
                        relays(),
                        remediation(),
                        prefixes("contact"),
                        prefixes("allow"),
                        NO_HOSTS.stream()
                                .map(
                                        v ->
                                                quarantine(
                                                        "'resolvers': ['192.0.2.53', " + v + "]",
                                                        "resolvers[1]",
                                                        v.replace('\'', '"'),
                                                        HOST)))
                .flatMap(s -> s);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("everyFieldWrongInEveryWay")
    void theMessageNamesFieldValueAndWhatIsAllowed(String text, String expected) {
        assertEquals(
                List.of(expected),
                assertThrows(ConfigurationException.class, () -> read(text)).errors());
    }
}
