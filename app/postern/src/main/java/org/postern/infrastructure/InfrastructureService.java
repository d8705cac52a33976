package org.postern.infrastructure;

import java.util.Map;
import org.onosproject.event.ListenerService;
import org.onosproject.net.DeviceId;
import org.postern.policy.AccessDevice;
import org.postern.policy.Infrastructure;

/** Reads the infrastructure in force. */
public interface InfrastructureService
        extends ListenerService<InfrastructureEvent, InfrastructureListener> {

    /**
     * Returns servers, pools and classes.
     *
     * @return the last good configuration; {@link Infrastructure#EMPTY} if there never was one
     */
    Infrastructure infrastructure();

    /**
     * Returns the access devices.
     *
     * @return the last good configuration of each device
     */
    Map<DeviceId, AccessDevice> devices();

    /**
     * Tells whether the present network configuration is in force.
     *
     * @return its status
     */
    ConfigurationStatus status();
}
