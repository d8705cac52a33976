package org.postern.probe;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * A handshake that goes on whatever the certificate, and takes down what a client would have said
 * of it. No secret is ever sent upon it.
 */
final class Tls {
    /**
     * What RFC 8314, section 4.1, and RFC 8997 leave; early releases of Java 11 take older ones.
     */
    private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

    /** So the JDK begins that it has found no such name, of whatever kind, in a certificate. */
    private static final String MISMATCH = "No ";

    private final X509ExtendedTrustManager authorities;
    private final Clock clock;
    private final String host;
    private CertificateCheck check;

    /**
     * Prepares for one handshake.
     *
     * @param authorities decides which chains are valid
     * @param clock for the words of what has expired
     * @param host name for SNI, and that the certificate is to have; or an address
     */
    Tls(X509ExtendedTrustManager authorities, Clock clock, String host) {
        this.authorities = authorities;
        this.clock = clock;
        this.host = host;
    }

    /**
     * Trusts those whom a key store has.
     *
     * @param store the store; null for the authorities that the JDK trusts
     */
    static X509ExtendedTrustManager trusting(KeyStore store) throws GeneralSecurityException {
        TrustManagerFactory factory =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509ExtendedTrustManager) {
                return (X509ExtendedTrustManager) manager;
            }
        }
        throw new GeneralSecurityException("this Java has no X.509 trust manager");
    }

    /**
     * Shakes hands.
     *
     * @param socket connected
     * @param port for messages
     * @return a socket upon it
     * @throws IOException if it fails
     */
    SSLSocket handshake(Socket socket, int port) throws IOException {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new Witness()}, null);
            SSLSocket tls =
                    (SSLSocket) context.getSocketFactory().createSocket(socket, host, port, true);
            SSLParameters parameters = tls.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm(
                    "HTTPS"); // RFC 2818, as RFC 8314 wants it
            parameters.setProtocols(PROTOCOLS);
            tls.setSSLParameters(parameters);
            tls.startHandshake();
            return tls;
        } catch (GeneralSecurityException e) {
            throw new IOException("this Java has no TLS: " + e.getMessage(), e);
        }
    }

    /** What the certificate was worth; empty if none was shown. */
    Optional<CertificateCheck> check() {
        return Optional.ofNullable(check);
    }

    private String chainProblem(X509Certificate[] chain, String type) {
        try {
            authorities.checkServerTrusted(chain, type);
            return null;
        } catch (CertificateException | RuntimeException e) {
            Instant now = clock.instant();
            for (X509Certificate certificate : chain) {
                String whose =
                        certificate.equals(chain[0])
                                ? ""
                                : Printable.of(certificate.getSubjectX500Principal().getName())
                                        + " ";
                if (certificate.getNotAfter().toInstant().isBefore(now)) {
                    return whose + "expired on " + certificate.getNotAfter().toInstant();
                }
                if (certificate.getNotBefore().toInstant().isAfter(now)) {
                    return whose + "not valid before " + certificate.getNotBefore().toInstant();
                }
            }
            if (chain[0].getSubjectX500Principal().equals(chain[0].getIssuerX500Principal())) {
                return "self-signed, and not trusted here";
            }
            return rootOf(e);
        }
    }

    /**
     * Has the JDK match the name: a chain of one certificate that is trusted by itself has little
     * else left to be wrong. What is, such as a host whose name no certificate can have, is told
     * from another name by the JDK's words, which are the same in all languages.
     */
    private String nameProblem(X509Certificate[] chain, String type, Socket socket) {
        try {
            KeyStore itself = KeyStore.getInstance(KeyStore.getDefaultType());
            itself.load(null, null);
            itself.setCertificateEntry("itself", chain[0]);
            trusting(itself).checkServerTrusted(new X509Certificate[] {chain[0]}, type, socket);
            return null;
        } catch (GeneralSecurityException | IOException | RuntimeException e) {
            String why = rootOf(e);
            return (why.startsWith(MISMATCH) ? "not for " : "not one that can be told to be for ")
                    + host
                    + ": "
                    + why;
        }
    }

    private static String rootOf(Throwable problem) {
        Throwable root = problem;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        return Printable.abridged(
                Printable.of(
                        root.getMessage() == null
                                ? root.getClass().getSimpleName()
                                : root.getMessage()),
                200);
    }

    private final class Witness extends X509ExtendedTrustManager {
        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {
            check =
                    new CertificateCheck(
                            chain[0],
                            chain.length,
                            chainProblem(chain, type),
                            nameProblem(chain, type, socket));
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            throw new CertificateException("not by an engine");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type)
                throws CertificateException {
            throw new CertificateException("not without a socket");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type)
                throws CertificateException {
            throw new CertificateException("no server here");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            throw new CertificateException("no server here");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            throw new CertificateException("no server here");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
