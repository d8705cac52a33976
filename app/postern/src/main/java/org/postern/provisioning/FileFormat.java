package org.postern.provisioning;

import java.util.Locale;

/** How a file is written. */
public enum FileFormat {
    /** A header line that names the columns, and a line for each record (RFC 4180, UTF-8). */
    CSV("text/csv"),
    /** A list of objects (RFC 8259). */
    JSON("application/json");

    private final String mediaType;

    FileFormat(String mediaType) {
        this.mediaType = mediaType;
    }

    /**
     * Returns the name.
     *
     * @return {@code csv} or {@code json}
     */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Returns the media type.
     *
     * @return without parameters
     */
    public String mediaType() {
        return mediaType;
    }

    /**
     * Finds a format by its name.
     *
     * @param text {@code csv} or {@code json}
     * @return the format
     * @throws IllegalArgumentException if it is something else
     */
    public static FileFormat of(String text) {
        for (FileFormat format : values()) {
            if (format.text().equals(text.toLowerCase(Locale.ROOT))) {
                return format;
            }
        }
        throw new IllegalArgumentException("format \"" + text + "\" is unknown: use csv or json");
    }

    /**
     * Tells a format by how a file's name ends.
     *
     * @param file name or path of a file
     * @return CSV for {@code .csv}, else JSON
     */
    public static FileFormat ofFile(String file) {
        return file.toLowerCase(Locale.ROOT).endsWith(".csv") ? CSV : JSON;
    }
}
