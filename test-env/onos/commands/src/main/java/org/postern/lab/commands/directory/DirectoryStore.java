package org.postern.lab.commands.directory;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * One way to hold the directory in ONOS's storage service. Whoever makes one names the listener
 * that is told the new text of what was written; it is called on the threads of the primitive.
 */
interface DirectoryStore {
    /** The writes that bring all subscribers in; none of them is started. */
    List<Step> writes(SampleDirectory directory);

    /** Starts to write a value of one subscriber alone. */
    CompletableFuture<?> write(SampleSubscriber subscriber);

    /**
     * Changes one subscriber by a read and a write that fails if somebody else was faster, where
     * the primitive has such; returns when it is done.
     */
    void change(SampleSubscriber changed);

    /** Reads every subscriber; returns how many there are. */
    long readAll();

    /** Reads the subscribers of a device; returns how many there are. */
    long readDevice(String device);

    /** Tells nobody any more and removes everything. */
    void destroy();

    /** A write; its future ends when it is done. */
    @FunctionalInterface
    interface Step {
        /** Starts it. */
        CompletableFuture<?> start();
    }

    /** Makes a store that tells a listener. */
    @FunctionalInterface
    interface Maker {
        /** Makes it under a name that nothing else has. */
        DirectoryStore make(String name, Consumer<String> listener);
    }
}
