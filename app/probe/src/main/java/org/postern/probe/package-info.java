/**
 * Does a submission server enforce authentication? The probe connects, speaks SMTP up to RCPT
 * without ever authenticating, and judges what the server let it do; it never sends DATA and never
 * AUTH. Nothing here needs ONOS.
 *
 * <p>In the order of use: a {@link org.postern.probe.ProbeRequest} is run by a {@link
 * org.postern.probe.Probe}, one {@code Session} for each port and address; a {@code Session} reads
 * by a {@code ReplyReader} from a {@code MeteredSocket}, which keeps the limits; the replies make
 * {@link org.postern.probe.Trial}s, {@code Findings} make them a {@link org.postern.probe.Verdict};
 * {@link org.postern.probe.TextReport} and {@link org.postern.probe.JsonReport} tell it.
 *
 * <p><b>Why the dialogue is our own.</b> Client libraries (Commons Net, Jakarta Mail) exist to get
 * mail across, and take away what the probe lives on: they read a line however long it grows and a
 * reply however many lines it has, time out between bytes but not over all, do not tell what
 * arrived between the 220 of STARTTLS and the handshake, and break off the handshake with a
 * certificate that is not trusted, which here is evidence. TLS, paths of certificates and host
 * names are the JDK's.
 */
package org.postern.probe;
