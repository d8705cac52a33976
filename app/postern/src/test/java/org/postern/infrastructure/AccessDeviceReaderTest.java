package org.postern.infrastructure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.postern.infrastructure.InfrastructureReaderTest.json;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.onlab.packet.MacAddress;
import org.onosproject.net.DeviceId;
import org.onosproject.net.PortNumber;
import org.postern.policy.AccessDevice;
import org.postern.policy.Backend;
import org.postern.policy.EtherTypes;
import org.postern.policy.Mode;
import org.postern.policy.PortRole;
import org.postern.policy.SingleTable;

class AccessDeviceReaderTest {
    private static final DeviceId ID = DeviceId.deviceId("of:0000000000000001");
    private static final String WHERE = "field devices.of:0000000000000001.postern";
    private static final String NUMBER = "it must be a port number, 1 to 4294967040";
    private static final String UPLINK = "name the port to the ISP's network here, or in transit";

    @Test
    void rolesAndChainAreRead() {
        AccessDevice device =
                AccessDeviceReader.read(
                        ID,
                        json(
                                "{'uplink': [100], 'server': [80], 'transit': [90, 91], 'access': [1, 4294967040],"
                                        + " 'chain': 'ring-7'}"));
        assertEquals(
                Map.of(
                        PortNumber.portNumber(100), PortRole.UPLINK,
                        PortNumber.portNumber(80), PortRole.SERVER,
                        PortNumber.portNumber(90), PortRole.TRANSIT,
                        PortNumber.portNumber(91), PortRole.TRANSIT,
                        PortNumber.portNumber(1), PortRole.ACCESS,
                        PortNumber.portNumber(4294967040L), PortRole.ACCESS),
                device.roles());
        assertEquals("ring-7", device.chain());
        assertEquals(ID, device.id());
    }

    @Test
    void aPortThatIsNotNamedIsTreatedAsAccess() {
        AccessDevice device = AccessDeviceReader.read(ID, json("{'uplink': [100]}"));
        assertEquals(PortRole.ACCESS, device.roleOf(PortNumber.portNumber(7)));
        assertEquals("default", device.chain());
    }

    @Test
    void aDeviceWithinAChainNeedsNoUplinkOfItsOwn() {
        assertEquals(
                List.of(PortNumber.portNumber(90)),
                AccessDeviceReader.read(ID, json("{'transit': [90]}")).ports(PortRole.TRANSIT));
    }

    @Test
    void modeAndFurtherEtherTypesAreRead() {
        AccessDevice plain = AccessDeviceReader.read(ID, json("{'uplink': [100]}"));
        assertEquals(Mode.ENFORCE, plain.mode());
        assertEquals(EtherTypes.ALLOWED, plain.etherTypes());
        AccessDevice device =
                AccessDeviceReader.read(
                        ID,
                        json(
                                "{'uplink': [100], 'mode': 'monitor', 'etherTypes': ['0x0600', '0x88B8', '0xffff']}"));
        assertEquals(Mode.MONITOR, device.mode());
        Set<Integer> all = new HashSet<>(EtherTypes.ALLOWED);
        all.addAll(Set.of(0x600, 0x88b8, 0xffff));
        assertEquals(all, device.etherTypes());
    }

    @Test
    void waysOutOfASingleTableAreRead() {
        assertEquals(
                Backend.FRONT_TABLE,
                AccessDeviceReader.read(ID, json("{'uplink': [100], 'backend': 'front-table'}"))
                        .backend());
        AccessDevice plain =
                AccessDeviceReader.read(
                        ID, json("{'uplink': [101, 100], 'backend': 'single-table'}"));
        assertEquals(Backend.SINGLE_TABLE, plain.backend());
        assertEquals(PortNumber.portNumber(100), plain.singleTable().orElseThrow().exit());
        AccessDevice full =
                AccessDeviceReader.read(
                        ID,
                        json(
                                "{'transit': [90, 91], 'server': [50], 'backend': 'single-table', 'exit': 91,"
                                        + " 'via': {'02:00:00:00:00:25': 90, '02:00:00:00:00:50': 50}}"));
        assertEquals(
                new SingleTable(
                        PortNumber.portNumber(91),
                        Map.of(
                                MacAddress.valueOf("02:00:00:00:00:25"), PortNumber.portNumber(90),
                                MacAddress.valueOf("02:00:00:00:00:50"),
                                        PortNumber.portNumber(50))),
                full.singleTable().orElseThrow());
    }

    static Stream<Arguments> wrongWays() {
        String only = "only a device with backend \"single-table\" has it";
        String port = "it must be one of the uplink, transit and server ports";
        String single = "{'uplink': [100], 'backend': 'single-table', ";
        return Stream.of(
                wrong(
                        "{'uplink': [100], 'backend': 'two-tables'}",
                        ".backend",
                        "\"two-tables\"",
                        "use one of front-table, single-table"),
                wrong("{'uplink': [100], 'exit': 100}", ".exit", "100", only),
                wrong("{'uplink': [100], 'via': {}}", ".via", "{}", only),
                wrong(
                        "{'transit': [90], 'backend': 'single-table'}",
                        ".exit",
                        "nothing",
                        "a single-table device without uplink ports needs the port towards the ISP's network, where"
                                + " permitted mail is output"),
                wrong(single + "'exit': 1}", ".exit", "1", port),
                wrong(single + "'exit': 'eth0'}", ".exit", "\"eth0\"", port),
                wrong(
                        single + "'via': [1]}",
                        ".via",
                        "[1]",
                        "it must be an object: ports by MAC address"),
                wrong(
                        single + "'via': {'02:00:00:00:00:25': 7}}",
                        ".via.02:00:00:00:00:25",
                        "7",
                        port),
                wrong(
                        single + "'via': {'0a:00:00:00:00:25': 100, '0A:00:00:00:00:25': 100}}",
                        ".via",
                        "0A:00:00:00:00:25",
                        "it is named twice"),
                wrong(
                        single + "'via': {'198.51.100.25': 100}}",
                        ".via",
                        "198.51.100.25",
                        "it must be a MAC address, six pairs of digits"));
    }

    @ParameterizedTest
    @MethodSource("wrongWays")
    void wrongWaysOutOfASingleTableAreNamed(String text, String message) {
        ConfigurationException problem =
                assertThrows(
                        ConfigurationException.class,
                        () -> AccessDeviceReader.read(ID, json(text)));
        assertEquals(List.of(message), problem.errors());
    }

    @Test
    void aRuleLimitIsReadAndWithoutItThereIsNone() {
        assertEquals(
                OptionalInt.empty(),
                AccessDeviceReader.read(ID, json("{'uplink': [100]}")).ruleLimit());
        for (int limit : List.of(20, 64, 1_000_000)) {
            assertEquals(
                    OptionalInt.of(limit),
                    AccessDeviceReader.read(
                                    ID, json("{'uplink': [100], 'ruleLimit': " + limit + "}"))
                            .ruleLimit());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-64", "1000001", "4294967360", "64.5", "true", "null", "[64]"})
    void aRuleLimitThatCannotBeIsRefusedByName(String value) {
        ConfigurationException refused =
                assertThrows(
                        ConfigurationException.class,
                        () ->
                                AccessDeviceReader.read(
                                        ID, json("{'uplink': [100], 'ruleLimit': " + value + "}")));
        assertEquals(
                List.of(
                        WHERE
                                + ".ruleLimit: "
                                + value
                                + " is not acceptable: it must be a whole number, 1 to 1000000"),
                refused.errors());
    }

    /**
     * 17 rules of table 0 on every device, three for an uplink or server port, one for a transit.
     */
    @Test
    void aRuleLimitThatNothingCouldBeEnforcedWithinIsRefusedWithHowManyRulesItTakes() {
        Map<String, Integer> needs =
                Map.of(
                        "'uplink': [100]", 20,
                        "'uplink': [100, 101], 'server': [80], 'transit': [90]", 27,
                        "'uplink': [100], 'etherTypes': ['0x88b8']", 21,
                        "'transit': [90]", 18);
        needs.forEach(
                (device, rules) -> {
                    String limited = "{" + device + ", 'ruleLimit': ";
                    ConfigurationException refused =
                            assertThrows(
                                    ConfigurationException.class,
                                    () ->
                                            AccessDeviceReader.read(
                                                    ID, json(limited + (rules - 1) + "}")));
                    assertEquals(
                            List.of(
                                    WHERE
                                            + ".ruleLimit: "
                                            + (rules - 1)
                                            + " is not acceptable: it must be "
                                            + rules
                                            + " or more: so many rules of one table hold for everybody on this"
                                            + " device, without them nothing could be enforced"),
                            refused.errors());
                    assertEquals(
                            OptionalInt.of(rules),
                            AccessDeviceReader.read(ID, json(limited + rules + "}")).ruleLimit());
                });
    }

    @Test
    void whatWasGoodOnceIsNotRefusedForNeedingMore() {
        assertEquals(
                OptionalInt.of(16),
                AccessDeviceReader.recall(ID, json("{'uplink': [100], 'ruleLimit': 16}"))
                        .ruleLimit());
    }

    private static Arguments wrong(String text, String field, String value, String allowed) {
        return Arguments.of(text, WHERE + field + ": " + value + " is not acceptable: " + allowed);
    }

    private static Arguments port(String value) {
        return wrong(
                "{'uplink': [100], 'access': [1, " + value + "]}",
                ".access[1]",
                value.replace('\'', '"'),
                NUMBER);
    }

    private static Arguments with(String field, String value, String allowed) {
        return wrong(
                "{'uplink': [100], '" + field + "': " + value + "}",
                "." + field,
                value.replace('\'', '"'),
                allowed);
    }

    private static Arguments etherType(String value, String allowed) {
        return wrong(
                "{'uplink': [100], 'etherTypes': ['0x88b8', " + value + "]}",
                ".etherTypes[1]",
                value.replace('\'', '"'),
                allowed);
    }

    static Stream<Arguments> modesAndEtherTypes() {
        String text = "it must be an Ethernet type, \"0x0600\" to \"0xffff\", in quotation marks";
        String opaque =
                "it carries IP that OpenFlow cannot look into (PPPoE, MPLS, a second tag, ...):"
                        + " mail would pass unseen";
        return Stream.of(
                        Stream.of("'off'", "'Monitor'", "''", "true", "7", "null", "['monitor']")
                                .map(v -> with("mode", v, "use one of enforce, monitor")),
                        Stream.of("'0x88b8'", "35000", "null", "{}")
                                .map(v -> with("etherTypes", v, "it must be a list")),
                        Stream.of(
                                        "'88b8'",
                                        "'0x88b'",
                                        "'0x088b8'",
                                        "'0x88bg'",
                                        "'goose'",
                                        "''",
                                        "35000",
                                        "null",
                                        "true",
                                        "[]")
                                .map(v -> etherType(v, text)),
                        Stream.of("'0x0000'", "'0x05ff'")
                                .map(v -> etherType(v, "an Ethernet type is 0x0600 or higher")),
                        // VLAN tags, MPLS, PPP and PPPoE, and what else wraps frames
                        Stream.of(
                                        "'0x8100'",
                                        "'0x88a8'",
                                        "'0x88A8'",
                                        "'0x9100'",
                                        "'0x9200'",
                                        "'0x9300'",
                                        "'0x8847'",
                                        "'0x8848'",
                                        "'0x880b'",
                                        "'0x8863'",
                                        "'0x8864'",
                                        "'0x88e7'",
                                        "'0x22f3'",
                                        "'0x894f'",
                                        "'0x6558'",
                                        "'0x88e5'")
                                .map(v -> etherType(v, opaque)),
                        Stream.of(etherType("'0x88B8'", "it is named twice")))
                .flatMap(s -> s);
    }

    static Stream<Arguments> everyFieldWrongInEveryWay() {
        return Stream.concat(
                Stream.of(
                                "0",
                                "-1",
                                "4294967041",
                                "1.5",
                                "1.0",
                                "'2'",
                                "null",
                                "[2]",
                                "99999999999999999999",
                                "18446744073709551617")
                        .map(AccessDeviceReaderTest::port),
                Stream.of(
                        wrong("[]", "", "[]", "it must be an object"),
                        wrong("'uplink'", "", "\"uplink\"", "it must be an object"),
                        wrong("{'uplink': 100}", ".uplink", "100", "it must be a list"),
                        wrong("{'uplink': null}", ".uplink", "null", "it must be a list"),
                        wrong("{}", ".uplink", "nothing", UPLINK),
                        wrong("{'uplink': [], 'access': [1]}", ".uplink", "[]", UPLINK),
                        wrong("{'server': [1]}", ".uplink", "nothing", UPLINK),
                        wrong(
                                "{'uplink': [100], 'acess': [1]}",
                                ".acess",
                                "[1]",
                                "there is no such field; use one of access, backend, chain, etherTypes, exit, mode,"
                                        + " ruleLimit, sTagType, server, transit, uplink, via"),
                        wrong(
                                "{'uplink': [100], 'access': [100]}",
                                ".uplink[0]",
                                "100",
                                "port 100 has a role already: access; give it one"),
                        wrong(
                                "{'uplink': [100], 'access': [1, 1]}",
                                ".access[1]",
                                "1",
                                "port 1 has a role already: access; give it one"),
                        wrong(
                                "{'uplink': [100], 'chain': ''}",
                                ".chain",
                                "\"\"",
                                "it must be the name of the ring or daisy chain"),
                        sTagType("'0x9100'", "\"0x9100\""),
                        sTagType("'0x0800'", "\"0x0800\""),
                        sTagType("'88a8'", "\"88a8\""),
                        sTagType("34984", "34984"),
                        sTagType("null", "null"),
                        sTagType("['0x88a8']", "[\"0x88a8\"]"),
                        wrong(
                                "{'uplink': [100], 'chain': 7}",
                                ".chain",
                                "7",
                                "it must be the name of the ring or daisy chain")));
    }

    private static Arguments sTagType(String value, String told) {
        return wrong(
                "{'uplink': [100], 'sTagType': " + value + "}",
                ".sTagType",
                told,
                "it must be \"0x88a8\" (IEEE 802.1ad, also if the field is absent) or \"0x8100\":"
                        + " what Open vSwitch can push");
    }

    @Test
    void theOuterTagIsOfAProviderUnlessSaidOtherwise() {
        assertEquals(0x88a8, AccessDeviceReader.read(ID, json("{'uplink': [100]}")).outerTag());
        assertEquals(0x88a8, outerTag("0x88a8"));
        assertEquals(0x88a8, outerTag("0x88A8"));
        assertEquals(0x8100, outerTag("0x8100"));
    }

    private static int outerTag(String type) {
        String text = "{'uplink': [100], 'sTagType': '" + type + "'}";
        return AccessDeviceReader.read(ID, json(text)).outerTag();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource({"everyFieldWrongInEveryWay", "modesAndEtherTypes"})
    void theMessageNamesFieldValueAndWhatIsAllowed(String text, String expected) {
        assertEquals(
                List.of(expected),
                assertThrows(
                                ConfigurationException.class,
                                () -> AccessDeviceReader.read(ID, json(text)))
                        .errors());
    }
}
