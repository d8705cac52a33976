package org.postern.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.onlab.packet.VlanId;
import org.onosproject.net.DeviceId;
import org.onosproject.net.PortNumber;

class AttachmentTest {
    @Test
    void wholePortIsWrittenAsDeviceAndPort() {
        Attachment attachment = Attachment.parse(" of:0000000000000001/3 ");

        assertEquals(DeviceId.deviceId("of:0000000000000001"), attachment.device());
        assertEquals(PortNumber.portNumber(3), attachment.port());
        assertEquals(Optional.empty(), attachment.vlan());
        assertEquals("of:0000000000000001/3", attachment.toString());
    }

    @Test
    void oneVlanOfAPortIsAThirdPart() {
        Attachment attachment = Attachment.parse("of:0000000000000001/3/100");

        assertEquals(Optional.of(VlanId.vlanId((short) 100)), attachment.vlan());
        assertEquals("of:0000000000000001/3/100", attachment.toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "of:0000000000000001/1",
                "of:0000000000000001/4294967040",
                "of:0000000000000001/1/1",
                "of:0000000000000001/1/4094"
            })
    void everyPortAndVlanOfOpenFlowCanBeAttached(String text) {
        assertEquals(text, Attachment.parse(text).toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "of:0000000000000001",
                "of:0000000000000001/",
                "/3",
                "switch/3",
                "of:0000000000000001/x",
                "of:0000000000000001/0",
                "of:0000000000000001/-1",
                "of:0000000000000001/4294967041",
                "of:0000000000000001/99999999999999999999",
                "of:0000000000000001/3/",
                "of:0000000000000001/3/0",
                "of:0000000000000001/3/4095",
                "of:0000000000000001/3/-5",
                "of:0000000000000001/3/65636",
                "of:0000000000000001/3/100/200",
                "of:0000000000000001/3/100.",
                "of:0000000000000001/3/.7",
                "of:0000000000000001/3/100.0",
                "of:0000000000000001/3/0.7",
                "of:0000000000000001/3/100.4095",
                "of:0000000000000001/3/100.7.9",
                "of:0000000000000001/3/100,7",
                "of:0000000000000001/3.7",
                "of:0000000000000001/3/100.7@10.64.3.0/29",
                "of:0000000000000001/3/100.7@02:00:00:00:00:01",
                "@10.64.3.0/29",
                "of:0000000000000001@10.64.3.0/29",
                "of:0000000000000001/3@",
                "of:0000000000000001/3/@10.64.3.0/29",
                "of:0000000000000001/3@10.64.3.0",
                "of:0000000000000001/3@10.64.3.1/29",
                "of:0000000000000001/3@10.64.3.0/33",
                "of:0000000000000001/3@10.64.3.0/",
                "of:0000000000000001/3@10.64.3.0/29/100",
                "of:0000000000000001/3@10.64.3/24",
                "of:0000000000000001/3@0.0.0.0/0",
                "of:0000000000000001/3@::/0",
                "of:0000000000000001/3@2001:db8::1/64",
                "of:0000000000000001/3@2001:db8::/129",
                "of:0000000000000001/3@2001:db8::",
                "of:0000000000000001/3@02:00:00:00:00",
                "of:0000000000000001/3@02:00:00:00:00:0g",
                "of:0000000000000001/3@020000000001",
                "of:0000000000000001/3@00:00:00:00:00:00",
                "of:0000000000000001/3@01:00:5e:00:00:01",
                "of:0000000000000001/3@33:33:00:00:00:01",
                "of:0000000000000001/3@ff:ff:ff:ff:ff:ff",
                "of:0000000000000001/3@10.64.3.0/29@02:00:00:00:00:01",
                "of:0000000000000001/3@alice"
            })
    void malformedAttachmentIsRefusedWithItsTextAndWhatIsExpected(String text) {
        String message =
                assertThrows(IllegalArgumentException.class, () -> Attachment.parse(text))
                        .getMessage();

        assertTrue(message.contains("\"" + text + "\""), message);
        assertTrue(message.contains("DEVICE/PORT or DEVICE/PORT/VLAN"), message);
        assertTrue(message.contains("1 to 4294967040"), message);
        assertTrue(message.contains("1 to 4094"), message);
        assertTrue(message.contains("@PREFIX or @MAC"), message);
        assertTrue(message.contains("DEVICE/PORT/OUTER.INNER"), message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "of:0000000000000001/3@10.64.3.0/29",
                "of:0000000000000001/3@10.64.3.7/32",
                "of:0000000000000001/3@2001:db8:3::/48",
                "of:0000000000000001/3/100@10.64.3.0/29",
                "of:0000000000000001/3/100@2001:db8:3::7/128",
                "of:0000000000000001/3@02:00:00:00:00:0A",
                "of:0000000000000001/3/100@02:00:00:00:00:0A"
            })
    void oneOfSeveralBehindALineHasItsSource(String text) {
        Attachment attachment = Attachment.parse(text);
        String line = text.substring(0, text.indexOf('@'));
        String source = text.substring(text.indexOf('@') + 1);

        assertEquals(text, attachment.toString());
        assertEquals(attachment, Attachment.parse(attachment.toString()));
        assertTrue(attachment.isShared());
        assertEquals(Attachment.parse(line), attachment.wholeLine());
        assertEquals(Attachment.parse("of:0000000000000001/3"), attachment.wholePort());
        boolean prefix = source.contains("/");
        assertEquals(
                prefix ? Optional.of(IpPrefix.valueOf(source)) : Optional.empty(),
                attachment.source());
        assertEquals(
                prefix ? Optional.empty() : Optional.of(MacAddress.valueOf(source)),
                attachment.sourceMac());
    }

    @Test
    void aPairOfVlansIsAPartOfTheOuterOne() {
        Attachment pair = Attachment.parse("of:0000000000000001/3/100.7");

        assertEquals("of:0000000000000001/3/100.7", pair.toString());
        assertEquals(Optional.of(VlanId.vlanId((short) 100)), pair.vlan());
        assertEquals(Optional.of(VlanId.vlanId((short) 7)), pair.customerVlan());
        assertTrue(pair.isShared());
        assertEquals(Attachment.parse("of:0000000000000001/3/100"), pair.wholeLine());
        assertEquals(Attachment.parse("of:0000000000000001/3"), pair.wholePort());
        assertNotEquals(Attachment.parse("of:0000000000000001/3/7.100"), pair);
        assertNotEquals(Attachment.parse("of:0000000000000001/3/100"), pair);
        assertEquals(Optional.empty(), pair.wholeLine().customerVlan());
    }

    @Test
    void aLineIsNotSharedAndAMacIsReadInLowerCaseToo() {
        assertFalse(Attachment.parse("of:0000000000000001/3/100").isShared());
        assertEquals(
                Attachment.parse("of:0000000000000001/3@02:00:00:00:00:0A"),
                Attachment.parse("of:0000000000000001/3@02:00:00:00:00:0a"));
        assertNotEquals(
                Attachment.parse("of:0000000000000001/3@10.64.3.0/29"),
                Attachment.parse("of:0000000000000001/3@10.64.3.0/28"));
        assertNotEquals(
                Attachment.parse("of:0000000000000001/3"),
                Attachment.parse("of:0000000000000001/3@10.64.3.0/28"));
    }

    @Test
    void aPortAndAVlanOfItAreDifferentAttachments() {
        Attachment port = Attachment.parse("of:0000000000000001/3");
        Attachment vlan = Attachment.parse("of:0000000000000001/3/100");

        assertEquals(port, Attachment.parse("of:0000000000000001/3"));
        assertEquals(vlan, Attachment.parse("of:0000000000000001/3/100"));
        assertTrue(!port.equals(vlan));
    }

    @Test
    void sourcesAreReadAsTheyAreWritten() {
        for (String text :
                List.of(
                        "of:0000000000000001/3",
                        "of:0000000000000001/3/100",
                        "of:0000000000000001/3@100.64.3.0/29",
                        "of:0000000000000001/3/100@02:00:00:00:00:01")) {
            assertEquals(text, Attachment.parse(text).toString());
        }
        for (String text :
                List.of(
                        "of:0000000000000001/3@",
                        "of:0000000000000001/3@100.64.3.1/29",
                        "of:0000000000000001/3@0.0.0.0/0",
                        "of:0000000000000001/3@ff:ff:ff:ff:ff:ff",
                        "of:0000000000000001/3@a@b",
                        "of:0000000000000001/3/100/7")) {
            assertThrows(IllegalArgumentException.class, () -> Attachment.parse(text), text);
        }
    }
}
