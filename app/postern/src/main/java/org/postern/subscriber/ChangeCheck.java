package org.postern.subscriber;

import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.postern.infrastructure.InfrastructureService;
import org.postern.policy.AccessDevice;
import org.postern.policy.Attachment;
import org.postern.policy.Identification;
import org.postern.policy.Policy;
import org.postern.policy.PortRole;
import org.postern.policy.ServiceClass;
import org.postern.policy.Subscriber;
import org.postern.policy.Subscribers;

/** Judges whether a changed directory could be enforced. */
final class ChangeCheck {
    private final InfrastructureService infrastructure;
    private final SubscriberExemptions exemptions;
    private final Directory directory;

    ChangeCheck(
            InfrastructureService infrastructure,
            SubscriberExemptions exemptions,
            Directory directory) {
        this.infrastructure = infrastructure;
        this.exemptions = exemptions;
        this.directory = directory;
    }

    /**
     * Checks a change as a whole.
     *
     * @param changed who is added or different, as it would be
     * @param gone who is removed
     * @throws IllegalArgumentException if anything of it cannot be
     */
    void check(Collection<Subscriber> changed, Collection<String> gone) {
        Subscribers present = directory.subscribers();
        Subscribers future = present;
        for (String id : gone) {
            future = future.without(id);
        }
        for (Subscriber subscriber : changed) {
            future = future.with(subscriber);
        }
        Policy before = policyOf(present);
        Policy after = policyOf(future);
        changed.forEach(s -> after.infrastructure().classNamed(s.serviceClass()));
        directory.refuseClaims(changed, gone);
        for (Subscriber subscriber : changed) {
            Subscriber former = present.byId().get(subscriber.id());
            // where it is already, it stays, also if that is no access port any more
            subscriber.attachments().stream()
                    .filter(a -> former == null || !former.attachments().contains(a))
                    .forEach(a -> checkAttachment(after, subscriber, a));
            if (former == null || !former.serviceClass().equals(subscriber.serviceClass())) {
                refuseQuarantine(subscriber.serviceClass());
            }
            refuseFlaw(after, subscriber);
            // a release must find everything in order
            refuseFlaw(after, subscriber.toBuilder().quarantine(null).build());
        }
        Set<String> ids = changed.stream().map(Subscriber::id).collect(Collectors.toSet());
        Identification.loss(before, after, ids)
                .ifPresent(
                        loss -> {
                            throw new IllegalArgumentException(loss);
                        });
    }

    private Policy policyOf(Subscribers all) {
        return Policy.builder()
                .infrastructure(infrastructure.infrastructure())
                .devices(infrastructure.devices().values())
                .subscribers(all)
                .exemptions(exemptions.inForce())
                .build();
    }

    /** A quarantine is no class of a subscriber's own. */
    void refuseQuarantine(String serviceClass) {
        if (infrastructure.infrastructure().classNamed(serviceClass).quarantine().isPresent()) {
            throw new IllegalArgumentException(
                    "class "
                            + serviceClass
                            + " is a quarantine: use postern-quarantine, which keeps the reason and the class"
                            + " that comes back");
        }
    }

    /**
     * Checks that a class is one of quarantine.
     *
     * @throws IllegalArgumentException if it is not, or does not exist
     */
    void requireQuarantine(String serviceClass) {
        if (!infrastructure.infrastructure().classNamed(serviceClass).quarantine().isPresent()) {
            throw new IllegalArgumentException(
                    "class "
                            + serviceClass
                            + " is no quarantine: use one of "
                            + infrastructure.infrastructure().classes().values().stream()
                                    .filter(c -> c.quarantine().isPresent())
                                    .map(ServiceClass::name)
                                    .collect(Collectors.joining(", ")));
        }
    }

    private static void refuseFlaw(Policy policy, Subscriber subscriber) {
        Identification.flaw(policy, subscriber)
                .ifPresent(
                        flaw -> {
                            throw new IllegalArgumentException(flaw);
                        });
    }

    private static void checkAttachment(
            Policy policy, Subscriber subscriber, Attachment attachment) {
        AccessDevice device = policy.devices().get(attachment.device());
        if (device == null) {
            throw new IllegalArgumentException(
                    "subscriber "
                            + subscriber.id()
                            + ": "
                            + attachment.device()
                            + " is not an access device; configure its port roles first. Access devices: "
                            + policy.devices().keySet());
        }
        if (device.roleOf(attachment.port()) != PortRole.ACCESS) {
            throw new IllegalArgumentException(
                    "subscriber "
                            + subscriber.id()
                            + ": port "
                            + attachment.port().toLong()
                            + " of "
                            + attachment.device()
                            + " is not an access port but "
                            + device.roleOf(attachment.port()).name().toLowerCase(Locale.ROOT));
        }
    }
}
