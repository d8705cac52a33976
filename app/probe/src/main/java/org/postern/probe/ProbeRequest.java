package org.postern.probe;

import java.net.IDN;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** What is to be probed, and how. Immutable. */
public final class ProbeRequest {
    /** The ports of mail: exchange, submission over TLS (RFC 8314), submission (RFC 6409). */
    public static final List<Integer> PORTS = List.of(25, 465, 587);

    /** The port on which TLS comes first (RFC 8314); on all others it comes by STARTTLS. */
    public static final int IMPLICIT_TLS = 465;

    /** The most ports of one request. */
    public static final int MOST_PORTS = 16;

    /** An address that is nobody's, elsewhere (RFC 2606): no mail could ever come to it. */
    public static final String NOBODY = "postern-probe@elsewhere.invalid";

    private static final Pattern HOST =
            Pattern.compile("[A-Za-z0-9_.-]{1,253}|[0-9A-Fa-f:.]{2,45}");
    private static final Pattern MAILBOX = Pattern.compile("[\\x21-\\x7e&&[^<>\\\\\"]]{1,254}");

    private final String host;
    private final List<Integer> ports;
    private final Set<Family> families;
    private final String sender;
    private final String recipient;
    private final String localRecipient;
    private final ProbeLimits limits;
    private final Service service;

    private ProbeRequest(Builder builder) {
        host = builder.host;
        ports = builder.ports;
        families = builder.families;
        sender = builder.sender;
        recipient = builder.recipient;
        localRecipient = builder.localRecipient;
        limits = builder.limits;
        service = builder.service;
    }

    /**
     * Begins a request: ports 25, 465 and 587, both families.
     *
     * @param host a name, in any script, or an address
     * @return a builder
     * @throws IllegalArgumentException if it can be neither
     */
    public static Builder of(String host) {
        return new Builder(hostNamed(host));
    }

    private static String hostNamed(String text) {
        String host = text.strip();
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        try {
            host = host.contains(":") ? host : IDN.toASCII(host);
        } catch (IllegalArgumentException e) {
            throw noHost(text);
        }
        if (host.endsWith(".")) {
            host = host.substring(0, host.length() - 1);
        }
        if (!HOST.matcher(host).matches()
                || host.startsWith("-")
                || host.startsWith(".")
                || host.contains("..")) {
            throw noHost(text);
        }
        return host.toLowerCase(Locale.ROOT);
    }

    private static IllegalArgumentException noHost(String text) {
        return new IllegalArgumentException(
                "\""
                        + Printable.of(text)
                        + "\" is no host: give a name such as smtp.isp.example, or an address");
    }

    /**
     * Reads a list of ports.
     *
     * @param text numbers with commas between them, such as {@code 465,587}
     * @return the ports, each once, in their order
     * @throws IllegalArgumentException if one is not of 1 to 65535, or there are too many
     */
    public static List<Integer> ports(String text) {
        List<Integer> ports = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            if (!part.trim().matches("\\d{1,5}")) {
                throw new IllegalArgumentException(
                        "\""
                                + Printable.of(part.trim())
                                + "\" is no port: give numbers such as 25,465,587");
            }
            ports.add(Integer.parseInt(part.trim()));
        }
        return checkedPorts(ports);
    }

    static List<Integer> checkedPorts(Collection<Integer> ports) {
        List<Integer> once = List.copyOf(new LinkedHashSet<>(ports));
        for (int port : once) {
            if (port < 1 || port > 65535) {
                throw new IllegalArgumentException("port " + port + " is not of 1 to 65535");
            }
        }
        if (once.isEmpty() || once.size() > MOST_PORTS) {
            throw new IllegalArgumentException(
                    "give 1 to " + MOST_PORTS + " ports, not " + once.size());
        }
        return once;
    }

    /** Checks a mail address that goes into a command. */
    static String mailbox(String address, boolean withDomain) {
        boolean domain = address.matches("[^@]+@[^@]+");
        if (!MAILBOX.matcher(address).matches()
                || !(domain || !withDomain && !address.contains("@"))) {
            throw new IllegalArgumentException(
                    "\""
                            + Printable.of(address)
                            + "\" is no mail address: give one such as probe@isp.example");
        }
        return address;
    }

    /**
     * Returns the host.
     *
     * @return a name in ASCII and lower case, without a dot at its end, or an address
     */
    public String host() {
        return host;
    }

    /**
     * Returns the ports.
     *
     * @return 1 to 16, in the order in which they are probed
     */
    public List<Integer> ports() {
        return ports;
    }

    /**
     * Returns the families.
     *
     * @return one or both
     */
    public Set<Family> families() {
        return EnumSet.copyOf(families);
    }

    /**
     * Returns whom the mail would be from.
     *
     * @return an address; empty for the null sender, as of bounces
     */
    public String sender() {
        return sender;
    }

    /**
     * Returns the address elsewhere that is tried as recipient.
     *
     * @return an address of the operator's, or {@link #NOBODY}
     */
    public String recipient() {
        return recipient;
    }

    /**
     * Returns the address of the server's own that is tried as recipient.
     *
     * @return what was given; empty if it is to be guessed
     */
    public Optional<String> localRecipient() {
        return localRecipient.isEmpty() ? Optional.empty() : Optional.of(localRecipient);
    }

    /**
     * Returns the limits.
     *
     * @return never null
     */
    public ProbeLimits limits() {
        return limits;
    }

    /**
     * Returns as which service a domain has named the host.
     *
     * @return empty if it was not DNS that led to the host
     */
    public Optional<Service> service() {
        return Optional.ofNullable(service);
    }

    /** Whether TLS comes first: as the service says, whatever the port. */
    boolean beginsWithTls(int port) {
        return service == null ? port == IMPLICIT_TLS : service.beginsWithTls();
    }

    /** Makes a request. */
    public static final class Builder {
        private final String host;
        private List<Integer> ports = PORTS;
        private Set<Family> families = EnumSet.allOf(Family.class);
        private String sender = "";
        private String recipient = NOBODY;
        private String localRecipient = "";
        private ProbeLimits limits = ProbeLimits.DEFAULT;
        private Service service;

        private Builder(String host) {
            this.host = host;
        }

        /**
         * Sets the ports.
         *
         * @param some 1 to 16, of 1 to 65535
         * @return this
         * @throws IllegalArgumentException if there are more or less, or others
         */
        public Builder ports(Collection<Integer> some) {
            ports = checkedPorts(some);
            return this;
        }

        /**
         * Sets the families.
         *
         * @param some one or both
         * @return this
         * @throws IllegalArgumentException if it is empty
         */
        public Builder families(Set<Family> some) {
            if (some.isEmpty()) {
                throw new IllegalArgumentException("give a family of addresses");
            }
            families = EnumSet.copyOf(some);
            return this;
        }

        /**
         * Sets whom the mail would be from.
         *
         * @param address an address, or empty for the null sender
         * @return this
         * @throws IllegalArgumentException if it can be no address
         */
        public Builder sender(String address) {
            sender = address.isEmpty() ? address : mailbox(address, true);
            return this;
        }

        /**
         * Sets the address elsewhere that is tried as recipient.
         *
         * @param address an address of your own that the server is not responsible for
         * @return this
         * @throws IllegalArgumentException if it can be no address
         */
        public Builder recipient(String address) {
            recipient = mailbox(address, true);
            return this;
        }

        /**
         * Sets the address of the server's own that is tried as recipient.
         *
         * @param address an address that the server is responsible for, or empty to guess: {@code
         *     postmaster} at the host and the names that it goes by
         * @return this
         * @throws IllegalArgumentException if it can be no address
         */
        public Builder localRecipient(String address) {
            localRecipient = address.isEmpty() ? address : mailbox(address, false);
            return this;
        }

        /**
         * Sets the limits.
         *
         * @param some limits
         * @return this
         */
        public Builder limits(ProbeLimits some) {
            limits = some;
            return this;
        }

        /**
         * Sets as which service a domain has named the host.
         *
         * @param some the service: it says whether TLS comes first, in place of the port
         * @return this
         */
        public Builder service(Service some) {
            service = some;
            return this;
        }

        /**
         * Makes the request.
         *
         * @return a request
         */
        public ProbeRequest build() {
            return new ProbeRequest(this);
        }
    }
}
