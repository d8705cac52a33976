package org.postern.provisioning;

import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.postern.audit.Order;
import org.postern.exemption.ExemptionBatchService;
import org.postern.exemption.ExemptionService;
import org.postern.exemption.ExemptionState;
import org.postern.infrastructure.InfrastructureService;
import org.postern.policy.Exemption;
import org.postern.policy.Infrastructure;
import org.postern.provisioning.FileResult.Outcome;
import org.postern.provisioning.ImportProgress.Phase;
import org.postern.subscriber.SubscriberService;

/** Imports exemptions by difference, and guards how far it goes. */
@Component(immediate = true, service = ExemptionProvisioningService.class)
public class ExemptionProvisioningManager implements ExemptionProvisioningService {
    /**
     * How many exemptions a file may have: one for each fifth of the subscribers that a directory
     * is made for. Each is told of, and watched, one by one.
     */
    static final int EXEMPTIONS_PER_FILE = 20_000;

    private final Clock clock;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected ExemptionService exemptions;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected ExemptionBatchService batches;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected SubscriberService directory;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected InfrastructureService infrastructureService;

    /** Knows how far an import may go without force. */
    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected ProvisioningService guard;

    /** Who imports: one at a time. */
    private final AtomicReference<Order> importing = new AtomicReference<>();

    /** Creates the manager that ONOS runs. */
    public ExemptionProvisioningManager() {
        this(Clock.systemUTC());
    }

    ExemptionProvisioningManager(Clock clock) {
        this.clock = clock;
    }

    @Override
    public ExemptionImportResult importExemptions(
            InputStream file, ImportRequest request, Order order, ImportProgress progress)
            throws IOException {
        if (request.isMirror()) {
            throw new IllegalArgumentException(
                    "exemptions that are not in the file cannot be revoked by it: import without"
                            + " mirror, and revoke them (postern-revoke)");
        }
        Order other = importing.compareAndExchange(null, order);
        if (other != null) {
            throw new IllegalStateException(
                    "another import of exemptions goes on at this node, ordered by "
                            + other
                            + "; nothing of this one was read: try again when that one is done");
        }
        try {
            return imported(file, request, order, progress);
        } finally {
            importing.set(null);
        }
    }

    private ExemptionImportResult imported(
            InputStream file, ImportRequest request, Order order, ImportProgress progress)
            throws IOException {
        Infrastructure infrastructure = infrastructureService.infrastructure();
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        progress.reached(Phase.READING, 0, 0);
        Map<String, Exemption> present =
                exemptions.exemptions().stream().collect(Collectors.toMap(Exemption::id, e -> e));
        ExemptionReading reading = new ExemptionReading(EXEMPTIONS_PER_FILE);
        reading.read(
                file,
                request.format(),
                new ExemptionForm(infrastructure, present, now, order.by(), reading));
        if (reading.faultCount() > 0) {
            return new ExemptionImportResult(Outcome.FAULTY, reading, null, null, Set.of());
        }
        List<Exemption> wanted = reading.exemptions();
        progress.reached(Phase.CHECKING, 0, wanted.size());
        ExemptionDifference difference = ExemptionDifference.of(present, wanted);
        batches.refusals(difference.put()).entrySet().stream()
                .sorted(Map.Entry.comparingByKey(reading.byPlace()))
                .forEach(refusal -> reading.refuse(refusal.getKey(), refusal.getValue()));
        if (reading.faultCount() > 0) {
            return new ExemptionImportResult(Outcome.FAULTY, reading, null, null, Set.of());
        }
        ExemptionReach reach =
                ExemptionReach.of(
                        difference,
                        notOver(present.values()),
                        directory.directory().byId(),
                        infrastructure,
                        now,
                        guard::unforced);
        Outcome outcome = outcome(request, difference, reach);
        Set<String> overtaken =
                outcome == Outcome.DONE ? written(difference, order, progress) : Set.of();
        return new ExemptionImportResult(outcome, reading, difference, reach, overtaken);
    }

    private List<Exemption> notOver(Collection<Exemption> all) {
        return all.stream()
                .filter(e -> exemptions.stateOf(e) != ExemptionState.ENDED)
                .collect(Collectors.toList());
    }

    private static Outcome outcome(
            ImportRequest request, ExemptionDifference difference, ExemptionReach reach) {
        if (difference.put().isEmpty()) {
            return Outcome.UNCHANGED;
        }
        if (request.isDryRun()) {
            return Outcome.CHECKED;
        }
        return reach.excess().isPresent() && !request.isForced() ? Outcome.GUARDED : Outcome.DONE;
    }

    private Set<String> written(
            ExemptionDifference difference, Order order, ImportProgress progress) {
        int all = difference.put().size();
        progress.reached(Phase.WRITING, 0, all);
        return batches.putAll(
                difference.put(),
                difference.seen(),
                order,
                done -> progress.reached(Phase.WRITING, done, all));
    }

    @Override
    public int exportExemptions(Writer out, FileFormat format, Predicate<Exemption> which)
            throws IOException {
        List<Exemption> chosen =
                exemptions.exemptions().stream().filter(which).collect(Collectors.toList());
        ExemptionWriter.write(chosen, format, out);
        return chosen.size();
    }
}
