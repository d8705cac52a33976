package org.postern.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
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
                "553 | 5.7.1 <a@b>: Sender address rejected: not logged in | SOURCE",
                "554 | 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org | SOURCE",
                "550 | 5.1.1 <a@b>: Recipient address rejected: User unknown | RECIPIENT",
                "450 | 4.1.2 <a@b>: Recipient address rejected: Domain not found | TEMPORARY",
                "550 | 5.1.8 <a@b>: Sender address rejected: Domain not found | SOURCE",
                // Exim: no enhanced codes
                "550 | relay not permitted | POLICY",
                "550 | authentication required | AUTHENTICATION",
                "550 | Unrouteable address | RECIPIENT",
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
                // words within names and addresses
                "550 | 5.7.1 Denied, see https://mail.example/auth/relay/block-list?tls=1 | SOME_POLICY",
                "550 | Denied, see http://relay.example/authentication | UNCLEAR",
                "550 | 5.1.1 <postmaster@relay.auth.example>: User unknown | RECIPIENT",
                "554 | 5.7.1 <a@tls.example>: Relay access denied | POLICY",
                "550 | 5.7.1 see www.spamhaus.org/query/ip/192.0.2.1 | SOURCE",
                "550 | 5.7.1 Access denied by login.example | POLICY",
                "550 | 5.7.1 Catalog in use | SOME_POLICY",
                // who says that mail is not authenticated does not ask for a password
                "550 | 5.7.1 Unauthenticated senders are not allowed | SOME_POLICY",
                "550 | 5.7.26 Unauthenticated email from isp.example is not accepted | SOURCE",
                // where the client is
                "550 | 5.7.1 Client host rejected: cannot find your hostname, [192.0.2.1] | SOURCE",
                "554 | 5.7.1 <x.isp.example[192.0.2.1]>: Client host rejected: Access denied | POLICY",
                "554 | 5.7.1 Client host [192.0.2.1] refused | SOURCE",
                "554 | 5.7.1 Your host is an open relay | SOURCE",
                "550 | 5.7.1 Your IP is not welcome | SOURCE",
                "554 | 5.7.1 Too many authentication failures | SOURCE",
                "554 | 5.7.1 On a block list: authenticate | SOURCE",
                "550 | 5.7.1 Relaying denied. Your host is not ours | POLICY",
                "550 | 5.7.1 The IP you're using is not authorized. Use the SMTP relay of your provider | SOURCE",
                "550 | 5.7.1 Residential range, use the relay of your provider | SOURCE",
                "554 | 5.7.1 Relay access denied: no rDNS | SOURCE",
                "554 | 5.7.1 Your country may not relay | SOURCE",
                "550 | 5.7.1 Rejected by geographic policy | SOURCE",
                "550 | 5.7.1 You send spam: relaying denied | SOURCE",
                "550 | Authentication required, to keep spam out | AUTHENTICATION",
                // who does not relay says so; a policy without a name may be of anything
                "550 | 5.7.54 SMTP; Unable to relay recipient in non-accepted domain | POLICY",
                "550 | relaying to <a@b> prohibited by administrator | POLICY",
                "550 | mail relaying is not permitted | POLICY",
                "550 | We do not relay | POLICY",
                "553 | 5.7.1 Relaying disallowed | POLICY",
                "553 | sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1) | POLICY",
                "550 | 5.7.1 <a@b>... Relaying denied. IP name lookup failed [192.0.2.1] | POLICY",
                "554 | 5.7.1 <a@b>: Recipient address rejected: Access denied | POLICY",
                "550 | 5.7.705 Access denied, tenant has exceeded threshold | SOME_POLICY",
                "550 | 5.7.1 Use the relay of your provider | SOME_POLICY",
                "553 | 5.7.2 All messages will be permanently deferred | SOME_POLICY",
                "550 | Use the relay of your provider | UNCLEAR",
                // authentication of mail, and none that is demanded
                "550 | Sender authentication failed: the domain has no policy | SOURCE",
                "550 | 5.7.1 Message failed domain authentication | SOURCE",
                "550 | 5.7.23 rejected because of failed sender policy authentication | SOURCE",
                "550 | 5.7.1 Client failed to provide authentication | AUTHENTICATION",
                "550 | 5.7.1 Relaying failed, authentication required | AUTHENTICATION",
                "550 | 5.7.1 Authentication failed | SOME_POLICY",
                "550 | No such user (authentication is not needed) | RECIPIENT",
                "550 | relay not permitted for non-authenticated clients | POLICY",
                "550 | smtp-auth-03 does not want this | UNCLEAR",
                "550 | SMTP-AUTH required | AUTHENTICATION",
                "550 | SMTP AUTH is required for message submission on port 587 | AUTHENTICATION",
                "550 | There is no login of this name | UNCLEAR",
                "550 | Please log in first | AUTHENTICATION",
                "550 | Login required | AUTHENTICATION",
                // a code that says that it is an address goes before words
                "550 | 5.1.1 no such login: log in | RECIPIENT",
                "550 | 5.1.2 no relay, authentication required | RECIPIENT",
                "550 | 5.1.8 domain of sender does not resolve | SOURCE",
                "550 | 5.1.0 Authentication required | AUTHENTICATION",
                "530 | 5.1.2 Host unknown | RECIPIENT",
                "530 | 5.7.1 go away | AUTHENTICATION",
                "530 | 5.3.2 go away | UNCLEAR",
            })
    void wordsCountWhereCodesDoNotTell(int code, String text, Refusal meant) {
        assertEquals(meant, Refusal.of(new Reply(code, List.of(text)), false));
    }

    /** A timeout of the test is a pattern that takes its time squared. */
    @Test
    @Timeout(60)
    void wordsThatAServerMakesLongAreReadAtOnce() {
        for (String part :
                List.of(
                        "a",
                        "a.",
                        "a-",
                        "@",
                        ":",
                        "client host ",
                        "www.",
                        "relay ",
                        "relay to ",
                        "failed ",
                        "sender ",
                        "authenticated is ")) {
            String text = part.repeat((256 << 10) / part.length());
            assertNotEquals(Refusal.POLICY, Refusal.of(new Reply(550, List.of(text)), false));
        }
    }

    @ParameterizedTest
    @CsvSource({"false,TLS", "true,AUTHENTICATION"})
    void whoWantsBothWantsWhatIsWanting(boolean withinTls, Refusal meant) {
        Reply both = new Reply(530, List.of("5.7.0 Authentication required, STARTTLS first"));
        assertEquals(meant, Refusal.of(both, withinTls));
    }
}
