package org.postern.drivers;

import org.onlab.osgi.ServiceDirectory;
import org.onosproject.driver.pipeline.DefaultSingleTablePipeline;
import org.onosproject.net.DeviceId;
import org.onosproject.net.behaviour.PipelinerContext;
import org.onosproject.net.flow.FlowRuleService;
import org.onosproject.net.flowobjective.FlowObjectiveStore;

/**
 * ONOS's single-table pipeline, moved to FORWARD: what others program by objectives stands behind
 * Postern's tables.
 */
public class FrontTablePipeliner extends DefaultSingleTablePipeline {

    @Override
    public void init(DeviceId deviceId, PipelinerContext context) {
        ServiceDirectory services = context.directory();
        FrontTableManager manager = services.get(FrontTableManager.class);
        FlowRuleService behind =
                ForwardRules.behindPolicy(
                        services.get(FlowRuleService.class), manager::usesObjectives);
        super.init(deviceId, new MovedContext(context, behind));
        // asynchronous: the flow objective manager calls this under its map's lock
        manager.settle(deviceId);
    }

    /** The manager's context, but for the flow rule service that the pipeline gets from it. */
    private static final class MovedContext implements PipelinerContext {
        private final PipelinerContext context;
        private final FlowRuleService behind;

        private MovedContext(PipelinerContext context, FlowRuleService behind) {
            this.context = context;
            this.behind = behind;
        }

        @Override
        public ServiceDirectory directory() {
            return new ServiceDirectory() {
                @Override
                public <T> T get(Class<T> serviceClass) {
                    return serviceClass == FlowRuleService.class
                            ? serviceClass.cast(behind)
                            : context.directory().get(serviceClass);
                }
            };
        }

        @Override
        public FlowObjectiveStore store() {
            return context.store();
        }

        @Override
        public int accumulatorMaxObjectives() {
            return context.accumulatorMaxObjectives();
        }

        @Override
        public int accumulatorMaxIdleMillis() {
            return context.accumulatorMaxIdleMillis();
        }

        @Override
        public int accumulatorMaxBatchMillis() {
            return context.accumulatorMaxBatchMillis();
        }
    }
}
