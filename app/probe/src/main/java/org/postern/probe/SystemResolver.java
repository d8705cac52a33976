package org.postern.probe;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/** Asks the system, hosts file included. */
public final class SystemResolver implements Resolver {
    /** What the C library says if no server of names answered (EAI_AGAIN, EAI_FAIL, EAI_SYSTEM). */
    private static final List<String> NO_ANSWER =
            List.of(
                    "Temporary failure",
                    "Non-recoverable failure",
                    "System error",
                    "timed out",
                    "Try again");

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
        return NO_ANSWER.stream().anyMatch(message::contains)
                ? Resolution.failed(Printable.of(message))
                : Resolution.of(List.of());
    }
}
