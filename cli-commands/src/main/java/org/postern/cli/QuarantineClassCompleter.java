package org.postern.cli;

import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.postern.policy.ServiceClass;

/** Offers the classes that quarantine. */
@Service
public class QuarantineClassCompleter extends ClassCompleter {
    @Override
    boolean offers(ServiceClass some) {
        return some.quarantine().isPresent();
    }
}
