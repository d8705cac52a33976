package org.postern.provisioning;

import org.postern.infrastructure.InfrastructureService;
import org.postern.subscriber.SubscriberAdminService;

/** Provisioning into the directory of a test. */
public final class Provisioning extends ProvisioningManager {
    /** Creates it with the guard as by default. */
    public Provisioning(SubscriberAdminService into, InfrastructureService configured) {
        directory = into;
        infrastructureService = configured;
    }
}
