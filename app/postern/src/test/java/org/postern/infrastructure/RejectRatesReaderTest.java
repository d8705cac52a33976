package org.postern.infrastructure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postern.policy.Infrastructure;
import org.postern.policy.RejectRates;

class RejectRatesReaderTest {
    private static Infrastructure read(String reject) {
        try {
            return InfrastructureReader.read(
                    new ObjectMapper().readTree("{\"reject\": " + reject.replace('\'', '"') + "}"));
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    private static RejectRates rates(String reject) {
        return read(reject).rejectRates();
    }

    @Test
    void everyRateCanBeConfigured() {
        assertEquals(
                new RejectRates(5, 20, 100), rates("{'rate': 5, 'burst': 20, 'deviceRate': 100}"));
        assertEquals(
                new RejectRates(1000, 1000, 5000),
                rates("{'rate': 1000, 'burst': 1000, 'deviceRate': 5000}"));
        assertEquals(new RejectRates(1, 1, 1), rates("{'rate': 1, 'burst': 1, 'deviceRate': 1}"));
    }

    @Test
    void whatIsAbsentIsUsualOfADeviceAtLeastTheRateOfOneSubscriber() {
        assertEquals(RejectRates.USUAL, rates("{}"));
        assertEquals(new RejectRates(3, 10, 200), rates("{'rate': 3}"));
        assertEquals(new RejectRates(500, 10, 500), rates("{'rate': 500}"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[]|field reject: [] is not acceptable: it must be an object",
                "7|field reject: 7 is not acceptable: it must be an object",
                "{'rate': 0}|field reject.rate: 0 is not acceptable: it must be a number of packets, 1 to 1000",
                "{'rate': -1}|field reject.rate: -1 is not acceptable",
                "{'rate': 1001}|field reject.rate: 1001 is not acceptable",
                "{'rate': 4294967297}|field reject.rate: 4294967297 is not acceptable",
                "{'rate': 1.5}|field reject.rate: 1.5 is not acceptable",
                "{'rate': '10'}|field reject.rate: \"10\" is not acceptable",
                "{'rate': null}|field reject.rate: null is not acceptable",
                "{'burst': 0}|field reject.burst: 0 is not acceptable",
                "{'burst': 1001}|field reject.burst: 1001 is not acceptable",
                "{'deviceRate': 0}|field reject.deviceRate: 0 is not acceptable",
                "{'deviceRate': 5001}|field reject.deviceRate: 5001 is not acceptable: it must be a number of packets, 1 to 5000",
                "{'rate': 100, 'deviceRate': 99}|field reject.deviceRate: 99 is not acceptable: it must be 100 at least",
                "{'rates': 1}|field reject.rates: 1 is not acceptable: there is no such field"
            })
    void theMessageNamesFieldValueAndWhatIsAllowed(String reject, String expected) {
        List<String> errors =
                assertThrows(ConfigurationException.class, () -> read(reject)).errors();

        assertEquals(1, errors.size(), errors.toString());
        assertTrue(errors.get(0).startsWith(expected), errors.get(0));
    }
}
