package org.postern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OperandsTest {

    private static String refusal(Function<String, ?> reader, String text) {
        String message =
                assertThrows(IllegalArgumentException.class, () -> reader.apply(text)).getMessage();
        assertTrue(message.contains("\"" + text + "\""), message);
        return message;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"10.64.1.7/32", "10.64.0.0/16", "2001:db8:64:7::/64", "2001:db8::1/128"})
    void prefixOfEitherFamilyIsRead(String text) {
        assertEquals(text, Operands.prefix(text).toString());
    }

    @ParameterizedTest
    @CsvSource({
        "10.64.1.300/32, malformed",
        "10.64.1/24, malformed",
        "10.64.1.7/x, malformed",
        "10.64.1.7/-1, malformed",
        "host/32, malformed",
        "2001:db8::g/64, malformed",
        "10.64.1.7/33, 1 to 32",
        "10.64.1.0/0, 1 to 32",
        "2001:db8::/129, 1 to 128",
        "10.64.1.7, length",
        "10.64.1.7/24, 10.64.1.0/24",
        "2001:db8:64:7::1/64, 2001:db8:64:7::/64"
    })
    void badPrefixIsQuotedWithWhatIsAllowed(String text, String allowed) {
        String message = refusal(Operands::prefix, text);
        assertTrue(message.contains(allowed), message);
        assertTrue(message.contains("such as 10.64.1.7/32"), message);
    }

    @Test
    void macIsReadInEitherCase() {
        assertEquals("02:64:00:00:AB:07", Operands.mac("02:64:00:00:ab:07").toString());
        assertEquals(Operands.mac("02:64:00:00:ab:07"), Operands.mac("02:64:00:00:AB:07"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"02:64:zz:00:00:00", "02:64:00:00:00", "026400000007", "x", ""})
    void badMacIsQuotedWithWhatIsAllowed(String text) {
        assertTrue(refusal(Operands::mac, text).contains("six pairs of hexadecimal digits"));
    }

    @Test
    void deviceIsItsIdentifier() {
        assertEquals(Console.S1, Operands.device(Console.S1).toString());
        assertEquals("device:leaf-1", Operands.device("device:leaf-1").toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"not-a-device", "", ":1", "of:", "of: 1"})
    void badDeviceIsQuotedWithWhatIsAllowed(String text) {
        assertTrue(refusal(Operands::device, text).contains("such as of:0000000000000001"));
    }

    @Test
    void optionAmongTheAttachmentsIsToldThatItComesTooLate() {
        assertTrue(refusal(Operands::attachment, "-c").contains("before the arguments"));
        assertEquals("of:0000000000000001/3", Operands.attachment(Console.S1 + "/3").toString());
    }
}
