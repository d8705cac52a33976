package org.postern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.apache.karaf.shell.support.completers.ArgumentCommandLine;
import org.junit.jupiter.api.Test;

class CompletersTest {
    private final Console console = new Console();

    private List<String> offered(ServiceCompleter completer, String begun) {
        completer.services = console;
        List<String> candidates = new ArrayList<>();
        completer.complete(null, new ArgumentCommandLine(begun, begun.length()), candidates);
        candidates.replaceAll(String::trim);
        return candidates;
    }

    @Test
    void classesThatBeginSoAreOffered() {
        assertEquals(List.of("business", "residential"), offered(new ClassCompleter(), ""));
        assertEquals(List.of("business"), offered(new ClassCompleter(), "bu"));
    }

    @Test
    void accessDevicesThatBeginSoAreOffered() {
        assertEquals(List.of(Console.S1, Console.S2), offered(new DeviceCompleter(), "of:"));
        assertEquals(List.of(), offered(new DeviceCompleter(), "x"));
    }

    @Test
    void subscribersThatBeginSoAreOffered() {
        console.run(new SubscriberAddCommand(), "r1", Console.S1 + "/1");
        console.run(new SubscriberAddCommand(), "shop", Console.S1 + "/2");
        assertEquals(List.of("shop"), offered(new SubscriberCompleter(), "s"));
    }

    @Test
    void nothingIsOfferedWhilePosternIsAway() {
        console.deactivate();
        assertEquals(List.of(), offered(new SubscriberCompleter(), ""));
    }
}
