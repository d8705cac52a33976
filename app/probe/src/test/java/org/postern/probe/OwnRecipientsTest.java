package org.postern.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OwnRecipientsTest {
    private static Reply greeting(String text) {
        return new Reply(220, List.of(text));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mx.example           | ready                      | mx.example",
                "smtp.isp.example     | smtp.isp.example ESMTP     | smtp.isp.example isp.example",
                "smtp.isp.example     | mx1.mail.host.example ESMTP| smtp.isp.example isp.example mx1.mail.host.example",
                "192.0.2.25           | SMTP.isp.example;ESMTP     | [192.0.2.25] smtp.isp.example isp.example",
                "192.0.2.25           | [192.0.2.25] ESMTP         | [192.0.2.25]",
                "192.0.2.25           | 192.0.2.25 ESMTP           | [192.0.2.25]",
                "2001:db8::25         | x.example>DATA ESMTP  | [IPv6:2001:db8::25]",
                "2001:db8::25         | b\u00fccher.example ESMTP  | [IPv6:2001:db8::25]",
                "localhost            | localhost ESMTP            | localhost"
            })
    void guessesArePostmastersOfHostGreetingAndDomainsAbove(
            String host, String greeting, String domains) {
        OwnRecipients own = OwnRecipients.of(ProbeRequest.of(host).build(), greeting(greeting));
        assertTrue(own.areGuessed());
        StringBuilder found = new StringBuilder();
        own.addresses().forEach(a -> found.append(a.replace("postmaster@", " ")));
        assertEquals(domains, found.toString().trim());
    }

    @Test
    void addressThatWasGivenIsNotGuessed() {
        ProbeRequest request = ProbeRequest.of("mx.example").localRecipient("a@b.example").build();
        OwnRecipients own = OwnRecipients.of(request, greeting("c.d.example"));
        assertFalse(own.areGuessed());
        assertEquals(List.of("a@b.example"), own.addresses());
    }

    @Test
    void withoutAGreetingTheHostIsAll() {
        OwnRecipients own = OwnRecipients.of(ProbeRequest.of("192.0.2.25").build(), null);
        assertEquals(List.of("postmaster@[192.0.2.25]"), own.addresses());
    }
}
