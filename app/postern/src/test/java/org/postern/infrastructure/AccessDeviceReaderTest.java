package org.postern.infrastructure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.postern.infrastructure.InfrastructureReaderTest.json;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.onosproject.net.DeviceId;
import org.onosproject.net.PortNumber;
import org.postern.policy.AccessDevice;
import org.postern.policy.PortRole;

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
                                "there is no such field; use one of access, chain, etherTypes, mode, server, transit, uplink"),
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
                        wrong(
                                "{'uplink': [100], 'chain': 7}",
                                ".chain",
                                "7",
                                "it must be the name of the ring or daisy chain")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("everyFieldWrongInEveryWay")
    void theMessageNamesFieldValueAndWhatIsAllowed(String text, String expected) {
        assertEquals(
                List.of(expected),
                assertThrows(
                                ConfigurationException.class,
                                () -> AccessDeviceReader.read(ID, json(text)))
                        .errors());
    }
}
