package org.postern.provisioning;

import java.util.Objects;

/** How a file is to be imported. Immutable. */
public final class ImportRequest {
    private final FileFormat format;
    private final boolean dryRun;
    private final boolean mirror;
    private final boolean forced;

    private ImportRequest(FileFormat format, boolean dryRun, boolean mirror, boolean forced) {
        this.format = Objects.requireNonNull(format);
        this.dryRun = dryRun;
        this.mirror = mirror;
        this.forced = forced;
    }

    /**
     * Asks for an import that adds and changes subscribers.
     *
     * @param format how the file is written
     * @return a request that is guarded, and removes nobody
     */
    public static ImportRequest of(FileFormat format) {
        return new ImportRequest(format, false, false, false);
    }

    /**
     * Asks to change nothing, but to tell what would be changed.
     *
     * @param wanted whether that is asked for
     * @return the request
     */
    public ImportRequest dryRun(boolean wanted) {
        return new ImportRequest(format, wanted, mirror, forced);
    }

    /**
     * Asks to remove who is not in the file.
     *
     * @param wanted whether that is asked for
     * @return the request
     */
    public ImportRequest mirror(boolean wanted) {
        return new ImportRequest(format, dryRun, wanted, forced);
    }

    /**
     * Asks to do it however many are opened or cut off.
     *
     * @param wanted whether that is asked for
     * @return the request
     */
    public ImportRequest forced(boolean wanted) {
        return new ImportRequest(format, dryRun, mirror, wanted);
    }

    FileFormat format() {
        return format;
    }

    boolean isDryRun() {
        return dryRun;
    }

    boolean isMirror() {
        return mirror;
    }

    boolean isForced() {
        return forced;
    }
}
