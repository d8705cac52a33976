package org.postern.infrastructure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.onlab.packet.IpAddress;
import org.onlab.packet.IpPrefix;
import org.postern.policy.InboundRule;
import org.postern.policy.Infrastructure;
import org.postern.policy.OutboundAction;
import org.postern.policy.ServiceClass;

class InfrastructureReaderTest {
    private static final String HOST = "it must be the IPv4 or IPv6 address of a host";
    private static final String POOL =
            "it must be an IPv4 or IPv6 prefix, such as 100.64.0.0/16, and not /0";
    private static final String PORT = "it must be a TCP port, 1 to 65535";
    private static final String LIST = "it must be a list";
    private static final String CLASS_NAME =
            "is malformed: use 1 to 32 lower-case letters, digits and hyphens, a letter first";

    static JsonNode json(String text) {
        try {
            return new ObjectMapper().readTree(text.replace('\'', '"'));
        } catch (IOException e) {
            throw new IllegalArgumentException(text, e);
        }
    }

    private static List<String> errors(String text) {
        return assertThrows(
                        ConfigurationException.class, () -> InfrastructureReader.read(json(text)))
                .errors();
    }

    @Test
    void everythingThatCanBeConfiguredIsRead() {
        Infrastructure read =
                InfrastructureReader.read(
                        json(
                                "{'submissionServers': [{'name': 'smtp.isp.example',"
                                        + " 'addresses': ['198.51.100.25', '2001:db8:51::25'],"
                                        + " 'ports': [25, 465, 587]}],"
                                        + " 'pools': ['10.64.0.0/16', '2001:db8:64::/48'],"
                                        + " 'classes': [{'name': 'small-office', 'outbound': 'allow', 'inbound': 'drop'}],"
                                        + " 'defaultClass': 'small-office'}"));
        assertEquals("smtp.isp.example", read.servers().get(0).name());
        assertEquals(
                Set.of(IpAddress.valueOf("198.51.100.25"), IpAddress.valueOf("2001:db8:51::25")),
                read.servers().get(0).addresses());
        assertEquals(Set.of(25, 465, 587), read.servers().get(0).ports());
        assertEquals(
                List.of(IpPrefix.valueOf("10.64.0.0/16"), IpPrefix.valueOf("2001:db8:64::/48")),
                read.pools());
        assertEquals(
                new ServiceClass("small-office", OutboundAction.ALLOW, InboundRule.DROP),
                read.defaultClass());
        assertEquals(
                Set.of("business", "quarantined", "residential", "small-office", "walled-garden"),
                read.classes().keySet());
    }

    @Test
    void whatIsLeftOutHasItsDefault() {
        assertEquals(Infrastructure.EMPTY, InfrastructureReader.read(json("{}")));
        Infrastructure read =
                InfrastructureReader.read(
                        json(
                                "{'submissionServers': [{'name': 'mx', 'addresses': ['192.0.2.1']}],"
                                        + " 'classes': [{'name': 'plain'}]}"));
        assertEquals(Set.of(25, 465, 587), read.servers().get(0).ports());
        assertEquals(
                new ServiceClass("plain", OutboundAction.DROP, InboundRule.ALLOW),
                read.classes().get("plain"));
    }

    @Test
    void aBuiltInClassMayBeRedefined() {
        Infrastructure read =
                InfrastructureReader.read(
                        json(
                                "{'classes': [{'name': 'residential', 'outbound': 'drop', 'inbound': 'drop'}]}"));
        assertEquals(InboundRule.DROP, read.defaultClass().inbound());
    }

    private static Arguments wrong(String text, String field, String value, String allowed) {
        return Arguments.of(
                text, "field " + field + ": " + value + " is not acceptable: " + allowed);
    }

    private static Arguments server(String text, String field, String value, String allowed) {
        return wrong(
                "{'submissionServers': [{" + text + "}]}",
                "submissionServers[0]." + field,
                value,
                allowed);
    }

    private static Arguments address(String value) {
        return server(
                "'name': 'mx', 'addresses': ['192.0.2.1', " + value + "]",
                "addresses[1]",
                value.replace('\'', '"'),
                HOST);
    }

    private static Arguments port(String value) {
        return server(
                "'name': 'mx', 'addresses': ['192.0.2.1'], 'ports': [25, " + value + "]",
                "ports[1]",
                value.replace('\'', '"'),
                PORT);
    }

    private static Arguments pool(String value) {
        return wrong("{'pools': [" + value + "]}", "pools[0]", value.replace('\'', '"'), POOL);
    }

    private static Arguments serviceClass(String text, String field, String value, String allowed) {
        return wrong(
                "{'classes': [{'name': 'other'}, {" + text + "}]}",
                "classes[1]." + field,
                value,
                allowed);
    }

    static Stream<Arguments> everyFieldWrongInEveryWay() {
        return Stream.of(
                        Stream.of(
                                wrong("[]", "postern", "[]", "it must be an object"),
                                wrong("7", "postern", "7", "it must be an object"),
                                wrong(
                                        "{'pool': []}",
                                        "pool",
                                        "[]",
                                        "there is no such field; use one of classes, defaultClass, pools, quarantine, reject, relays,"
                                                + " submissionServers"),
                                wrong("{'submissionServers': {}}", "submissionServers", "{}", LIST),
                                wrong("{'pools': null}", "pools", "null", LIST),
                                wrong("{'classes': 'gold'}", "classes", "\"gold\"", LIST)),
                        Stream.of(
                                wrong(
                                        "{'submissionServers': ['192.0.2.1']}",
                                        "submissionServers[0]",
                                        "\"192.0.2.1\"",
                                        "it must be an object with name and addresses"),
                                server(
                                        "'addresses': ['192.0.2.1']",
                                        "name",
                                        "nothing",
                                        "it must be a name"),
                                server(
                                        "'name': 7, 'addresses': ['192.0.2.1']",
                                        "name",
                                        "7",
                                        "it must be a name"),
                                server(
                                        "'name': ' ', 'addresses': ['192.0.2.1']",
                                        "name",
                                        "\" \"",
                                        "it must be a name"),
                                server(
                                        "'name': 'mx'",
                                        "addresses",
                                        "nothing",
                                        "give at least one IPv4 or IPv6 address"),
                                server(
                                        "'name': 'mx', 'addresses': []",
                                        "addresses",
                                        "[]",
                                        "give at least one IPv4 or IPv6 address"),
                                server(
                                        "'name': 'mx', 'addresses': '192.0.2.1'",
                                        "addresses",
                                        "\"192.0.2.1\"",
                                        LIST),
                                server(
                                        "'name': 'mx', 'address': ['192.0.2.1']",
                                        "address",
                                        "[\"192.0.2.1\"]",
                                        "there is no such field; use one of addresses, name, ports"),
                                server(
                                        "'name': 'mx', 'addresses': ['192.0.2.1'], 'ports': 25",
                                        "ports",
                                        "25",
                                        LIST),
                                server(
                                        "'name': 'mx', 'addresses': ['192.0.2.1', '192.0.2.1']",
                                        "addresses[1]",
                                        "\"192.0.2.1\"",
                                        "it is named twice"),
                                wrong(
                                        "{'submissionServers': [{'name': 'a', 'addresses': ['192.0.2.1']},"
                                                + " {'name': 'b', 'addresses': ['192.0.2.1']}]}",
                                        "submissionServers[1].addresses",
                                        "192.0.2.1",
                                        "it is another server's already")),
                        Stream.of(
                                        "'192.0.2'",
                                        "'192.0.2.256'",
                                        "'192.0.2.1/32'",
                                        "'smtp.isp.example'",
                                        "''",
                                        "'0.0.0.0'",
                                        "'224.0.0.25'",
                                        "'::'",
                                        "'fe80::1'",
                                        "'ff02::1'",
                                        "'2001:db8::g'",
                                        "7",
                                        "null",
                                        "true",
                                        "[]",
                                        "{}")
                                .map(InfrastructureReaderTest::address),
                        Stream.of(
                                        "0",
                                        "-1",
                                        "65536",
                                        "25.0",
                                        "'25'",
                                        "null",
                                        "99999999999",
                                        "18446744073709551641")
                                .map(InfrastructureReaderTest::port),
                        Stream.of(
                                        "'10.64.0.0'",
                                        "'10.64.0.0/33'",
                                        "'10.64.0.0/'",
                                        "'10.64.0.0/-1'",
                                        "'10.64.0.0/8/9'",
                                        "'/24'",
                                        "'pool'",
                                        "'0.0.0.0/0'",
                                        "'::/0'",
                                        "'2001:db8::/129'",
                                        "24",
                                        "null",
                                        "[]")
                                .map(InfrastructureReaderTest::pool),
                        Stream.of(
                                wrong(
                                        "{'pools': ['10.64.0.7/16']}",
                                        "pools[0]",
                                        "\"10.64.0.7/16\"",
                                        "it has host bits; 10.64.0.0/16 is meant"),
                                wrong(
                                        "{'pools': ['2001:db8::1/32']}",
                                        "pools[0]",
                                        "\"2001:db8::1/32\"",
                                        "it has host bits; 2001:db8::/32 is meant"),
                                wrong(
                                        "{'pools': ['10.64.0.0/16', '10.64.0.0/16']}",
                                        "pools[1]",
                                        "\"10.64.0.0/16\"",
                                        "it is named twice")),
                        Stream.of(
                                wrong(
                                        "{'classes': [{'name': 'other'}, 'gold']}",
                                        "classes[1]",
                                        "\"gold\"",
                                        "it must be an object with name, outbound and inbound"),
                                serviceClass(
                                        "'outbound': 'drop'",
                                        "name",
                                        "nothing",
                                        "it must be a name"),
                                serviceClass(
                                        "'name': ''",
                                        "name",
                                        "\"\"",
                                        "class name \"\" " + CLASS_NAME),
                                serviceClass(
                                        "'name': 'Gold'",
                                        "name",
                                        "\"Gold\"",
                                        "class name \"Gold\" " + CLASS_NAME),
                                serviceClass(
                                        "'name': 'a234567890123456789012345678901234'",
                                        "name",
                                        "\"a234567890123456789012345678901234\"",
                                        "class name \"a234567890123456789012345678901234\" "
                                                + CLASS_NAME),
                                serviceClass("'name': true", "name", "true", "it must be a name"),
                                serviceClass("'name': 7", "name", "7", "it must be a name"),
                                serviceClass(
                                        "'name': 'other'", "name", "other", "it is named twice"),
                                serviceClass(
                                        "'name': 'gold', 'outbound': 'permit'",
                                        "outbound",
                                        "\"permit\"",
                                        "use one of drop, allow, redirect, reject"),
                                serviceClass(
                                        "'name': 'gold', 'outbound': 'DROP'",
                                        "outbound",
                                        "\"DROP\"",
                                        "use one of drop, allow, redirect, reject"),
                                serviceClass(
                                        "'name': 'gold', 'outbound': null",
                                        "outbound",
                                        "null",
                                        "use one of drop, allow, redirect, reject"),
                                serviceClass(
                                        "'name': 'gold', 'inbound': false",
                                        "inbound",
                                        "false",
                                        "use one of allow, drop"),
                                serviceClass(
                                        "'name': 'gold', 'rate': 5",
                                        "rate",
                                        "5",
                                        "there is no such field; use one of blockTunnels, fallback, inbound, mode, name,"
                                                + " outbound, quarantine, relay, sourceGuard")),
                        Stream.of(
                                wrong(
                                        "{'defaultClass': 'gold'}",
                                        "defaultClass",
                                        "\"gold\"",
                                        "default class \"gold\" does not exist: use one of [business,"
                                                + " quarantined, residential, walled-garden]"),
                                wrong(
                                        "{'defaultClass': null}",
                                        "defaultClass",
                                        "null",
                                        "it must be the name of a class"),
                                wrong(
                                        "{'defaultClass': ['business']}",
                                        "defaultClass",
                                        "[\"business\"]",
                                        "it must be the name of a class")))
                .flatMap(s -> s);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("everyFieldWrongInEveryWay")
    void theMessageNamesFieldValueAndWhatIsAllowed(String text, String expected) {
        assertTrue(errors(text).contains(expected), () -> errors(text).toString());
    }

    @Test
    void everythingThatIsWrongIsToldAtOnce() {
        assertEquals(
                3,
                errors("{'pools': ['x'], 'defaultClass': 'gold', 'classes': [{'name': 'X'}]}")
                        .size());
    }

    @Test
    void ofVeryManyErrorsTheFirstAreToldAndHowManyMoreThereAre() {
        String pools =
                IntStream.range(0, 25)
                        .mapToObj(i -> "'x" + i + "'")
                        .collect(Collectors.joining(","));
        List<String> errors = errors("{'pools': [" + pools + "]}");
        assertEquals(21, errors.size());
        assertEquals("and 5 more", errors.get(20));
    }

    @Test
    void aLongValueIsShortened() {
        String value = "x".repeat(500);
        String error = errors("{'pools': ['" + value + "']}").get(0);
        assertTrue(error.startsWith("field pools[0]: \"xxx"), error);
        assertTrue(error.contains("... is not acceptable"), error);
        assertTrue(error.length() < 220, error);
    }
}
