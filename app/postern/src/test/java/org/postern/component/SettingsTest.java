package org.postern.component;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postern.fakecontroller.FakeContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

class SettingsTest {
    private static final Logger LOG = LoggerFactory.getLogger(SettingsTest.class);

    @ParameterizedTest
    @CsvSource({
        "'7', 7",
        "' 7 ', 7",
        "'1', 1",
        "'9', 9",
        "'', 5",
        "' ', 5",
        "'0', 3",
        "'10', 3",
        "'-1', 3",
        "'7.5', 3",
        "'seven', 3",
        "'99999999999999999999', 3"
    })
    void whatIsNotSetHasItsDefaultAndWhatCannotBeReadLeavesWhatHeld(String text, int holds) {
        Settings settings = Settings.of(FakeContext.of("n", text), LOG);
        assertEquals(holds, settings.number("n", 3, 5, 1, 9));
    }

    @Test
    void textsAreReadByWhoeverUsesThem() {
        Settings settings = Settings.of(FakeContext.of("t", " x ", "bad", "y"), LOG);
        assertEquals("x!", settings.text("t", "former", "default", text -> text + "!"));
        assertEquals("default", settings.text("none", "former", "default", text -> text));
        assertEquals(
                "former",
                settings.text(
                        "bad",
                        "former",
                        "default",
                        text -> {
                            throw new IllegalArgumentException("it is " + text);
                        }));
    }

    @Test
    void nothingIsSetWithoutAContext() {
        assertEquals(5, Settings.of(null, LOG).number("n", 3, 5, 1, 9));
        assertEquals(5L << 40, Settings.of(null, LOG).number("n", 3L, 5L << 40, 1L, 9L << 40));
    }
}
