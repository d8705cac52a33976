package org.postern.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What servers that are in use say, and what is meant by it. */
class RefusalTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // Postfix
                "530 | 5.7.0 Authentication required | AUTHENTICATION",
                "530 | 5.7.0 Must issue a STARTTLS command first | TLS",
                "554 | 5.7.1 <a@b>: Relay access denied | POLICY",
                "554 | 5.7.1 <unknown[192.0.2.1]>: Client host rejected: Access denied | POLICY",
                "553 | 5.7.1 <a@b>: Sender address rejected: not logged in | AUTHENTICATION",
                "554 | 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org | SOURCE",
                "550 | 5.1.1 <a@b>: Recipient address rejected: User unknown | RECIPIENT",
                "450 | 4.1.2 <a@b>: Recipient address rejected: Domain not found | TEMPORARY",
                "550 | 5.1.8 <a@b>: Sender address rejected: Domain not found | SOURCE",
                // Exim: no enhanced codes
                "550 | relay not permitted | POLICY",
                "550 | authentication required | AUTHENTICATION",
                "550 | Unrouteable address | UNCLEAR",
                // OpenSMTPD
                "530 | 5.5.1 Invalid command: Must issue an AUTH command first | AUTHENTICATION",
                "530 | 5.5.1 Invalid command: Must issue a STARTTLS command first | TLS",
                "550 | Invalid recipient: <a@b> | RECIPIENT",
                // qmail, Exchange, others
                "503 | AUTH first (#5.5.1) | AUTHENTICATION",
                "530 | 5.7.57 Client not authenticated to send mail. | AUTHENTICATION",
                "530 | Access denied | AUTHENTICATION",
                "550 | 5.7.1 TLS required | TLS",
                "550 | 5.7.26 Unauthenticated email is not accepted due to domain's DMARC policy | SOURCE",
                "421 | 4.7.0 try again | TEMPORARY",
                "550 | no | UNCLEAR",
                "354 | what | UNCLEAR",
            })
    void wordsCountWhereCodesDoNotTell(int code, String text, Refusal meant) {
        assertEquals(meant, Refusal.of(new Reply(code, List.of(text)), false));
    }

    @ParameterizedTest
    @CsvSource({"false,TLS", "true,AUTHENTICATION"})
    void whoWantsBothWantsWhatIsWanting(boolean withinTls, Refusal meant) {
        Reply both = new Reply(530, List.of("5.7.0 Authentication required, STARTTLS first"));
        assertEquals(meant, Refusal.of(both, withinTls));
    }
}
