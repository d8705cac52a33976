package org.postern.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class OrderTest {
    private static final Order ADA = Order.console("ada");

    @Test
    void reasonIsThatOfTheNewOrderOnly() {
        Order why = ADA.because(" HD-17 ");
        assertEquals("HD-17", why.reason());
        assertEquals("", ADA.reason());
        assertEquals("ada (console): HD-17", why.toString());
        assertEquals("ada (console)", ADA.toString());
        assertEquals(ADA.because("HD-17"), why);
        assertNotEquals(ADA, why);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a\nb", "a\u0000"})
    void whatIsNoReasonIsRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> ADA.because(text));
    }

    @Test
    void reasonHas200CharactersAtMost() {
        assertEquals(200, ADA.because("x".repeat(200)).reason().length());
        assertThrows(IllegalArgumentException.class, () -> ADA.because("x".repeat(201)));
    }

    @ParameterizedTest
    @EnumSource
    void interfaceIsReadAsItIsWritten(Order.Interface via) {
        assertEquals(via, Order.Interface.of(via.text()));
    }

    @Test
    void interfaceThatThereIsNotIsQuotedWithThoseThereAre() {
        String message =
                assertThrows(IllegalArgumentException.class, () -> Order.Interface.of("telnet"))
                        .getMessage();
        assertTrue(
                message.startsWith("interface \"telnet\" is unknown: use console, rest, network-"),
                message);
    }
}
