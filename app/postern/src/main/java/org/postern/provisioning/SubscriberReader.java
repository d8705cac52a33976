package org.postern.provisioning;

import java.io.IOException;
import java.io.InputStream;
import org.postern.policy.Infrastructure;

/** Reads files of subscribers, wholly or not at all. */
public final class SubscriberReader {
    private SubscriberReader() {}

    /**
     * Reads a file.
     *
     * @param in the file; it is not closed
     * @param format how it is written
     * @param infrastructure what classes there are
     * @param most how many subscribers there may be; what comes behind is not read
     * @return subscribers, no two of which share an identifier, attachment, prefix or MAC; or what
     *     is wrong
     * @throws IOException if the stream fails
     */
    public static Reading read(
            InputStream in, FileFormat format, Infrastructure infrastructure, int most)
            throws IOException {
        Reading reading = new Reading(most);
        reading.read(in, format, SubscriberFields.form(infrastructure, reading));
        return reading;
    }
}
