package org.postern.probe;

import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * How hosts are to be probed, as people and programs give it in words: on a command line, at the
 * console, in a request over REST. Every value is checked as soon as it is given. Not for several
 * threads while it is filled.
 */
public final class ProbeOptions {
    private List<Integer> ports = ProbeRequest.PORTS;
    private Set<Family> families = EnumSet.allOf(Family.class);
    private String sender = "";
    private String recipient = ProbeRequest.NOBODY;
    private String localRecipient = "";
    private ProbeLimits limits = ProbeLimits.DEFAULT;

    /** Begins with ports 25, 465 and 587, both families and the default limits. */
    public ProbeOptions() {
        // nothing else to do
    }

    /**
     * Sets the ports.
     *
     * @param text as {@link ProbeRequest#ports(String)} reads it
     * @return this
     * @throws IllegalArgumentException if it cannot be read
     */
    public ProbeOptions ports(String text) {
        return ports(ProbeRequest.ports(text));
    }

    /**
     * Sets the ports.
     *
     * @param some 1 to 16, of 1 to 65535
     * @return this
     * @throws IllegalArgumentException if there are more or less, or others
     */
    public ProbeOptions ports(List<Integer> some) {
        ports = ProbeRequest.checkedPorts(some);
        return this;
    }

    /**
     * Sets the families.
     *
     * @param text as {@link Family#parse} reads it
     * @return this
     * @throws IllegalArgumentException if it cannot be read
     */
    public ProbeOptions family(String text) {
        families = Family.parse(text);
        return this;
    }

    /**
     * Sets whom the mail would be from.
     *
     * @param address an address, or empty for the null sender
     * @return this
     * @throws IllegalArgumentException if it can be no address
     */
    public ProbeOptions sender(String address) {
        sender = address.isEmpty() ? address : ProbeRequest.mailbox(address, true);
        return this;
    }

    /**
     * Sets the address elsewhere that is tried as recipient.
     *
     * @param address an address that no server that is probed is responsible for
     * @return this
     * @throws IllegalArgumentException if it can be no address
     */
    public ProbeOptions recipient(String address) {
        recipient = ProbeRequest.mailbox(address, true);
        return this;
    }

    /**
     * Sets the address of the server's own that is tried as recipient.
     *
     * @param address an address, or empty to guess
     * @return this
     * @throws IllegalArgumentException if it can be no address
     */
    public ProbeOptions localRecipient(String address) {
        localRecipient = address.isEmpty() ? address : ProbeRequest.mailbox(address, false);
        return this;
    }

    /**
     * Sets how long a greeting is waited for.
     *
     * @param seconds 1 to 300
     * @return this
     * @throws IllegalArgumentException if it is out of range
     */
    public ProbeOptions greeting(int seconds) {
        return limits(ProbeLimits.DEFAULT.withGreeting(Duration.ofSeconds(seconds)));
    }

    /**
     * Sets the limits.
     *
     * @param some limits
     * @return this
     */
    public ProbeOptions limits(ProbeLimits some) {
        limits = some;
        return this;
    }

    /**
     * Makes the request for a host.
     *
     * @param host a name, in any script, or an address
     * @return a request
     * @throws IllegalArgumentException if the host can be neither
     */
    public ProbeRequest of(String host) {
        return to(host).ports(ports).localRecipient(localRecipient).build();
    }

    /**
     * Makes the request for a server that a mail domain names.
     *
     * @param domain the domain, in ASCII: unless another address was given, its {@code postmaster}
     *     is tried as recipient of the server's own
     * @param service as what it names the server
     * @param host the server
     * @param port the port, instead of those that were set
     * @return a request
     * @throws IllegalArgumentException if the host or the port can be none
     */
    public ProbeRequest of(String domain, Service service, String host, int port) {
        return to(host).service(service)
                .ports(List.of(port))
                .localRecipient(
                        localRecipient.isEmpty()
                                ? OwnRecipients.postmasterOf(domain)
                                : localRecipient)
                .build();
    }

    private ProbeRequest.Builder to(String host) {
        return ProbeRequest.of(host)
                .families(families)
                .sender(sender)
                .recipient(recipient)
                .limits(limits);
    }
}
