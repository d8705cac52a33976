package org.postern.rest;

import java.util.Optional;
import java.util.function.Predicate;
import org.onlab.packet.IpAddress;
import org.onlab.packet.IpPrefix;
import org.onosproject.net.DeviceId;
import org.postern.infrastructure.InfrastructureService;
import org.postern.policy.Mode;
import org.postern.policy.Notation;
import org.postern.policy.Subscriber;

/** Which subscribers are asked for. */
final class SubscriberFilter implements Predicate<Subscriber> {
    /** The parameters that are read here. */
    static final String[] PARAMETERS = {
        "q", "class", "device", "port", "quarantined", "mode", "prefix", "address"
    };

    private static final long LARGEST_PORT = 4_294_967_040L;

    private final Optional<String> beginning;
    private final Optional<String> serviceClass;
    private final Optional<DeviceId> device;
    private final Optional<Long> port;
    private final Optional<Boolean> quarantined;
    private final Optional<Mode> mode;
    private final Optional<IpPrefix> prefix;

    /**
     * Reads a filter; every parameter narrows it.
     *
     * @param parameters a query with {@link #PARAMETERS}
     */
    SubscriberFilter(Parameters parameters) {
        beginning = parameters.optional("q", text -> text);
        serviceClass = parameters.optional("class", text -> text);
        device = parameters.optional("device", Notation::device);
        port = parameters.number("port", 1, LARGEST_PORT);
        quarantined = parameters.flag("quarantined");
        mode = parameters.optional("mode", Notation::mode);
        if (port.isPresent() && !device.isPresent()) {
            throw Problem.malformed(
                    "port", "parameter \"port\" needs \"device\": a port number alone is no place");
        }
        if (parameters.has("prefix") && parameters.has("address")) {
            throw Problem.malformed("address", "give either \"prefix\" or \"address\"");
        }
        prefix =
                parameters
                        .optional("prefix", Notation::prefix)
                        .or(() -> parameters.optional("address", SubscriberFilter::host));
    }

    private static IpPrefix host(String text) {
        try {
            IpAddress address = IpAddress.valueOf(text);
            return IpPrefix.valueOf(
                    address,
                    address.isIp4()
                            ? IpPrefix.MAX_INET_MASK_LENGTH
                            : IpPrefix.MAX_INET6_MASK_LENGTH);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is not an IPv4 or IPv6 address", e);
        }
    }

    /**
     * Refuses what nobody can be of: it may be misspelt.
     *
     * @param configured what classes and devices there are
     */
    void refuseUnknown(InfrastructureService configured) {
        serviceClass.ifPresent(
                name -> known("class", () -> configured.infrastructure().classNamed(name)));
        device.filter(id -> !configured.devices().containsKey(id))
                .ifPresent(
                        id -> {
                            throw Problem.malformed(
                                    "device", id + " is not an access device: see devices");
                        });
    }

    private static void known(String parameter, Runnable look) {
        try {
            look.run();
        } catch (IllegalArgumentException e) {
            throw Problem.malformed(parameter, e.getMessage());
        }
    }

    @Override
    public boolean test(Subscriber subscriber) {
        return beginning.map(subscriber.id()::startsWith).orElse(true)
                && serviceClass.map(subscriber.serviceClass()::equals).orElse(true)
                && mode.map(subscriber.mode()::equals).orElse(true)
                && quarantined
                        .map(wanted -> wanted == subscriber.quarantine().isPresent())
                        .orElse(true)
                && device.map(id -> isAttached(subscriber, id)).orElse(true)
                && prefix.map(wanted -> hasAddressesOf(subscriber, wanted)).orElse(true);
    }

    private boolean isAttached(Subscriber subscriber, DeviceId id) {
        return subscriber.attachments().stream()
                .anyMatch(
                        attachment ->
                                attachment.device().equals(id)
                                        && port.map(n -> n == attachment.port().toLong())
                                                .orElse(true));
    }

    /** Whether a prefix of the subscriber has addresses in common with one. */
    private static boolean hasAddressesOf(Subscriber subscriber, IpPrefix wanted) {
        return subscriber.prefixes().stream()
                .anyMatch(own -> own.contains(wanted) || wanted.contains(own));
    }
}
