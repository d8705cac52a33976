package org.postern.infrastructure;

import java.util.List;
import java.util.function.BiConsumer;
import org.onosproject.core.ApplicationId;
import org.onosproject.net.config.Config;
import org.postern.policy.Infrastructure;

/**
 * Network configuration {@code apps/org.postern/postern}: {@code submissionServers}, {@code pools},
 * {@code classes}, {@code defaultClass}.
 */
public class InfrastructureConfig extends Config<ApplicationId> {
    /** Key of this configuration among those of its subject. */
    static final String KEY = "postern";

    private final BiConsumer<ApplicationId, List<String>> checked;

    InfrastructureConfig(BiConsumer<ApplicationId, List<String>> checked) {
        this.checked = checked;
    }

    /**
     * Checks every field.
     *
     * @return true
     * @throws ConfigurationException saying everything that is wrong; ONOS then refuses the
     *     configuration with it
     */
    @Override
    public boolean isValid() {
        try {
            infrastructure();
            checked.accept(subject(), List.of());
            return true;
        } catch (ConfigurationException e) {
            checked.accept(subject(), e.errors());
            throw e;
        }
    }

    /**
     * Reads the configuration.
     *
     * @return servers, pools and classes
     * @throws ConfigurationException saying everything that is wrong
     */
    Infrastructure infrastructure() {
        return InfrastructureReader.read(node());
    }
}
