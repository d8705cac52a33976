package org.postern.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.onosproject.net.DeviceId;

class SubscriberTest {
    private static final Attachment PORT = Attachment.parse("of:0000000000000001/3");

    @Test
    void subscriberIsResidentialUnlessSomebodySaysOtherwise() {
        Subscriber subscriber = Subscriber.builder("c-1").attachedAt(PORT).build();

        assertEquals("residential", subscriber.serviceClass());
        assertEquals(Set.of(PORT), subscriber.attachments());
        assertTrue(subscriber.isAttachedTo(DeviceId.deviceId("of:0000000000000001")));
        assertFalse(subscriber.isAttachedTo(DeviceId.deviceId("of:0000000000000002")));
    }

    @Test
    void anotherClassLeavesEverythingElseAsItIs() {
        Subscriber before =
                Subscriber.builder("c-1")
                        .attachedAt(PORT)
                        .prefix(IpPrefix.valueOf("10.64.0.7/32"))
                        .mac(MacAddress.valueOf("02:00:00:00:00:07"))
                        .build();

        Subscriber after = before.toBuilder().serviceClass("business").build();

        assertEquals("business", after.serviceClass());
        assertEquals(before, after.toBuilder().serviceClass("residential").build());
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "7", "customer.7@isp.example", "a:b-c_d"})
    void customerNumbersAndAccountNamesAreIdentifiers(String id) {
        assertEquals(id, Subscriber.builder(id).attachedAt(PORT).build().id());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "-a", "a b", "a/b", "ä", "a\n"})
    void malformedIdentifierIsRefused(String id) {
        String message = refusal(Subscriber.builder(id).attachedAt(PORT));

        assertTrue(message.contains("subscriber id \"" + id + "\" is malformed"), message);
        assertTrue(message.contains("1 to 64 letters, digits"), message);
    }

    @Test
    void identifierOf64CharactersIsTheLongest() {
        String longest = "a".repeat(64);

        assertEquals(longest, Subscriber.builder(longest).attachedAt(PORT).build().id());
        assertTrue(
                refusal(Subscriber.builder(longest + "a").attachedAt(PORT)).contains("malformed"));
    }

    @Test
    void subscriberWithoutAttachmentIsRefused() {
        assertEquals(
                "subscriber c-1 has no attachment: give at least one DEVICE/PORT",
                refusal(Subscriber.builder("c-1")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0/0", "::/0"})
    void theWholeInternetIsNobodysPrefix(String prefix) {
        String message =
                refusal(
                        Subscriber.builder("c-1")
                                .attachedAt(PORT)
                                .prefix(IpPrefix.valueOf(prefix)));

        assertTrue(message.contains("c-1: prefix " + prefix + " is the whole Internet"), message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "33:33:00:00:00:01",
                "01:00:5e:00:00:01",
                "00:00:00:00:00:00",
                "ff:ff:ff:ff:ff:ff"
            })
    void aGroupsMacOrNoneIsRefused(String mac) {
        String message =
                refusal(Subscriber.builder("c-1").attachedAt(PORT).mac(MacAddress.valueOf(mac)));

        assertTrue(message.toLowerCase().contains("mac " + mac + " is not a host's"), message);
    }

    private static String refusal(Subscriber.Builder builder) {
        return assertThrows(IllegalArgumentException.class, builder::build).getMessage();
    }
}
