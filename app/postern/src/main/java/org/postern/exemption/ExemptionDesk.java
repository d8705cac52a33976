package org.postern.exemption;

import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.postern.audit.AuditLog;
import org.postern.audit.Change;
import org.postern.audit.Order;
import org.postern.audit.Reasons;
import org.postern.audit.StoredText;
import org.postern.infrastructure.InfrastructureService;
import org.postern.json.Json;
import org.postern.policy.Exemption;
import org.postern.precondition.Expected;
import org.postern.precondition.SharedEntry;
import org.postern.subscriber.SubscriberService;

/** Takes orders of exemptions, and checks them against everything else. */
@Component(
        immediate = true,
        service = {ExemptionAdminService.class, ExemptionDesk.class})
public class ExemptionDesk implements ExemptionAdminService {
    private final Clock clock;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected ExemptionManager exemptions;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected SubscriberService subscriberService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected InfrastructureService infrastructureService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected AuditLog auditLog;

    /** Creates the desk that ONOS runs. */
    public ExemptionDesk() {
        this(Clock.systemUTC());
    }

    ExemptionDesk(Clock clock) {
        this.clock = clock;
    }

    @Override
    public Optional<Exemption> stored(String id) {
        exemptions.refresh(id);
        return exemptions.exemption(id);
    }

    @Override
    public boolean isUnreadable(String id) {
        exemptions.refresh(id);
        return exemptions.isUnreadable(id);
    }

    @Override
    public synchronized Exemption put(
            Exemption exemption, Expected<Exemption> expected, Order order) {
        return change(exemption.id(), expected, before -> exemption, order);
    }

    /** Writes an exemption, whatever else another node changes meanwhile. */
    private Exemption change(
            String id,
            Expected<Exemption> expected,
            Function<Optional<Exemption>, Exemption> change,
            Order order) {
        Entry entry = new Entry(id);
        return entry.change(
                        expected,
                        before -> {
                            rules().refuseUnreadable(id);
                            Exemption after = change.apply(before);
                            if (!before.equals(Optional.of(after))
                                    || entry.isToBeWritten(Optional.of(after))) {
                                rules().check(after, before);
                            }
                            return Optional.of(after);
                        },
                        (before, after) -> {
                            Exemption exemption = after.orElseThrow();
                            return Change.of(
                                            before.isPresent() ? "change-exemption" : "exempt",
                                            exemption.subscriber(),
                                            exemption.toString())
                                    .because(exemption.reason());
                        },
                        auditLog,
                        order)
                .orElseThrow();
    }

    /** What holds for every exemption, whoever brings it. */
    ExemptionRules rules() {
        return new ExemptionRules(exemptions, subscriberService, infrastructureService, clock);
    }

    /** One exemption in the store. */
    private final class Entry extends SharedEntry<Exemption> {
        private final String id;

        private Entry(String id) {
            super("exemption " + id);
            this.id = id;
        }

        @Override
        protected void refresh() {
            exemptions.refresh(id);
        }

        @Override
        protected long version() {
            return exemptions.version(id);
        }

        @Override
        protected Optional<Exemption> present() {
            return exemptions.exemption(id);
        }

        @Override
        protected String text(Exemption exemption) {
            return Json.exemption(exemption).toString();
        }

        /**
         * Whoever ordered it wants it to hold, whatever clock has ended it before its time; and one
         * that is not understood gone.
         */
        @Override
        protected boolean isToBeWritten(Optional<Exemption> same) {
            if (!same.isPresent()) {
                return exemptions.isUnreadable(id);
            }
            return exemptions.isMarkedEnded(id)
                    && same.filter(e -> clock.instant().isBefore(e.until())).isPresent();
        }

        @Override
        protected boolean write(long version, Optional<Exemption> after) {
            return exemptions.write(id, version, after);
        }
    }

    @Override
    public synchronized Exemption renew(
            String id,
            Instant until,
            Optional<String> reason,
            Expected<Exemption> expected,
            Order order) {
        return change(
                id,
                expected,
                before -> {
                    Exemption former = existing(id, before);
                    if (!former.from().isBefore(until)) {
                        throw ExemptionRules.refused(
                                former,
                                "until "
                                        + until
                                        + " is before it begins, which is "
                                        + former.from());
                    }
                    return former.toBuilder()
                            .until(until)
                            .reason(reason.map(Reasons::checked).orElse(former.reason()))
                            .by(order.by())
                            .build();
                },
                order);
    }

    @Override
    public synchronized Exemption revoke(
            String id, String reason, Expected<Exemption> expected, Order order) {
        String why = Reasons.checked(reason);
        AtomicReference<Exemption> revoked = new AtomicReference<>();
        new Entry(id)
                .change(
                        expected,
                        before -> {
                            revoked.set(existing(id, before));
                            exemptions.journal().refuseWhileAdded(id);
                            return Optional.empty();
                        },
                        (before, after) -> ExemptionManager.revocation(before.orElseThrow(), why),
                        auditLog,
                        order);
        return revoked.get();
    }

    @Override
    public synchronized void discard(String id, String reason, Order order) {
        String why = Reasons.checked(reason);
        new Entry(id)
                .change(
                        Expected.absent(),
                        before -> {
                            if (!exemptions.isUnreadable(id)) {
                                existing(id, before);
                            }
                            return before;
                        },
                        (before, after) ->
                                Change.of(
                                                "revoke-exemption",
                                                id,
                                                "exemption "
                                                        + id
                                                        + ", which was not understood: "
                                                        + exemptions
                                                                .text(id)
                                                                .map(StoredText::of)
                                                                .orElse("gone meanwhile"))
                                        .because(why),
                        auditLog,
                        order);
    }

    private static Exemption existing(String id, Optional<Exemption> present) {
        return present.orElseThrow(
                () ->
                        new IllegalArgumentException(
                                "there is no exemption \""
                                        + id
                                        + "\": postern-exemptions lists those that exist"));
    }
}
