package org.postern.submission;

import org.onosproject.event.EventListener;

/** Is told of alarms of submission servers and relays. */
public interface SubmissionListener extends EventListener<SubmissionEvent> {}
