package org.postern.provisioning;

import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.util.function.Predicate;
import org.postern.audit.Order;
import org.postern.policy.Subscriber;

/** Imports and exports many subscribers at once. */
public interface ProvisioningService {

    /**
     * Imports a file: all of it or nothing, and one file at a time. What is in the directory as the
     * file wants it is not written, so repeating an import that did not finish goes on with what is
     * left.
     *
     * @param file the file; it is not closed
     * @param request how
     * @param order who orders it
     * @param progress is told how far it is
     * @return what became of it, faults of the file among it
     * @throws IOException if the stream fails
     * @throws IllegalArgumentException if the directory refuses it; the message names the
     *     subscriber
     * @throws IllegalStateException if another import goes on at this node, and then nothing of
     *     this one is read; or if the store of the directory fails
     */
    ImportResult importSubscribers(
            InputStream file, ImportRequest request, Order order, ImportProgress progress)
            throws IOException;

    /**
     * Exports subscribers. Importing the result changes nothing.
     *
     * @param out where to; it is flushed, not closed
     * @param format how it is to be written
     * @param which whom
     * @return how many they are
     * @throws IOException if it cannot be written
     */
    int exportSubscribers(Writer out, FileFormat format, Predicate<Subscriber> which)
            throws IOException;
}
