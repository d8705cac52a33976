package org.postern.provisioning;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What the records of a file are, and of what fields each is made. */
interface RecordForm {
    /** What one is called. */
    String one();

    /** Fields of texts, and of lists of texts. */
    List<String> fields();

    /** Those fields that have several values. */
    Set<String> lists();

    /** Objects of texts in JSON, with what each may have; in CSV all of that are columns. */
    Map<String, List<String>> objects();

    /** What must be a column of CSV. */
    List<String> required();

    /** A line that names columns. */
    String csvExample();

    /** An object. */
    String jsonExample();

    /**
     * Begins a record.
     *
     * @param line where it begins
     * @param place what else tells where, or empty
     * @param index in a list of JSON, or {@link Fault#NO_LIST}
     */
    Fields begin(long line, String place, int index);

    /** All that a line of CSV can have. */
    default List<String> columns() {
        List<String> columns = new ArrayList<>(fields());
        objects().values().forEach(columns::addAll);
        return columns;
    }

    /** What a file says of one record, field by field. */
    interface Fields {
        /**
         * Takes a value; returns what is wrong with it, or null.
         *
         * @throws UnreadableFileException if the file has too many
         */
        String take(String field, String value) throws UnreadableFileException;

        /** The record is complete: it is kept, or what is wrong with it is told. */
        void end();
    }
}
