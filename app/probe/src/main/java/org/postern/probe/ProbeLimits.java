package org.postern.probe;

import java.time.Duration;

/**
 * How long, and how much, a probe listens to a server. The times are hard: a server that sends a
 * byte now and then does not lengthen them.
 */
public final class ProbeLimits {
    /**
     * What is used unless told otherwise: 10 s to connect, 60 s for the greeting (RFC 5321, section
     * 4.5.3.2.1, grants 5 minutes), 20 s for a TLS handshake, 30 s for any other reply, 180 s for a
     * connection, half a second between connections, 256 KiB from the server.
     */
    public static final ProbeLimits DEFAULT =
            new ProbeLimits(
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(60),
                    Duration.ofSeconds(20),
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(180),
                    Duration.ofMillis(500),
                    256 << 10);

    /** The longest that a greeting may be waited for: what RFC 5321 has a client wait. */
    public static final Duration LONGEST_GREETING = Duration.ofMinutes(5);

    /**
     * How long the connections of an inquiry, and looking up its hosts, may take together before
     * none is begun any more: a domain may name 8 servers of two families each, a request 16 ports,
     * and each connection may last as long as it is let.
     */
    public static final Duration INQUIRY = Duration.ofMinutes(15);

    /** How long a DNS server is waited for before it, or another, is asked again. */
    public static final Duration DNS_TRY = Duration.ofSeconds(4);

    /** How long one question may take, with all servers, tries and aliases. */
    public static final Duration DNS_QUESTION = Duration.ofSeconds(12);

    /** The most servers of one service of a domain that are probed; others are named. */
    public static final int MOST_TARGETS = 4;

    private final Duration connect;
    private final Duration greeting;
    private final Duration tls;
    private final Duration reply;
    private final Duration session;
    private final Duration pause;
    private final int bytes;

    /**
     * Creates limits.
     *
     * @param connect for a connection to be accepted, and a name to be resolved thrice that
     * @param greeting for the whole greeting
     * @param tls for a whole TLS handshake
     * @param reply for the whole of any other reply
     * @param session for a connection from its beginning to its end
     * @param pause between two connections to the same host; may be zero
     * @param bytes received on one connection
     * @throws IllegalArgumentException if one that may not be zero is less than a millisecond or
     *     byte
     */
    public ProbeLimits(
            Duration connect,
            Duration greeting,
            Duration tls,
            Duration reply,
            Duration session,
            Duration pause,
            int bytes) {
        this.connect = positive(connect);
        this.greeting = positive(greeting);
        this.tls = positive(tls);
        this.reply = positive(reply);
        this.session = positive(session);
        this.pause = pause;
        this.bytes = bytes;
        if (pause.isNegative() || bytes < 1) {
            throw new IllegalArgumentException(
                    "limits of a probe are positive: pause " + pause + ", bytes " + bytes);
        }
    }

    private static Duration positive(Duration time) {
        if (time.toMillis() < 1) {
            throw new IllegalArgumentException("limits of a probe are positive: " + time);
        }
        return time;
    }

    /**
     * Waits for greetings for another time; the connection may last longer by as much.
     *
     * @param wait 1 s to 5 min
     * @return other limits
     * @throws IllegalArgumentException if the time is out of range
     */
    public ProbeLimits withGreeting(Duration wait) {
        if (wait.compareTo(Duration.ofSeconds(1)) < 0 || wait.compareTo(LONGEST_GREETING) > 0) {
            throw new IllegalArgumentException(
                    "a greeting is waited for from 1 to "
                            + LONGEST_GREETING.getSeconds()
                            + " seconds, not "
                            + wait.getSeconds());
        }
        return new ProbeLimits(
                connect, wait, tls, reply, session.plus(wait).minus(greeting), pause, bytes);
    }

    /**
     * Returns the limit for a connection to be accepted.
     *
     * @return at least a millisecond
     */
    public Duration connect() {
        return connect;
    }

    /**
     * Returns the limit for the whole greeting.
     *
     * @return at least a millisecond
     */
    public Duration greeting() {
        return greeting;
    }

    /**
     * Returns the limit for a TLS handshake.
     *
     * @return at least a millisecond
     */
    public Duration tls() {
        return tls;
    }

    /**
     * Returns the limit for any other reply.
     *
     * @return at least a millisecond
     */
    public Duration reply() {
        return reply;
    }

    /**
     * Returns the limit for a connection.
     *
     * @return at least a millisecond
     */
    public Duration session() {
        return session;
    }

    /**
     * Returns the time between two connections to a host.
     *
     * @return not negative
     */
    public Duration pause() {
        return pause;
    }

    /**
     * Returns how much is received on one connection.
     *
     * @return bytes, before they are deciphered; at least 1
     */
    public int bytes() {
        return bytes;
    }
}
