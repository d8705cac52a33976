package org.postern.infrastructure;

import org.onosproject.event.AbstractEvent;

/** Another infrastructure came into force, or a configuration was refused. */
public final class InfrastructureEvent
        extends AbstractEvent<InfrastructureEvent.Type, ConfigurationStatus> {
    /** What happened. */
    public enum Type {
        /** The configuration is in force. */
        CONFIGURATION_ACCEPTED,
        /** The configuration is invalid; the last good one stays in force. */
        CONFIGURATION_REFUSED
    }

    /**
     * Creates an event.
     *
     * @param type what happened
     * @param subject the status since
     */
    public InfrastructureEvent(Type type, ConfigurationStatus subject) {
        super(type, subject);
    }
}
