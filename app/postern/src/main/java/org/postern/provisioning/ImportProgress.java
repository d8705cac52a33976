package org.postern.provisioning;

/** Is told how far an import is, by several threads. */
@FunctionalInterface
public interface ImportProgress {
    /** Nobody wants to know. */
    ImportProgress UNTOLD = (phase, done, all) -> {};

    /** What an import does, one after the other. */
    enum Phase {
        /** The file is read. */
        READING,
        /** What the file says is compared with the directory and checked. */
        CHECKING,
        /** What differs is written. */
        WRITING
    }

    /**
     * Tells how far it is.
     *
     * @param phase what is done at present
     * @param done how many subscribers are written; 0 before that
     * @param all how many are checked or written; 0 while the file is read
     */
    void reached(Phase phase, int done, int all);
}
