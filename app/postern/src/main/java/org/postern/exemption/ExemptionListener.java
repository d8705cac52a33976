package org.postern.exemption;

import org.onosproject.event.EventListener;

/** Is told of exemptions, on every node. */
public interface ExemptionListener extends EventListener<ExemptionEvent> {}
