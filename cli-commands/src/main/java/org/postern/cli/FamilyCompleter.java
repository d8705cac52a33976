package org.postern.cli;

import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.postern.probe.Family;

/** Offers the families of addresses. */
@Service
public class FamilyCompleter extends ServiceCompleter {
    @Override
    Stream<String> choices() {
        return Family.CHOICES.stream();
    }
}
