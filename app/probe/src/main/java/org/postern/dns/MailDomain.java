package org.postern.dns;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.postern.probe.Lookup;
import org.postern.probe.ProbeLimits;
import org.postern.probe.Service;
import org.postern.probe.Verdict;
import org.xbill.DNS.MXRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.SRVRecord;

/** What DNS says of a mail domain, and what follows from it. Immutable; nothing is asked here. */
final class MailDomain {
    private static final int MOST_NAMED = 5;

    private final String name;
    private final Map<Service, Answer> services = new EnumMap<>(Service.class);
    private final Answer exchangers;

    /**
     * Creates it.
     *
     * @param name the domain, in ASCII
     * @param services what DNS said of the SRV records of each service
     * @param exchangers what it said of MX records
     */
    MailDomain(String name, Map<Service, Answer> services, Answer exchangers) {
        this.name = name;
        this.services.putAll(services);
        this.exchangers = exchangers;
    }

    /** What was asked. */
    List<Lookup> lookups() {
        List<Lookup> lookups = new ArrayList<>();
        services.values().forEach(answer -> lookups.add(answer.lookup()));
        lookups.add(exchangers.lookup());
        return lookups;
    }

    /**
     * The servers of a service, each once: those of the lowest priority first, of the same the
     * heavier one. All are to be sound, so none is drawn by lot as RFC 2782 has it.
     *
     * @return none if there is another verdict
     */
    List<Target> targets(Service service) {
        Map<String, Target> targets = new LinkedHashMap<>();
        records(service).stream()
                .filter(record -> !record.getTarget().equals(Name.root))
                .sorted(
                        Comparator.comparingInt(SRVRecord::getPriority)
                                .thenComparing(SRVRecord::getWeight, Comparator.reverseOrder())
                                .thenComparing(SRVRecord::getTarget)
                                .thenComparingInt(SRVRecord::getPort))
                .forEach(
                        record -> {
                            Target target =
                                    new Target(
                                            record.getTarget()
                                                    .toString(true)
                                                    .toLowerCase(Locale.ROOT),
                                            record.getPort());
                            targets.putIfAbsent(target.toString(), target);
                        });
        return List.copyOf(targets.values());
    }

    /** Those that are probed. */
    List<Target> probed(Service service) {
        return targets(service).stream()
                .limit(ProbeLimits.MOST_TARGETS)
                .collect(Collectors.toList());
    }

    private List<SRVRecord> records(Service service) {
        return services.get(service).records(SRVRecord.class);
    }

    /** The verdict on a service without servers. */
    Verdict verdict(Service service) {
        switch (services.get(service).outcome()) {
            case RECORDS:
                return Verdict.NOT_OFFERED;
            case FAILURE:
            case NO_ANSWER:
                return Verdict.INCONCLUSIVE;
            default:
                return exchangers.outcome() == Lookup.Outcome.NO_SUCH_NAME
                        ? Verdict.NO_SUCH_HOST
                        : Verdict.NOT_ANNOUNCED;
        }
    }

    /** What that rests on. */
    String reason(Service service) {
        String record = "SRV record " + service.label() + "." + name;
        switch (verdict(service)) {
            case NOT_OFFERED:
                return "the " + record + " says that there is no such service";
            case INCONCLUSIVE:
                return "it is not known whether there is an "
                        + record
                        + ": "
                        + services.get(service).failure();
            case NO_SUCH_HOST:
                return "there is no such domain";
            default:
                return "there is no " + record + "; " + exchange();
        }
    }

    /** Where the domain's mail goes: its submission server may be there, but nobody says so. */
    private String exchange() {
        List<MXRecord> records = exchangers.records(MXRecord.class);
        switch (exchangers.outcome()) {
            case RECORDS:
                break;
            case FAILURE:
            case NO_ANSWER:
                return "its MX is not known: " + exchangers.failure();
            default:
                // RFC 5321, section 5.1
                return "nor an MX: its mail goes to the host of its name, if there is one";
        }
        if (records.size() == 1 && records.get(0).getTarget().equals(Name.root)) {
            return "it takes no mail (null MX, RFC 7505)";
        }
        return "its mail goes to "
                + records.stream()
                        .sorted(
                                Comparator.comparingInt(MXRecord::getPriority)
                                        .thenComparing(MXRecord::getTarget))
                        .limit(MOST_NAMED)
                        .map(record -> record.getTarget().toString(true))
                        .collect(Collectors.joining(", "))
                + (records.size() > MOST_NAMED
                        ? " and " + (records.size() - MOST_NAMED) + " more"
                        : "")
                + " (MX): probe the host that its customers are told to use";
    }

    /** What is not probed. */
    List<String> notes() {
        List<String> notes = new ArrayList<>();
        for (Service service : services.keySet()) {
            List<Target> targets = targets(service);
            if (targets.size() > ProbeLimits.MOST_TARGETS) {
                notes.add(
                        service.label()
                                + " names "
                                + targets.size()
                                + " servers: the first "
                                + ProbeLimits.MOST_TARGETS
                                + " were probed");
            }
            if (!targets.isEmpty()
                    && records(service).stream().anyMatch(r -> r.getTarget().equals(Name.root))) {
                notes.add(
                        service.label()
                                + " names servers and says that there is no such service: its records"
                                + " contradict each other");
            }
        }
        return notes;
    }

    /** A server that a record names. Immutable. */
    static final class Target {
        private final String host;
        private final int port;

        private Target(String host, int port) {
            this.host = host;
            this.port = port;
        }

        /**
         * A name as it is in DNS: whatever a name may have, in lower case, without the dot at its
         * end.
         */
        String host() {
            return host;
        }

        /** 0 to 65535. */
        int port() {
            return port;
        }

        @Override
        public String toString() {
            return host + " port " + port;
        }
    }
}
