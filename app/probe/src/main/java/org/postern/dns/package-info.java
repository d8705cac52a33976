/**
 * From a mail domain to the servers that are to be probed: SRV (RFC 2782, RFC 6186, RFC 8314) and
 * MX records, and A and AAAA where the DNS server is given. An {@link org.postern.dns.Inquiry} is
 * what people and programs ask; a {@code DnsClient} asks DNS; a {@code MailDomain} says what
 * follows from the answers; the probe knows nothing of this.
 *
 * <p>Messages, names, records and what of an answer belongs to the question are dnsjava's. Not its
 * lookups: they take a referral, and an alias that leads out of the server's zones, for "no such
 * record", and do not say who answered. Nor its sockets: their thread and their hook of the Java
 * machine outlive the bundle.
 */
package org.postern.dns;
