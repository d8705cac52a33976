package org.postern.infrastructure;

import org.onosproject.event.EventListener;

/** Is told when another infrastructure comes into force. */
public interface InfrastructureListener extends EventListener<InfrastructureEvent> {}
