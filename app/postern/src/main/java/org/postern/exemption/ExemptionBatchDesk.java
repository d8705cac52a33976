package org.postern.exemption;

import static org.onlab.util.Tools.groupedThreads;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterables;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;
import org.onosproject.cluster.ClusterService;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.postern.audit.AuditLog;
import org.postern.audit.AuditedChange;
import org.postern.audit.Change;
import org.postern.audit.Order;
import org.postern.bulk.BulkStore;
import org.postern.bulk.BulkWriter;
import org.postern.bulk.ChangeJournal;
import org.postern.bulk.NothingChangedException;
import org.postern.json.Json;
import org.postern.policy.Exemption;
import org.postern.subscriber.SubscriberAdminService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes orders of many exemptions at once. */
@Component(immediate = true, service = ExemptionBatchService.class)
public class ExemptionBatchDesk implements ExemptionBatchService {
    /** How often it is looked whether a change was left half written. Seconds. */
    private static final int LOOK = 5;

    /** How many are named in one message; the details have all. */
    private static final int NAMED = 10;

    private final Logger log = LoggerFactory.getLogger(getClass());

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected ExemptionManager exemptions;

    /** Takes orders of single ones: one order at a time is checked and done at a node. */
    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected ExemptionDesk desk;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected SubscriberAdminService directory;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected ClusterService clusterService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected AuditLog auditLog;

    private BulkWriter bulk;
    private ScheduledExecutorService keeper;

    @Activate
    protected void activate() {
        bulk = new BulkWriter(new Rows(), exemptions.journal(), clusterService, auditLog);
        keeper =
                Executors.newSingleThreadScheduledExecutor(
                        groupedThreads("postern", "exemption-import", log));
        keeper.scheduleWithFixedDelay(this::finishOthers, LOOK, LOOK, TimeUnit.SECONDS);
    }

    @Deactivate
    protected void deactivate() {
        keeper.shutdownNow();
    }

    /** Finishes what a node that is gone had committed the cluster to. */
    void finishOthers() {
        try {
            bulk.finishOthers();
        } catch (RuntimeException e) {
            log.warn("An import of exemptions could not be finished yet; it is tried again", e);
        }
    }

    /** Exemptions in the store. */
    private final class Rows implements BulkStore {
        @Override
        public String count(int number) {
            return BulkStore.count(number, "exemption");
        }

        @Override
        public String subject(String id) {
            return exemptions.exemption(id).map(Exemption::subscriber).orElse(id);
        }

        @Override
        public boolean write(ChangeJournal.Row row, Order order) {
            String subscriber =
                    StoredExemption.of(row.text().orElseThrow()).exemption().subscriber();
            // one that is left would be that of whoever gets the identifier next
            return isThere(subscriber) && exemptions.write(row);
        }

        private boolean isThere(String subscriber) {
            return directory.subscriber(subscriber).isPresent()
                    || directory.stored(subscriber).isPresent();
        }
    }

    @Override
    public Map<String, String> refusals(Collection<Exemption> put) {
        return desk.rules().refusals(put);
    }

    @Override
    public Set<String> putAll(
            Collection<Exemption> put,
            Map<String, Exemption> seen,
            Order order,
            IntConsumer progress) {
        synchronized (desk) {
            // before what there is: what another node changes meanwhile is not overwritten then
            Map<String, Long> versions = new HashMap<>();
            put.forEach(e -> versions.put(e.id(), exemptions.version(e.id())));
            Set<String> overtaken = new TreeSet<>();
            Map<String, Exemption> wanted = new LinkedHashMap<>();
            for (Exemption exemption : put) {
                String id = exemption.id();
                if (exemptions.exemption(id).equals(Optional.ofNullable(seen.get(id)))) {
                    wanted.put(id, exemption);
                } else {
                    overtaken.add(id);
                }
            }
            desk.rules().refusals(wanted.values()).values().stream()
                    .findFirst()
                    .ifPresent(
                            why -> {
                                throw new IllegalArgumentException(why);
                            });
            bulk.tellOvertaken(new TreeSet<>(overtaken));
            if (!wanted.isEmpty()) {
                overtaken.addAll(write(wanted, seen, versions, order, progress));
            }
            // it may be this node that was not told of them
            overtaken.forEach(exemptions::refresh);
            return overtaken;
        }
    }

    private Set<String> write(
            Map<String, Exemption> wanted,
            Map<String, Exemption> seen,
            Map<String, Long> versions,
            Order order,
            IntConsumer progress) {
        Change summary = record(wanted, order);
        List<ChangeJournal.Row> rows =
                wanted.values().stream()
                        .map(
                                e ->
                                        ChangeJournal.Row.replacing(
                                                e.id(),
                                                versions.get(e.id()),
                                                StoredExemption.of(e).text(),
                                                // not what there is by now: others may have made it
                                                Optional.ofNullable(seen.get(e.id()))
                                                        .map(f -> StoredExemption.of(f).text())
                                                        .orElse(null)))
                        .collect(Collectors.toList());
        try {
            return bulk.write(rows, order, progress);
        } catch (NothingChangedException e) {
            AuditedChange.retract(auditLog, order, summary, e.getMessage());
            throw e;
        }
    }

    /** Takes a change down before it is made: one entry, and each exemption as its detail. */
    private Change record(Map<String, Exemption> wanted, Order order) {
        List<String> ids = new ArrayList<>(new TreeSet<>(wanted.keySet()));
        String named = ids.stream().limit(NAMED).collect(Collectors.joining(", "));
        Change summary =
                Change.of(
                        "put-exemptions",
                        "",
                        BulkStore.count(ids.size(), "exemption")
                                + ": "
                                + named
                                + (ids.size() > NAMED
                                        ? " and " + (ids.size() - NAMED) + " more"
                                        : ""));
        Map<String, Optional<Exemption>> before = new HashMap<>();
        ids.forEach(id -> before.put(id, exemptions.exemption(id)));
        auditLog.record(
                order,
                summary,
                Iterables.transform(
                        ImmutableList.copyOf(ids), id -> detail(before.get(id), wanted.get(id))));
        return summary;
    }

    /** One of many changes, as it would be audited alone. */
    private static Change detail(Optional<Exemption> before, Exemption after) {
        return Change.of(
                        before.isPresent() ? "change-exemption" : "exempt",
                        after.subscriber(),
                        after.toString())
                .because(after.reason())
                .between(
                        before.map(e -> Json.exemption(e).toString()),
                        Optional.of(Json.exemption(after).toString()));
    }
}
