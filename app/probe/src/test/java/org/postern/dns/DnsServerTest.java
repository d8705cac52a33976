package org.postern.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DnsServerTest {
    @ParameterizedTest
    @CsvSource({
        "192.0.2.53, 192.0.2.53:53",
        "' 192.0.2.53 ', 192.0.2.53:53",
        "192.0.2.53:5353, 192.0.2.53:5353",
        "2001:db8::53, [2001:db8:0:0:0:0:0:53]:53",
        "[2001:db8::53], [2001:db8:0:0:0:0:0:53]:53",
        "[2001:db8::53]:5353, [2001:db8:0:0:0:0:0:53]:5353",
        "[192.0.2.53]:5353, 192.0.2.53:5353",
    })
    void addressesAreReadWithAndWithoutAPort(String text, String means) {
        DnsServer server = DnsServer.parse(text);
        assertEquals(means, server.toString());
        assertEquals(server, DnsServer.parse(server.toString()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "ns.isp.example",
                "localhost",
                "192.0.2",
                "192.0.2.256",
                "192.0.2.53:0",
                "192.0.2.53:65536",
                "192.0.2.53:",
                "[2001:db8::53",
                "[2001:db8::53]:x",
                "192.0.2.53 192.0.2.54",
                "1\u001b[2J"
            })
    void namesAndNonsenseAreRefusedSinceNothingMayBeLookedUp(String text) {
        String message =
                assertThrows(IllegalArgumentException.class, () -> DnsServer.parse(text))
                        .getMessage();
        assertTrue(message.contains("is no DNS server: give an address"), message);
        assertTrue(message.chars().allMatch(c -> c >= 32), message);
    }
}
