package org.postern.audit;

import java.util.Objects;
import java.util.Optional;

/** What was changed of what. Immutable. */
public final class Change {
    private final String action;
    private final String subject;
    private final String text;
    private final String reason;
    private final String before;
    private final String after;

    private Change(
            String action,
            String subject,
            String text,
            String reason,
            String before,
            String after) {
        this.action = Objects.requireNonNull(action);
        this.subject = Objects.requireNonNull(subject);
        this.text = Objects.requireNonNull(text);
        this.reason = Objects.requireNonNull(reason);
        this.before = before;
        this.after = after;
    }

    /**
     * Names a change.
     *
     * @param action what was done, such as {@code suspend}: lower-case letters and hyphens
     * @param subject what it was done to: a subscriber, a device, a class, …
     * @param text the change in words, subject included
     * @return a change that gives no reason and shows no values
     */
    public static Change of(String action, String subject, String text) {
        return new Change(action, subject, text, "", null, null);
    }

    /**
     * The same change with its reason.
     *
     * @param why as the operator gave it
     * @return the change
     */
    public Change because(String why) {
        return new Change(action, subject, text, why, before, after);
    }

    /**
     * The same change with the reason of its order, unless it has one itself.
     *
     * @param order the order that it follows from
     * @return the change
     */
    public Change orderedBy(Order order) {
        return reason.isEmpty() ? because(order.reason()) : this;
    }

    /**
     * The same change with what it made of what.
     *
     * @param was JSON of the subject before; empty if there was none
     * @param is JSON of the subject after; empty if there is none any more
     * @return the change
     */
    public Change between(Optional<String> was, Optional<String> is) {
        return new Change(action, subject, text, reason, was.orElse(null), is.orElse(null));
    }

    /**
     * Returns what was done.
     *
     * @return such as {@code suspend}
     */
    public String action() {
        return action;
    }

    /**
     * Returns what it was done to.
     *
     * @return such as a subscriber's identifier
     */
    public String subject() {
        return subject;
    }

    /**
     * Returns the change in words.
     *
     * @return one sentence
     */
    public String text() {
        return text;
    }

    /**
     * Returns the reason.
     *
     * @return as the operator gave it, empty if none was given
     */
    public String reason() {
        return reason;
    }

    /**
     * Returns what there was.
     *
     * @return JSON, or empty if there was nothing or it is not known
     */
    public Optional<String> before() {
        return Optional.ofNullable(before);
    }

    /**
     * Returns what there is.
     *
     * @return JSON, or empty if there is nothing or it is not known
     */
    public Optional<String> after() {
        return Optional.ofNullable(after);
    }
}
