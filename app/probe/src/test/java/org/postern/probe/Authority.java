package org.postern.probe;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * An authority of the tests' own and the servers that it has signed for, made by the JDK's keytool.
 */
final class Authority {
    /** What a server is that the authority knows. */
    static final String GOOD = "good";

    /** Another host. */
    static final String OTHER = "other";

    /** A server whose certificate expired. */
    static final String EXPIRED = "expired";

    /** A server that signed for itself. */
    static final String SELF = "self";

    /** A certificate that is good for clients only. */
    static final String CLIENT = "client";

    private static final char[] PASSWORD = "changeit".toCharArray();
    private static Authority only;

    private final Path store;

    private Authority() throws IOException {
        store = Files.createTempDirectory("postern-authority").resolve("store.p12");
        pair("ca", "CN=Test Authority", "-ext", "bc:c", "-validity", "3650");
        signed(GOOD, "dns:mx.example,ip:192.0.2.1", "-validity", "3650");
        signed(OTHER, "dns:other.example", "-validity", "3650");
        signed(EXPIRED, "dns:mx.example", "-startdate", "-30d", "-validity", "10");
        signed(CLIENT, "dns:mx.example", "-ext", "eku=clientAuth", "-validity", "3650");
        pair(SELF, "CN=mx.example", "-ext", "san=dns:mx.example", "-validity", "3650");
    }

    static synchronized Authority get() {
        try {
            only = only == null ? new Authority() : only;
            return only;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a server presents. */
    SSLContext server(String alias) throws GeneralSecurityException, IOException {
        KeyStore all = load();
        KeyStore one = KeyStore.getInstance("PKCS12");
        one.load(null, null);
        one.setKeyEntry(
                alias, all.getKey(alias, PASSWORD), PASSWORD, all.getCertificateChain(alias));
        KeyManagerFactory keys =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(one, PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context;
    }

    /** The authority alone, to be trusted. */
    KeyStore trusted() throws GeneralSecurityException, IOException {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("ca", load().getCertificate("ca"));
        return trusted;
    }

    private KeyStore load() throws GeneralSecurityException, IOException {
        KeyStore all = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            all.load(in, PASSWORD);
        }
        return all;
    }

    private void signed(String alias, String names, String... more) throws IOException {
        List<String> words = new ArrayList<>(List.of(more));
        words.addAll(List.of("-signer", "ca", "-ext", "san=" + names));
        pair(alias, "CN=" + alias, words.toArray(new String[0]));
    }

    private void pair(String alias, String name, String... more) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of("-J-XX:TieredStopAtLevel=1", "-genkeypair", "-alias", alias));
        command.addAll(List.of("-dname", name, "-keyalg", "EC", "-groupname", "secp256r1"));
        command.addAll(List.of(more));
        command.addAll(List.of("-keystore", store.toString(), "-storepass", "changeit"));
        command.addAll(List.of("-storetype", "PKCS12", "-noprompt"));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (process.waitFor() != 0) {
                throw new IOException(command + ": " + told);
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}
