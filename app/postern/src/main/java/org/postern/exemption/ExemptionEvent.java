package org.postern.exemption;

import org.onosproject.event.AbstractEvent;
import org.postern.policy.Exemption;

/** Something about an exemption is different. */
public final class ExemptionEvent extends AbstractEvent<ExemptionEvent.Type, Exemption> {
    /** What is different. */
    public enum Type {
        /** There is one more, or it is another one than before; the subject is it as it is now. */
        EXEMPTION_PUT,
        /** It was revoked, or it ended long ago; the subject is it as it was. */
        EXEMPTION_REMOVED,
        /** It has begun. */
        EXEMPTION_BEGUN,
        /** It ends soon. */
        EXEMPTION_ENDING,
        /** It is over. */
        EXEMPTION_ENDED
    }

    /**
     * Creates an event.
     *
     * @param type what is different
     * @param subject the exemption
     */
    public ExemptionEvent(Type type, Exemption subject) {
        super(type, subject);
    }
}
