package org.postern.probe;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** What tests against servers share: a network for each, and servers that are often meant. */
abstract class NetworkTest {
    static final String AUTH_FIRST = "530 5.7.0 Authentication required";
    static final String TLS_FIRST = "530 5.7.0 Must issue a STARTTLS command first";
    static final String NO_RELAY = "554 5.7.1 <x@y.invalid>: Relay access denied";

    Network network;

    @BeforeEach
    final void open() throws IOException {
        network = new Network();
    }

    @AfterEach
    final void close() throws IOException {
        network.close();
    }

    /** Another network in place of the one there was. */
    final void renew() throws IOException {
        network.close();
        network = new Network();
    }

    static SSLContext certificate(String alias) {
        try {
            return Authority.get().server(alias);
        } catch (GeneralSecurityException | IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Takes submissions upon STARTTLS; unless told otherwise from anybody. */
    static Mta submission() {
        return submission(Authority.GOOD);
    }

    static Mta submission(String alias) {
        return new Mta().tls(certificate(alias)).offersWithinTls("AUTH PLAIN LOGIN");
    }

    /** Takes submissions within TLS. */
    static Mta submissions() {
        return new Mta().tlsFirst(certificate(Authority.GOOD)).offersWithinTls("AUTH PLAIN LOGIN");
    }

    /** What is asked of one port, patiently. */
    static ProbeRequest.Builder of(int port) {
        return ProbeRequest.of(Network.HOST).ports(List.of(port)).limits(Network.PATIENT);
    }
}
