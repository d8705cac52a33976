package org.postern.submission;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onlab.packet.IpAddress;
import org.postern.probe.ProbeRequest;
import org.postern.probe.Verdict;
import org.postern.submission.ScriptedServers.Manner;

/** What the guard draws from probes of servers that talk. */
class ObservationTest {
    private static final String ADDRESS = "192.0.2.25";
    private static final char[] PASSWORD = "changeit".toCharArray();

    @TempDir static Path directory;
    private static KeyStore own;
    private static X509Certificate certificate;

    private final ScriptedServers servers = new ScriptedServers(Clock.systemUTC());

    /** A certificate for smtp.isp.example, signed by itself. */
    @BeforeAll
    static void sign() throws Exception {
        Path store = directory.resolve("own.p12");
        Process keytool =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "keytool")
                                        .toString(),
                                "-genkeypair",
                                "-alias",
                                "own",
                                "-dname",
                                "CN=smtp.isp.example",
                                "-ext",
                                "san=dns:smtp.isp.example",
                                "-keyalg",
                                "EC",
                                "-validity",
                                "30",
                                "-storetype",
                                "PKCS12",
                                "-keystore",
                                store.toString(),
                                "-storepass",
                                new String(PASSWORD))
                        .redirectErrorStream(true)
                        .redirectOutput(directory.resolve("told").toFile())
                        .start();
        assertEquals(0, keytool.waitFor(), () -> read(directory.resolve("told")));
        own = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            own.load(in, PASSWORD);
        }
        certificate = (X509Certificate) own.getCertificate("own");
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.getMessage();
        }
    }

    @AfterEach
    void close() throws IOException {
        servers.close();
    }

    private Observation look(Watched.Kind kind, Manner manner) throws InterruptedException {
        servers.set(ADDRESS, 25, manner);
        return servers.prober()
                .look(watched(kind, "smtp.isp.example", 25), ProbeRequest.NOBODY, "");
    }

    private static Watched watched(Watched.Kind kind, String name, int port) {
        return new Watched(kind, name, IpAddress.valueOf(ADDRESS), port);
    }

    @Test
    void relayThatTakesMailForItsOwnIsOpenThoughPasswordsInClearAreTheProbesVerdict()
            throws InterruptedException {
        Observation look = look(Watched.Kind.RELAY, Manner.EXCHANGING);

        assertEquals(Verdict.LOCAL_UNAUTH, look.verdict());
        assertTrue(look.isOpen());
        assertFalse(look.demandsAuthentication());
        assertEquals(
                "RCPT of its own was accepted without authentication: 250 2.1.5 Ours",
                look.reason());
    }

    @Test
    void serverThatTakesMailForItsOwnOn25HasPasswordsInClearForItsFlaw()
            throws InterruptedException {
        Observation look = look(Watched.Kind.SERVER, Manner.EXCHANGING);

        assertEquals(Verdict.AUTH_IN_CLEAR, look.verdict());
        assertFalse(look.isOpen());
        assertTrue(look.judges());
    }

    @Test
    void relayThatRefusesItsOwnTooHasNoOpenDoor() throws InterruptedException {
        Observation look = look(Watched.Kind.RELAY, Manner.OFFERING);

        assertEquals(Verdict.AUTH_IN_CLEAR, look.verdict());
        assertFalse(look.isOpen());
        assertTrue(look.demandsAuthentication());
    }

    @Test
    void openRelayIsTheProbesOwnVerdict() throws InterruptedException {
        Observation look = look(Watched.Kind.RELAY, Manner.OPEN);

        assertEquals(Verdict.RELAY_SUSPECTED, look.verdict());
        assertTrue(look.isOpen());
    }

    @Test
    void whoDoesNotAnswerShowsNoCertificateAndIsNotJudged() throws InterruptedException {
        Observation look =
                servers.prober()
                        .look(
                                watched(Watched.Kind.SERVER, "smtp.isp.example", 465),
                                ProbeRequest.NOBODY,
                                "");

        assertEquals(Verdict.CLOSED, look.verdict());
        assertFalse(look.judges() || look.isOpen() || look.demandsAuthentication());
        assertEquals(Optional.empty(), look.expires());
        assertEquals(Optional.empty(), look.refused());
    }

    @Test
    void certificateIsJudgedByItsChainFirstAndByNamesThatItCanBeFor() throws Exception {
        KeyStore itself = KeyStore.getInstance("PKCS12");
        itself.load(null, null);
        itself.setCertificateEntry("own", certificate);
        servers.show(context());
        servers.set(ADDRESS, 465, Manner.ENFORCING);

        assertEquals(Optional.empty(), refused(servers.prober(itself), "smtp.isp.example"));
        String other = refused(servers.prober(itself), "mail.isp.example").orElseThrow();
        assertTrue(other.startsWith("not for mail.isp.example: "), other);
        // how an operator calls it, which no certificate has
        assertEquals(Optional.empty(), refused(servers.prober(itself), "smtp"));
        assertEquals(
                Optional.of("self-signed, and not trusted here"),
                refused(servers.prober(), "mail.isp.example"));
    }

    private static SSLContext context() throws GeneralSecurityException {
        KeyManagerFactory keys =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(own, PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context;
    }

    /**
     * Why clients refuse the certificate; that it is seen, and until when it holds, is asserted.
     */
    private static Optional<String> refused(Prober prober, String name)
            throws InterruptedException {
        Observation look =
                prober.look(watched(Watched.Kind.SERVER, name, 465), ProbeRequest.NOBODY, "");
        assertEquals(Verdict.ENFORCED, look.verdict(), look.reason());
        assertEquals(Optional.of(certificate.getNotAfter().toInstant()), look.expires());
        return look.refused();
    }
}
