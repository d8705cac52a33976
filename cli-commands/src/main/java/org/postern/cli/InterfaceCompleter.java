package org.postern.cli;

import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.postern.audit.Order;

/** Offers the interfaces by which changes come. */
@Service
public class InterfaceCompleter extends ServiceCompleter {
    @Override
    Stream<String> choices() {
        return Stream.of(Order.Interface.values()).map(Order.Interface::text);
    }
}
