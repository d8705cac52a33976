package org.postern.dns;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import org.postern.probe.Lookup;
import org.postern.probe.ProbeLimits;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.ResolverConfig;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.Type;
import org.xbill.DNS.WireParseException;

/**
 * Asks DNS servers, one after the other, until one answers. That there is no such name or record is
 * an answer; that a server fails, refuses, or refers to others is none. Immutable.
 */
final class DnsClient {
    /** Each server is asked so often, unless it has said that it cannot tell. */
    private static final int TRIES = 2;

    /** As the C library: more servers of a machine are not asked. */
    private static final int MOST_SERVERS = 3;

    /** BIND's max-recursion for aliases is 16; real chains have two or three. */
    private static final int MOST_ALIASES = 16;

    private final List<InetSocketAddress> servers;
    private final Duration patience;
    private final Duration whole;
    private final Clock clock;

    private DnsClient(List<InetSocketAddress> servers, Duration patience, Duration whole) {
        this.servers = servers.stream().limit(MOST_SERVERS).collect(Collectors.toList());
        this.patience = patience;
        this.whole = whole;
        clock = Clock.systemUTC();
    }

    /** Asks one server. */
    static DnsClient of(DnsServer server) {
        return of(List.of(server.address()), ProbeLimits.DNS_TRY, ProbeLimits.DNS_QUESTION);
    }

    /** Asks with other patience: for one try, and for the whole of a question. */
    static DnsClient of(List<InetSocketAddress> servers, Duration patience, Duration whole) {
        return new DnsClient(servers, patience, whole);
    }

    /** Asks the servers that this machine is told to ask, as they are now. */
    static DnsClient ofMachine() {
        return of(
                new ResolverConfig()
                        .servers().stream()
                                .filter(server -> !server.isUnresolved())
                                .collect(Collectors.toList()),
                ProbeLimits.DNS_TRY,
                ProbeLimits.DNS_QUESTION);
    }

    List<InetSocketAddress> servers() {
        return servers;
    }

    /**
     * Asks a question, and goes on where aliases lead.
     *
     * @param name an absolute name
     * @param type of records
     * @return what came of it, within the time
     */
    Answer ask(Name name, int type) {
        return new Question(name, type).ask();
    }

    /** A question on its way. */
    private final class Question {
        private final Name name;
        private final int type;
        private final Instant at = clock.instant();
        private final long began = System.nanoTime();
        private final List<Record> aliases = new ArrayList<>();
        private final Set<Name> passed = new HashSet<>();
        private String server = "";
        private String fault = "";
        private String refusal = "";

        private Question(Name name, int type) {
            this.name = name;
            this.type = type;
        }

        private Answer ask() {
            Name current = name;
            passed.add(current);
            while (true) {
                Message query = Message.newQuery(Record.newRecord(current, type, DClass.IN));
                Message reply = answered(query);
                if (reply == null && refusal.isEmpty()) {
                    return end(Lookup.Outcome.NO_ANSWER, List.of());
                }
                if (reply == null) {
                    fault = refusal;
                    return end(Lookup.Outcome.FAILURE, List.of());
                }
                List<Record> found = new ArrayList<>();
                Name last = current;
                for (RRset set : reply.getSectionRRsets(Section.ANSWER)) {
                    if (set.getType() == type) {
                        found.addAll(set.rrs(false));
                        continue;
                    }
                    aliases.addAll(set.rrs(false));
                    if (set.first() instanceof CNAMERecord) {
                        last = ((CNAMERecord) set.first()).getTarget();
                        if (!passed.add(last) || passed.size() > MOST_ALIASES) {
                            fault = "aliases (CNAME) go round in a circle, or on for too long";
                            return end(Lookup.Outcome.FAILURE, List.of());
                        }
                    }
                }
                if (!found.isEmpty()) {
                    return end(Lookup.Outcome.RECORDS, found);
                }
                if (reply.getRcode() == Rcode.NXDOMAIN) {
                    return end(Lookup.Outcome.NO_SUCH_NAME, List.of());
                }
                if (last.equals(current) || hasSoa(reply)) {
                    return end(Lookup.Outcome.NO_RECORDS, List.of());
                }
                current = last; // the server knows the alias, but not of what
            }
        }

        private Answer end(Lookup.Outcome outcome, List<Record> records) {
            List<Record> all = new ArrayList<>(aliases);
            all.addAll(records);
            return new Answer(
                    new Lookup(
                            name.toString(true),
                            Type.string(type),
                            server,
                            at,
                            Duration.ofNanos(System.nanoTime() - began),
                            outcome,
                            all.stream()
                                    .map(
                                            r ->
                                                    r.getName()
                                                            + " "
                                                            + Type.string(r.getType())
                                                            + " "
                                                            + r.rdataToString())
                                    .collect(Collectors.toList()),
                            outcome.isAnswer() ? "" : fault),
                    records);
        }

        /** What the first server says that answers; null if none does. */
        private Message answered(Message query) {
            Set<InetSocketAddress> useless = new HashSet<>();
            refusal = "";
            fault = servers.isEmpty() ? "this machine has no DNS server" : "the time was up";
            for (int i = 0; i < TRIES; i++) {
                for (InetSocketAddress one : servers) {
                    Duration left = whole.minusNanos(System.nanoTime() - began);
                    if (useless.contains(one) || left.toMillis() < 1) {
                        continue;
                    }
                    server = DnsServer.text(one);
                    try {
                        return asked(one, query, left.compareTo(patience) < 0 ? left : patience);
                    } catch (WireParseException | IllegalStateException e) {
                        useless.add(one);
                        refusal = server + ": " + message(e);
                    } catch (IOException e) {
                        fault = message(e);
                    }
                }
            }
            return null;
        }
    }

    /**
     * Asks one server once.
     *
     * @return an answer
     * @throws WireParseException if what it says makes no sense
     * @throws IllegalStateException if it says that it cannot, or will not, tell
     * @throws IOException if it says nothing
     */
    private static Message asked(InetSocketAddress one, Message query, Duration time)
            throws IOException {
        SimpleResolver resolver = new SimpleResolver(one);
        resolver.setIoClientFactory(new Exchange(time));
        try {
            Message received =
                    resolver.sendAsync(query, Runnable::run).toCompletableFuture().join();
            Message reply = received.normalize(query, false);
            if (reply == null) {
                throw new WireParseException("its answer contradicts itself");
            }
            String why = refusal(reply);
            if (why != null) {
                throw new IllegalStateException(why);
            }
            return reply;
        } catch (CompletionException e) {
            if (e.getCause() instanceof IOException) {
                throw (IOException) e.getCause();
            }
            throw new WireParseException("its answer makes no sense", e.getCause());
        } catch (IndexOutOfBoundsException | ClassCastException e) {
            // of records that no server should have together
            throw new WireParseException("its answer makes no sense", e);
        }
    }

    private static String message(Exception e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    /** Why a reply is no answer; null if it is one. */
    private static String refusal(Message reply) {
        int code = reply.getRcode();
        if (!reply.getHeader().getFlag(Flags.QR)) {
            return "it does not answer, but ask";
        }
        if (code != Rcode.NOERROR && code != Rcode.NXDOMAIN) {
            return Rcode.string(code);
        }
        boolean refers =
                code == Rcode.NOERROR
                        && reply.getSection(Section.ANSWER).isEmpty()
                        && !reply.getHeader().getFlag(Flags.AA)
                        && !hasSoa(reply)
                        && reply.getSection(Section.AUTHORITY).stream()
                                .anyMatch(r -> r.getType() == Type.NS);
        return refers ? "it does not look up for others, but refers to other servers" : null;
    }

    private static boolean hasSoa(Message reply) {
        return reply.getSection(Section.AUTHORITY).stream().anyMatch(r -> r.getType() == Type.SOA);
    }
}
