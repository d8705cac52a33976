package org.postern.subscriber;

import org.onosproject.event.EventListener;

/** Is told of changes of the directory of subscribers, on every node. */
public interface SubscriberListener extends EventListener<SubscriberEvent> {}
