package org.postern.survey;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** What a survey has found of its targets. Safe for use by several threads. */
interface Known extends AutoCloseable {
    /** Whether anything is known of a target. */
    boolean has(Target target);

    /** What is known of a target; null if nothing is. */
    ObjectNode of(Target target);

    /** Takes down what was found. */
    void add(Target target, ObjectNode found);

    /** Lets go of what it takes; nothing may be added or asked after. */
    @Override
    void close();
}
