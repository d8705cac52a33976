package org.postern.provisioning;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/** What is wrong in a file, and where. Immutable. */
public final class Fault {
    /** A longer value is quoted in part. Characters. */
    private static final int QUOTED = 80;

    /** Index of a record that is in no list of JSON. */
    static final int NO_LIST = -1;

    private final long line;
    private final String place;
    private final String field;
    private final String value;
    private final String message;
    private final int index;

    /**
     * Creates a fault of a file that is no list of records, or not read as one.
     *
     * @param line of the file, from 1
     * @param place what else tells where, such as {@code column 3}; empty if nothing does
     * @param field of the record, or null
     * @param value as it is written in the file, or null
     * @param message what is wrong, and what to do
     */
    Fault(long line, String place, String field, String value, String message) {
        this(line, place, field, value, message, NO_LIST);
    }

    /**
     * Creates a fault.
     *
     * @param line of the file, from 1
     * @param place what else tells where, such as {@code column 3}; empty if nothing does
     * @param field of the record, or null
     * @param value as it is written in the file, or null
     * @param message what is wrong, and what to do
     * @param index of the record in a list of JSON, from 0; {@link #NO_LIST} if it is none's
     */
    Fault(long line, String place, String field, String value, String message, int index) {
        this.index = index;
        this.line = line;
        this.place = place;
        this.field = field;
        this.value = value == null ? null : abridged(value);
        this.message = message;
    }

    static String abridged(String text) {
        return text.length() <= QUOTED ? text : text.substring(0, QUOTED) + "...";
    }

    /**
     * Returns the line.
     *
     * @return from 1
     */
    public long line() {
        return line;
    }

    /**
     * Returns which field it is about.
     *
     * @return its name, with its index if it is one of several; empty if it is about the whole line
     */
    public Optional<String> field() {
        return Optional.ofNullable(field);
    }

    /**
     * Points to it in a file of JSON (RFC 6901).
     *
     * @return such as {@code /0/attachments/1}; empty if the file is none, or it is not one
     *     record's
     */
    public Optional<String> pointer() {
        return index == NO_LIST
                ? Optional.empty()
                : Optional.of(
                        "/"
                                + index
                                + (field == null
                                        ? ""
                                        : "/"
                                                + field.replace("[", "/")
                                                        .replace("]", "")
                                                        .replace('.', '/')));
    }

    /**
     * Returns what is written there.
     *
     * @return the beginning of it; empty if it is about the whole line
     */
    public Optional<String> value() {
        return Optional.ofNullable(value);
    }

    /**
     * Returns what is wrong.
     *
     * @return one line that says what to do, too
     */
    public String message() {
        return message;
    }

    /**
     * Returns the fault for programs.
     *
     * @return an object of {@code line}, {@code field}, {@code value} and {@code message}
     */
    public ObjectNode toJson() {
        return JsonNodeFactory.instance
                .objectNode()
                .put("line", line)
                .put("field", field)
                .put("value", value)
                .put("message", message);
    }

    @Override
    public String toString() {
        return "line "
                + line
                + (place.isEmpty() ? "" : ", " + place)
                + ": "
                + (field == null ? "" : "field \"" + field + "\": ")
                + message;
    }
}
