package org.postern.probe;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** What a server offers in answer to EHLO. Immutable. */
final class Extensions {
    /** Mechanisms that send the password, or a token that is as good, as it is (RFC 7628). */
    private static final Set<String> PASSWORDS_IN_CLEAR =
            Set.of("PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER");

    /** What firewalls that "inspect" SMTP write over words they do not know. */
    private static final Pattern MASK = Pattern.compile("X{4,}[A-Z]?\\b.*");

    private final boolean startTls;
    private final boolean masked;
    private final boolean legacyAuth;
    private final Set<String> auth;

    private Extensions(boolean startTls, boolean masked, boolean legacyAuth, Set<String> auth) {
        this.startTls = startTls;
        this.masked = masked;
        this.legacyAuth = legacyAuth;
        this.auth = auth;
    }

    /** Nothing: what a server has that knows only HELO. */
    static Extensions none() {
        return new Extensions(false, false, false, Set.of());
    }

    /** Reads a positive reply to EHLO; its first line is the server's name. */
    static Extensions of(Reply ehlo) {
        boolean startTls = false;
        boolean masked = false;
        boolean legacyAuth = false;
        Set<String> auth = new LinkedHashSet<>();
        for (String line : ehlo.lines().subList(1, ehlo.lines().size())) {
            String[] words = line.trim().toUpperCase(Locale.ROOT).split("\\s+");
            startTls |= words[0].equals("STARTTLS");
            masked |= MASK.matcher(words[0]).matches();
            // before RFC 2554: "AUTH=LOGIN PLAIN", which some servers offer beside "AUTH"
            boolean legacy = words[0].startsWith("AUTH=");
            legacyAuth |= legacy;
            if (legacy && words[0].length() > 5) {
                auth.add(words[0].substring(5));
            }
            if (legacy || words[0].equals("AUTH")) {
                auth.addAll(List.of(words).subList(1, words.length));
            }
        }
        return new Extensions(startTls, masked, legacyAuth, auth);
    }

    boolean offersStartTls() {
        return startTls;
    }

    /** Whether something between here and there hides what is offered. */
    boolean isMasked() {
        return masked;
    }

    boolean offersLegacyAuth() {
        return legacyAuth;
    }

    /** The mechanisms, each once, in their order, in upper case. */
    List<String> auth() {
        return List.copyOf(auth);
    }

    /** Whether there is a mechanism that sends a secret as it is. */
    boolean offersPlainPasswords() {
        return auth.stream().anyMatch(PASSWORDS_IN_CLEAR::contains);
    }
}
