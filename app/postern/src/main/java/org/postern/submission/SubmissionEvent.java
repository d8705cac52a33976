package org.postern.submission;

import java.time.Instant;
import org.onosproject.event.AbstractEvent;

/** An alarm of a submission server or relay was raised or is over; told on every node. */
public final class SubmissionEvent extends AbstractEvent<SubmissionEvent.Type, Watched> {
    /** What happened. */
    public enum Type {
        /** Something is wrong that was not. */
        ALARM_RAISED,
        /** It is not wrong any more, or the server is watched no more. */
        ALARM_CLEARED
    }

    private final Alarm alarm;

    SubmissionEvent(Type type, Watched subject, Alarm alarm, Instant at) {
        super(type, subject, at.toEpochMilli());
        this.alarm = alarm;
    }

    /**
     * Returns the alarm.
     *
     * @return as it is, or was
     */
    public Alarm alarm() {
        return alarm;
    }
}
