package org.postern.provisioning;

import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.util.function.Predicate;
import org.postern.audit.Order;
import org.postern.policy.Exemption;

/** Imports and exports many exemptions at once. */
public interface ExemptionProvisioningService {
    /**
     * Imports a file: all of it or nothing, and one file of exemptions at a time. What is as the
     * file wants it is not written, so repeating an import that did not finish goes on with what is
     * left. Exemptions that are not in the file stay.
     *
     * @param file the file; it is not closed
     * @param request how; nothing is mirrored
     * @param order who orders it
     * @param progress is told how far it is
     * @return what became of it; faults of the file, and what the rules of exemptions refuse, among
     *     it
     * @throws IOException if the stream fails
     * @throws IllegalArgumentException if it is to be mirrored; or if one is refused by what was
     *     changed since the file was checked
     * @throws IllegalStateException if another import of exemptions goes on at this node, and then
     *     nothing of this one is read; or if the store fails
     */
    ExemptionImportResult importExemptions(
            InputStream file, ImportRequest request, Order order, ImportProgress progress)
            throws IOException;

    /**
     * Exports exemptions. Importing the result changes nothing.
     *
     * @param out where to; it is flushed, not closed
     * @param format how it is to be written
     * @param which which
     * @return how many they are
     * @throws IOException if it cannot be written
     */
    int exportExemptions(Writer out, FileFormat format, Predicate<Exemption> which)
            throws IOException;
}
