package org.postern.cli;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.postern.audit.Order;

/** Offers the interfaces by which changes come. */
@Service
public class InterfaceCompleter extends ServiceCompleter {
    static List<String> names() {
        return Stream.of(Order.Interface.values())
                .map(Order.Interface::text)
                .collect(Collectors.toList());
    }

    @Override
    Stream<String> choices() {
        return names().stream();
    }
}
