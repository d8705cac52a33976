package org.postern.probe;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/** Asks the system, hosts file included. */
public final class SystemResolver implements Resolver {
    /**
     * What C libraries say, in English, of a name that does not exist, or has no address
     * (EAI_NONAME, EAI_NODATA). Anything else, in another language too, may be no answer at all.
     */
    private static final List<String> NO_SUCH_NAME =
            List.of(
                    "Name or service not known",
                    "No address associated",
                    "nodename nor servname provided",
                    "No such host is known",
                    "Name does not resolve");

    @Override
    public Resolution resolve(String host) {
        try {
            return Resolution.of(List.of(InetAddress.getAllByName(host)));
        } catch (UnknownHostException e) {
            return meantBy(host, e);
        }
    }

    /** What Java means that knows one exception for all. */
    static Resolution meantBy(String host, UnknownHostException e) {
        String message = String.valueOf(e.getMessage());
        if (message.equals(host)) {
            // what Java remembers, for 10 s unless networkaddress.cache.negative.ttl says otherwise
            return Resolution.failed("it did not resolve a moment ago: try again in 10 seconds");
        }
        return NO_SUCH_NAME.stream().anyMatch(message::contains)
                ? Resolution.of(List.of())
                : Resolution.failed(Printable.of(message));
    }
}
