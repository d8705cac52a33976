package org.postern.probe;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Addresses that are tried as a server's own. If none was given they are guesses: {@code
 * postmaster}, whom every server has (RFC 5321, section 4.5.1), at the host, at the name by which
 * it greets, and at the domains above those. Never without a domain: to that Postfix applies none
 * of its restrictions, so it says nothing of mail for others.
 */
final class OwnRecipients {
    private static final String POSTMASTER = "postmaster@";

    /** Refused commands make a server slow: Postfix from ten on. */
    private static final int MOST = 3;

    private static final Pattern NAME = Pattern.compile("[a-z0-9-]{1,63}(?:\\.[a-z0-9-]{1,63})+");
    private static final int LONGEST = 200;

    private final List<String> addresses;
    private final boolean guessed;

    private OwnRecipients(List<String> addresses, boolean guessed) {
        this.addresses = addresses;
        this.guessed = guessed;
    }

    /**
     * Tells whom to try.
     *
     * @param request has the address that was given, if any
     * @param greeting of the server; null if there was none
     */
    static OwnRecipients of(ProbeRequest request, Reply greeting) {
        return request.localRecipient()
                .map(given -> new OwnRecipients(List.of(given), false))
                .orElseGet(() -> new OwnRecipients(guesses(request.host(), greeting), true));
    }

    private static List<String> guesses(String host, Reply greeting) {
        Set<String> domains = new LinkedHashSet<>();
        domains.add(literalOrName(host));
        if (!isAddress(host)) {
            parent(host).ifPresent(domains::add);
        }
        if (greeting != null) {
            String name = greeting.text().strip().split("[\\s;,]", 2)[0].toLowerCase(Locale.ROOT);
            if (name.length() <= LONGEST && NAME.matcher(name).matches() && !isAddress(name)) {
                domains.add(name);
                parent(name).ifPresent(domains::add);
            }
        }
        List<String> addresses = new ArrayList<>();
        domains.stream().limit(MOST).forEach(domain -> addresses.add(postmasterOf(domain)));
        return addresses;
    }

    /** Whom a domain has. */
    static String postmasterOf(String domain) {
        return POSTMASTER + domain;
    }

    private static boolean isAddress(String host) {
        return host.contains(":") || host.matches("[0-9.]+");
    }

    /** A host as the domain of a mail address: an address as a literal (section 4.1.3). */
    private static String literalOrName(String host) {
        if (!isAddress(host)) {
            return host;
        }
        return host.contains(":") ? "[IPv6:" + host + "]" : "[" + host + "]";
    }

    /** The domain above a host's name; none above a domain that may be registered by anybody. */
    private static Optional<String> parent(String name) {
        String above = name.substring(name.indexOf('.') + 1);
        return name.contains(".") && above.contains(".") ? Optional.of(above) : Optional.empty();
    }

    /** Mailboxes, one at least, the likeliest first. */
    List<String> addresses() {
        return addresses;
    }

    /** Whether the server may not be responsible for any of them. */
    boolean areGuessed() {
        return guessed;
    }

    /**
     * Tells how much a reply to one of them shows of what the server does with its own: that one is
     * taken most; then that it is refused for what it is; nothing if it is none of its own.
     *
     * @return 0 to 3
     */
    static int weight(Reply reply, boolean withinTls) {
        if (reply.isPositive()) {
            return 3;
        }
        switch (Refusal.of(reply, withinTls)) {
            case AUTHENTICATION:
            case POLICY:
            case TLS:
                return Refusal.deniesRelay(reply) ? 0 : 1;
            default:
                return 2;
        }
    }
}
