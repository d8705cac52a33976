package org.postern.rest;

import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import org.onosproject.net.DeviceId;
import org.postern.infrastructure.InfrastructureService;
import org.postern.policy.Notation;
import org.postern.policy.Subscriber;
import org.postern.report.SubscriberQuery;

/** Which subscribers are asked for. */
final class SubscriberFilter implements Predicate<Subscriber> {
    /** The parameters that are read here. */
    static final String[] PARAMETERS = {
        "q", "class", "device", "port", "quarantined", "mode", "prefix", "address", "mac"
    };

    private static final long LARGEST_PORT = 4_294_967_040L;

    private final Optional<String> serviceClass;
    private final Optional<DeviceId> device;
    private final SubscriberQuery query;

    /**
     * Reads a filter; every parameter narrows it.
     *
     * @param parameters a query with {@link #PARAMETERS}
     */
    SubscriberFilter(Parameters parameters) {
        serviceClass = parameters.optional("class", text -> text);
        device = parameters.optional("device", Notation::device);
        Optional<Long> port = parameters.number("port", 1, LARGEST_PORT);
        if (port.isPresent() && !device.isPresent()) {
            throw Problem.malformed(
                    "port", "parameter \"port\" needs \"device\": a port number alone is no place");
        }
        if (parameters.has("prefix") && parameters.has("address")) {
            throw Problem.malformed("address", "give either \"prefix\" or \"address\"");
        }
        SubscriberQuery read = SubscriberQuery.all();
        read = narrowed(read, serviceClass, SubscriberQuery::ofClass);
        read = narrowed(read, device, SubscriberQuery::at);
        read = narrowed(read, port, (some, number) -> some.at(device.get(), number));
        read =
                narrowed(
                        read,
                        parameters.optional("q", text -> text),
                        SubscriberQuery::beginningWith);
        read = narrowed(read, parameters.flag("quarantined"), SubscriberQuery::quarantined);
        read = narrowed(read, parameters.optional("mode", Notation::mode), SubscriberQuery::inMode);
        read =
                narrowed(
                        read,
                        parameters
                                .optional("prefix", Notation::prefix)
                                .or(() -> parameters.optional("address", SubscriberQuery::host)),
                        SubscriberQuery::within);
        query = narrowed(read, parameters.optional("mac", Notation::mac), SubscriberQuery::having);
    }

    private static <T> SubscriberQuery narrowed(
            SubscriberQuery query,
            Optional<T> wanted,
            BiFunction<SubscriberQuery, T, SubscriberQuery> how) {
        return wanted.map(value -> how.apply(query, value)).orElse(query);
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
        return query.test(subscriber);
    }
}
