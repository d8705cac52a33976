package org.postern.provisioning;

import java.time.Clock;
import org.postern.exemption.ExemptionBatchService;
import org.postern.exemption.ExemptionService;
import org.postern.infrastructure.InfrastructureService;
import org.postern.subscriber.SubscriberService;

/** Files of exemptions, of a test. */
public final class ExemptionFiles extends ExemptionProvisioningManager {

    /**
     * Imports and exports.
     *
     * @param known what there is
     * @param desk where many are ordered
     * @param subscribers who can be exempted
     * @param network their classes
     * @param share knows how far an import may go
     * @param clock the present
     */
    public ExemptionFiles(
            ExemptionService known,
            ExemptionBatchService desk,
            SubscriberService subscribers,
            InfrastructureService network,
            ProvisioningService share,
            Clock clock) {
        super(clock);
        exemptions = known;
        batches = desk;
        directory = subscribers;
        infrastructureService = network;
        guard = share;
    }
}
