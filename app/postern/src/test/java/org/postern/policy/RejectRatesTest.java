package org.postern.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RejectRatesTest {
    @Test
    void usualRatesAreTenASecondOfEachAndTwoHundredOfADevice() {
        assertEquals(new RejectRates(10, 10, 200), RejectRates.USUAL);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 1, 1, rate 0",
        "-1, 1, 1, rate -1",
        "1001, 1, 5000, rate 1001",
        "1, 0, 1, burst 0",
        "1, 1001, 1, burst 1001",
        "10, 1, 9, deviceRate 9",
        "10, 1, 5001, deviceRate 5001"
    })
    void ratesOutOfRangeAreRefusedByName(int rate, int burst, int deviceRate, String named) {
        String message =
                assertThrows(
                                IllegalArgumentException.class,
                                () -> new RejectRates(rate, burst, deviceRate))
                        .getMessage();

        assertTrue(message.startsWith(named), message);
    }
}
