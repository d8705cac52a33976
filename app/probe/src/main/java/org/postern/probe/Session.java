package org.postern.probe;

import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Future;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;

/**
 * One connection: greeting, EHLO, what may be done in clear, STARTTLS, EHLO, what may be done
 * within TLS, QUIT. It says nothing but EHLO, HELO, MAIL, RCPT, RSET, STARTTLS and QUIT, each after
 * the reply to the one before.
 */
final class Session {
    private static final String OWN_UNSEEN =
            "whether it takes mail for its own without authentication was not seen";
    private static final Duration FAREWELL = Duration.ofSeconds(5);

    private final Probe probe;
    private final ProbeRequest request;
    private final ProbeLimits limits;
    private final int port;
    private final InetAddress address;
    private final Instant began;
    private final long beganNanos;
    private final MeteredSocket socket;
    private final PortResult.Builder result;
    private final Findings findings;
    private final Transcript.Recorder transcript = new Transcript.Recorder();
    private OutputStream out;
    private ReplyReader in;
    private Reply greeting;
    private boolean speaking;
    private boolean tlsUnanswered;

    Session(Probe probe, ProbeRequest request, int port, InetAddress address) {
        this.probe = probe;
        this.request = request;
        this.port = port;
        this.address = address;
        limits = request.limits();
        began = probe.clock().instant();
        beganNanos = probe.nanos().getAsLong();
        socket = new MeteredSocket(limits, probe.nanos());
        result = new PortResult.Builder(request, port, Family.of(address), address, began);
        findings = new Findings(port);
        if (!request.recipient().equals(ProbeRequest.NOBODY)) {
            findings.recipientExists();
        }
    }

    /**
     * Connects, speaks and judges.
     *
     * @return what was found, whatever the server does
     * @throws InterruptedException if the thread is interrupted
     */
    PortResult run() throws InterruptedException {
        // reads end by themselves; this ends what cannot, such as a write that nobody takes
        Future<?> guard = probe.closeAfter(socket, limits.session());
        try {
            converse();
        } catch (BrokenException e) {
            findings.broken(e.verdict, e.getMessage());
        } catch (IOException | RuntimeException e) {
            speaking = false;
            if (isRefusalOfTls(e)) {
                findings.broken(Verdict.TLS_FAILURE, refusalOfTls(e));
            } else {
                findings.broken(Verdict.INCONCLUSIVE, describe(e));
            }
        } finally {
            quit();
            close();
            guard.cancel(false);
        }
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        result.trials(findings);
        Findings.Conclusion conclusion = findings.conclude();
        event(conclusion.verdict.text() + ": " + conclusion.reason);
        return result.build(elapsed(), conclusion, transcript.transcript());
    }

    private void converse() throws IOException, BrokenException {
        connect();
        boolean implicit = request.beginsWithTls(port);
        if (implicit) {
            tls(true);
        } else {
            streams(socket);
        }
        greeting();
        if (!implicit) {
            Extensions offered = hello();
            result.offersBeforeTls(offered);
            if (offered.offersPlainPasswords()) {
                findings.passwordsInClear();
            }
            if (offered.isMasked() && !offered.offersStartTls()) {
                findings.startTlsMayBeMasked();
            }
            trial(false);
            if (!offered.offersStartTls()) {
                result.warn("STARTTLS is not offered: everything is sent in clear");
                return;
            }
            startTls();
        }
        Extensions offered = hello();
        result.offersWithinTls(offered);
        if (offered.auth().isEmpty() && port != Findings.MAIL_EXCHANGE) {
            result.warn("AUTH is not offered within TLS: nobody can authenticate");
        }
        trial(true);
    }

    private void connect() throws BrokenException {
        event("connecting to " + address.getHostAddress() + " port " + port);
        try {
            probe.connector()
                    .connect(socket, new InetSocketAddress(address, port), limits.connect());
        } catch (SocketTimeoutException e) {
            throw new BrokenException(
                    Verdict.FILTERED,
                    "no answer to the connection within "
                            + MeteredSocket.seconds(limits.connect()));
        } catch (NoRouteToHostException e) {
            throw new BrokenException(
                    Verdict.FILTERED, "the network cannot or will not reach it: " + message(e));
        } catch (ConnectException e) {
            String message = message(e);
            if (message.contains("refused")) {
                throw new BrokenException(Verdict.CLOSED, "the connection was refused");
            }
            if (message.contains("timed out")) {
                throw new BrokenException(Verdict.FILTERED, "no answer to the connection");
            }
            throw new BrokenException(
                    Verdict.INCONCLUSIVE,
                    "this machine finds no way to "
                            + Family.of(address).text()
                            + " addresses: "
                            + message);
        } catch (IOException e) {
            if (message(e).contains("reset")) {
                throw new BrokenException(
                        Verdict.NO_BANNER, "the connection was accepted, and reset at once");
            }
            throw new BrokenException(
                    Verdict.INCONCLUSIVE, "this machine cannot connect: " + message(e));
        }
        event("connected");
    }

    private void streams(Socket upon) throws IOException {
        out = upon.getOutputStream();
        in =
                new ReplyReader(
                        upon.getInputStream(),
                        line -> transcript.add(now(), Transcript.Speaker.SERVER, line));
    }

    private void greeting() throws BrokenException {
        socket.begin(limits.greeting());
        try {
            greeting = read();
        } catch (MalformedReplyException e) {
            throw new BrokenException(
                    Verdict.INCONCLUSIVE, "what greets is no SMTP server: " + e.getMessage());
        } catch (IOException e) {
            if (isRefusalOfTls(e)) {
                throw new BrokenException(Verdict.TLS_FAILURE, refusalOfTls(e));
            }
            throw new BrokenException(
                    Verdict.NO_BANNER,
                    "the connection was accepted, but no greeting came: " + describe(e));
        }
        result.greeting(greeting);
        speaking = true;
        if (greeting.code() != 220) {
            throw new BrokenException(
                    Verdict.INCONCLUSIVE, "the server does not want to be asked: " + greeting);
        }
    }

    private Extensions hello() throws IOException, BrokenException {
        Reply ehlo = ask("EHLO " + ownName());
        stayOrLeave(ehlo);
        if (ehlo.isPositive()) {
            Extensions offered = Extensions.of(ehlo);
            if (offered.isMasked()) {
                result.warn(
                        "something on the way masks what the server offers (XXXX), often a firewall that inspects"
                                + " SMTP: probe from elsewhere");
            }
            if (offered.offersLegacyAuth()) {
                result.warn("AUTH is offered in the old form \"AUTH=\" too");
            }
            return offered;
        }
        Reply helo = ask("HELO " + ownName());
        stayOrLeave(helo);
        if (!helo.isPositive()) {
            throw new BrokenException(Verdict.INCONCLUSIVE, "EHLO and HELO are refused: " + helo);
        }
        return Extensions.none();
    }

    private void trial(boolean withinTls) throws IOException, BrokenException {
        Reply mail = null;
        Reply rcpt = null;
        Reply local = null;
        OwnRecipients own = OwnRecipients.of(request, greeting);
        String tried = "";
        try {
            mail = ask("MAIL FROM:<" + request.sender() + ">");
            stayOrLeave(mail);
            if (!mail.isPositive()) {
                return;
            }
            rcpt = ask("RCPT TO:<" + request.recipient() + ">");
            stayOrLeave(rcpt);
            if (!rcpt.isPositive()) {
                for (String one : own.addresses()) {
                    Reply reply = ask("RCPT TO:<" + one + ">");
                    if (local == null
                            || OwnRecipients.weight(reply, withinTls)
                                    > OwnRecipients.weight(local, withinTls)) {
                        local = reply;
                        tried = one;
                    }
                    stayOrLeave(reply);
                    if (reply.isPositive()) {
                        result.ownTaken(one);
                        break;
                    }
                }
            }
        } finally {
            Trial trial = new Trial(withinTls, mail, rcpt, local);
            if (withinTls) {
                findings.withinTls(trial);
            } else {
                findings.clear(trial);
            }
            warnIfOwnIsUnclear(trial, withinTls, tried, own.areGuessed());
        }
        stayOrLeave(ask("RSET"));
    }

    /** A refusal of the recipient elsewhere alone leaves open what is done with its own. */
    private void warnIfOwnIsUnclear(Trial trial, boolean withinTls, String tried, boolean guessed) {
        if (trial.outcome() != Trial.Outcome.AUTH_AT_RCPT) {
            return;
        }
        Reply local = trial.local().orElseThrow();
        Refusal why = Refusal.of(local, withinTls);
        boolean otherwise = why != Refusal.AUTHENTICATION && why != Refusal.POLICY;
        boolean unseen = guessed && !trial.showsOwn();
        if (unseen || otherwise) {
            result.ownUnseen();
        }
        if (otherwise) {
            result.warn(
                    OWN_UNSEEN
                            + ", "
                            + tried
                            + " was refused otherwise ("
                            + local
                            + "): give an address of its own");
        } else if (unseen && Refusal.deniesRelay(local)) {
            result.warn(
                    OWN_UNSEEN
                            + ": that "
                            + tried
                            + " is one of its own is a guess, and it says that it is not ("
                            + local
                            + "): give an address of its own");
        } else if (unseen) {
            result.warn(OWN_UNSEEN + ", its address was guessed: give one of its own");
        }
    }

    private void startTls() throws IOException, BrokenException {
        Reply reply = ask("STARTTLS");
        stayOrLeave(reply);
        if (reply.code() != 220) {
            throw new BrokenException(
                    Verdict.TLS_FAILURE, "STARTTLS is offered, and refused: " + reply);
        }
        String injected = in.unread();
        if (!injected.isEmpty()) {
            speaking = false;
            throw new BrokenException(
                    Verdict.TLS_FAILURE,
                    "after the 220 to STARTTLS came plain text, before TLS: \""
                            + injected
                            + "\"; the server is at fault, or somebody injects commands");
        }
        tls(false);
    }

    private void tls(boolean implicit) throws IOException, BrokenException {
        speaking = false;
        socket.begin(limits.tls());
        Tls tls = new Tls(probe.authorities(), probe.clock(), request.host());
        try {
            SSLSocket upon = tls.handshake(socket, port);
            String version = upon.getSession().getProtocol();
            String cipher = upon.getSession().getCipherSuite();
            result.tls(new TlsEvidence(version, cipher, tls.check().orElse(null)));
            event(version + " " + cipher);
            tls.check().ifPresent(this::warnOf);
            streams(upon);
            speaking = !implicit;
            tlsUnanswered = true;
        } catch (IOException | RuntimeException e) {
            result.tls(new TlsEvidence(null, null, tls.check().orElse(null)));
            byte[] head = socket.head();
            if (head.length == 0 && implicit) {
                throw new BrokenException(
                        Verdict.NO_BANNER,
                        "the connection was accepted, but the server said nothing: " + describe(e));
            }
            throw new BrokenException(
                    Verdict.TLS_FAILURE,
                    head.length > 0 && !isTls(head[0])
                            ? "where TLS is due the server speaks plain text: \""
                                    + Printable.of(head, head.length)
                                    + "\""
                            : "the TLS handshake fails: " + describe(e));
        }
    }

    private void warnOf(CertificateCheck check) {
        check.chainProblem()
                .ifPresent(p -> result.warn(PortResult.OF_CERTIFICATE + "not valid: " + p));
        check.nameProblem().ifPresent(p -> result.warn(PortResult.OF_CERTIFICATE + p));
    }

    /**
     * Whether the server does not let the client in by TLS. With TLS 1.3 it looks at what the
     * client sends last, a certificate if it wants one, when the client is through (RFC 8446,
     * section 2): its alert comes where its first words are due.
     */
    private boolean isRefusalOfTls(Exception e) {
        return tlsUnanswered && e instanceof SSLException && message(e).contains("fatal alert");
    }

    private String refusalOfTls(Exception e) {
        return "the TLS handshake fails at its end: "
                + describe(e)
                + (message(e).contains("certificate_required")
                        ? ": the server demands a certificate of its clients"
                        : "");
    }

    /** The first byte of a record of TLS: its type, 20 to 24 (RFC 8446, section 5.1; RFC 6520). */
    private static boolean isTls(byte first) {
        return first >= 20 && first <= 24;
    }

    private Reply ask(String command) throws IOException {
        return ask(command, limits.reply());
    }

    private Reply ask(String command, Duration within) throws IOException {
        // else an answer that came before its question would be taken for another's
        String unasked = in.unread();
        if (!unasked.isEmpty()) {
            throw new MalformedReplyException("the server speaks out of turn: \"" + unasked + "\"");
        }
        transcript.add(now(), Transcript.Speaker.CLIENT, command);
        socket.begin(within);
        try {
            out.write((command + "\r\n").getBytes(StandardCharsets.US_ASCII));
            out.flush();
        } catch (SocketException e) {
            throw tlsUnanswered ? lastWords(e) : e;
        }
        return read();
    }

    /** Who went before it could be asked may have said why: that is still to be read. */
    private IOException lastWords(SocketException gone) {
        try {
            in.read();
        } catch (SSLException e) {
            return e;
        } catch (IOException e) {
            event("nothing was said before: " + message(e));
        }
        return gone;
    }

    private Reply read() throws IOException {
        Reply reply = in.read();
        tlsUnanswered = false;
        return reply;
    }

    private static void stayOrLeave(Reply reply) throws BrokenException {
        if (reply.code() == Reply.CLOSING) {
            throw new BrokenException(
                    Verdict.INCONCLUSIVE, "the server closes the connection: " + reply);
        }
    }

    private void quit() {
        if (speaking) {
            try {
                ask("QUIT", limits.reply().compareTo(FAREWELL) < 0 ? limits.reply() : FAREWELL);
            } catch (IOException e) {
                event("no farewell: " + describe(e)); // nothing depends on it
            }
        }
    }

    private void close() {
        try {
            socket.close();
        } catch (IOException e) {
            event("close: " + message(e));
        }
    }

    /**
     * Our name for EHLO: an address literal, for a probe is no mail server (RFC 5321, section
     * 4.1.4).
     */
    private String ownName() {
        String own = socket.getLocalAddress().getHostAddress().replaceFirst("%.*", "");
        return own.contains(":") ? "[IPv6:" + own + "]" : "[" + own + "]";
    }

    private String describe(Exception e) {
        if (socket.exceeded() != null) {
            return socket.exceeded().getMessage();
        }
        if (e instanceof EOFException || e.getCause() instanceof EOFException) {
            return "the server closed the connection";
        }
        return e instanceof SocketException ? "the connection broke: " + message(e) : message(e);
    }

    private static String message(Exception e) {
        return e.getMessage() == null
                ? e.getClass().getSimpleName()
                : Printable.abridged(Printable.of(e.getMessage()), 200);
    }

    private void event(String text) {
        transcript.add(now(), Transcript.Speaker.EVENT, text);
    }

    /** The moment, however the clock was set since the connection began. */
    private Instant now() {
        return began.plus(elapsed());
    }

    private Duration elapsed() {
        return Duration.ofNanos(probe.nanos().getAsLong() - beganNanos);
    }

    /** The dialogue cannot go on; the message is the reason. */
    private static final class BrokenException extends Exception {
        private static final long serialVersionUID = 1;

        private final Verdict verdict;

        private BrokenException(Verdict verdict, String reason) {
            super(reason);
            this.verdict = verdict;
        }
    }
}
