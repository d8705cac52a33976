package org.postern.sadis;

import org.onosproject.core.ApplicationId;
import org.onosproject.net.config.Config;
import org.onosproject.net.config.ConfigFactory;
import org.onosproject.net.config.basics.SubjectFactories;

/** Network configuration {@code apps/org.postern/sadis}. */
public class SadisConfig extends Config<ApplicationId> {
    /** Key of this configuration among those of its subject. */
    static final String KEY = "sadis";

    /** Makes what ONOS reads such configuration by. */
    static ConfigFactory<ApplicationId, SadisConfig> factory() {
        return new ConfigFactory<ApplicationId, SadisConfig>(
                SubjectFactories.APP_SUBJECT_FACTORY, SadisConfig.class, KEY) {
            @Override
            public SadisConfig createConfig() {
                return new SadisConfig();
            }
        };
    }

    /**
     * Checks every field.
     *
     * @return true
     * @throws IllegalArgumentException saying everything that is wrong; ONOS then refuses the
     *     configuration with it
     */
    @Override
    public boolean isValid() {
        settings();
        return true;
    }

    /**
     * Reads the configuration.
     *
     * @return how records become subscribers
     */
    SadisSettings settings() {
        return SadisSettings.read(node());
    }
}
