package org.postern.infrastructure;

import java.util.List;
import java.util.function.BiConsumer;
import org.onosproject.net.DeviceId;
import org.onosproject.net.config.Config;
import org.postern.policy.AccessDevice;

/**
 * Network configuration {@code devices/ID/postern}: lists of port numbers by role ({@code uplink},
 * {@code access}, {@code transit}, {@code server}), and the {@code chain} that transit ports belong
 * to.
 */
public class AccessDeviceConfig extends Config<DeviceId> {
    /** Key of this configuration among those of its subject. */
    static final String KEY = "postern";

    private final BiConsumer<DeviceId, List<String>> checked;

    AccessDeviceConfig(BiConsumer<DeviceId, List<String>> checked) {
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
            device();
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
     * @return the access device
     * @throws ConfigurationException saying everything that is wrong
     */
    AccessDevice device() {
        return AccessDeviceReader.read(subject(), node());
    }
}
