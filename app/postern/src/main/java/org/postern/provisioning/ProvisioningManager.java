package org.postern.provisioning;

import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.onosproject.cfg.ComponentConfigService;
import org.osgi.service.component.ComponentContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.postern.audit.Order;
import org.postern.component.Settings;
import org.postern.infrastructure.InfrastructureService;
import org.postern.policy.Infrastructure;
import org.postern.policy.Subscriber;
import org.postern.policy.Subscribers;
import org.postern.provisioning.FileResult.Outcome;
import org.postern.provisioning.ImportProgress.Phase;
import org.postern.subscriber.SubscriberAdminService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Imports by difference, and guards how far it goes. */
@Component(
        immediate = true,
        service = ProvisioningService.class,
        property = {
            ProvisioningManager.GUARD_SHARE + ":Integer=" + ProvisioningManager.GUARD_SHARE_DEFAULT,
            ProvisioningManager.GUARD_FLOOR + ":Integer=" + ProvisioningManager.GUARD_FLOOR_DEFAULT,
            ProvisioningManager.SUBSCRIBERS_PER_FILE
                    + ":Integer="
                    + ProvisioningManager.SUBSCRIBERS_PER_FILE_DEFAULT
        })
public class ProvisioningManager implements ProvisioningService {
    /**
     * Component property: percent of the subscribers that an import may let send directly, or cut
     * off or remove, without force.
     */
    static final String GUARD_SHARE = "guardShare";

    static final int GUARD_SHARE_DEFAULT = 5;

    /** Component property: so many may be, however few subscribers there are. */
    static final String GUARD_FLOOR = "guardFloor";

    static final int GUARD_FLOOR_DEFAULT = 10;

    /** Component property: how many subscribers a file may have. */
    static final String SUBSCRIBERS_PER_FILE = "subscribersPerFile";

    static final int SUBSCRIBERS_PER_FILE_DEFAULT = 250_000;

    /** 64 MiB of the shortest lines there are have not many more. */
    private static final int MOST_SUBSCRIBERS = 2_000_000;

    private static final int PERCENT = 100;

    private final Logger log = LoggerFactory.getLogger(getClass());

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected SubscriberAdminService directory;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected InfrastructureService infrastructureService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected ComponentConfigService componentConfigService;

    private volatile int guardShare = GUARD_SHARE_DEFAULT;
    private volatile int guardFloor = GUARD_FLOOR_DEFAULT;
    private volatile int subscribersPerFile = SUBSCRIBERS_PER_FILE_DEFAULT;

    /** Who imports; a file and what it makes of the directory are in memory: one at a time. */
    private final AtomicReference<Order> importing = new AtomicReference<>();

    @Activate
    protected void activate(ComponentContext context) {
        componentConfigService.registerProperties(getClass());
        modified(context);
    }

    @Deactivate
    protected void deactivate() {
        componentConfigService.unregisterProperties(getClass(), false);
    }

    @Modified
    protected void modified(ComponentContext context) {
        Settings set = Settings.of(context, log);
        guardShare = set.number(GUARD_SHARE, guardShare, GUARD_SHARE_DEFAULT, 0, PERCENT);
        guardFloor = set.number(GUARD_FLOOR, guardFloor, GUARD_FLOOR_DEFAULT, 0, Integer.MAX_VALUE);
        subscribersPerFile =
                set.number(
                        SUBSCRIBERS_PER_FILE,
                        subscribersPerFile,
                        SUBSCRIBERS_PER_FILE_DEFAULT,
                        1,
                        MOST_SUBSCRIBERS);
    }

    @Override
    public ImportResult importSubscribers(
            InputStream file, ImportRequest request, Order order, ImportProgress progress)
            throws IOException {
        Order other = importing.compareAndExchange(null, order);
        if (other != null) {
            throw new IllegalStateException(
                    "another import goes on at this node, ordered by "
                            + other
                            + "; nothing of this one was read: try again when that one is done");
        }
        try {
            return imported(file, request, order, progress);
        } finally {
            importing.set(null);
        }
    }

    private ImportResult imported(
            InputStream file, ImportRequest request, Order order, ImportProgress progress)
            throws IOException {
        Infrastructure infrastructure = infrastructureService.infrastructure();
        progress.reached(Phase.READING, 0, 0);
        Reading reading =
                SubscriberReader.read(file, request.format(), infrastructure, subscribersPerFile);
        if (reading.faultCount() > 0) {
            return new ImportResult(Outcome.FAULTY, reading, null, null, Set.of());
        }
        progress.reached(Phase.CHECKING, 0, reading.subscribers().size());
        Subscribers seen = directory.directory();
        Collection<Subscriber> before = seen.byId().values();
        Difference difference = Difference.of(before, reading.subscribers(), request.isMirror());
        Reach reach = Reach.of(difference, infrastructure, before, guardShare, guardFloor);
        Set<String> overtaken = new TreeSet<>();
        Outcome outcome = outcome(request, difference, reach);
        if (outcome == Outcome.DONE) {
            List<Subscriber> put = difference.put();
            List<String> removed = removed(difference);
            int all = put.size() + removed.size();
            progress.reached(Phase.WRITING, 0, all);
            overtaken.addAll(
                    directory.apply(
                            put,
                            removed,
                            seen,
                            order,
                            done -> progress.reached(Phase.WRITING, done, all)));
        }
        return new ImportResult(outcome, reading, difference, reach, overtaken);
    }

    private static List<String> removed(Difference difference) {
        return difference.removed().stream().map(Subscriber::id).collect(Collectors.toList());
    }

    private Outcome outcome(ImportRequest request, Difference difference, Reach reach) {
        if (difference.isEmpty()) {
            return Outcome.UNCHANGED;
        }
        if (request.isDryRun()) {
            directory.check(difference.put(), removed(difference));
            return Outcome.CHECKED;
        }
        return reach.excess().isPresent() && !request.isForced() ? Outcome.GUARDED : Outcome.DONE;
    }

    @Override
    public int exportSubscribers(Writer out, FileFormat format, Predicate<Subscriber> which)
            throws IOException {
        List<Subscriber> chosen =
                directory.subscribers().stream().filter(which).collect(Collectors.toList());
        SubscriberWriter.write(chosen, format, out);
        return chosen.size();
    }

    @Override
    public int unforced(int subscribers) {
        return Reach.limit(subscribers, guardShare, guardFloor);
    }
}
