package org.postern.provisioning;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Reads a JSON list of records: unknown, repeated and mistyped fields are refused. */
final class JsonRecords {
    /** Names come from the file: they must not pile up in the controller. */
    private static final JsonFactory FACTORY =
            JsonFactory.builder()
                    .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                    .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                    .build();

    private final RecordForm form;
    private final FileReading reading;
    private final Utf8Reader in;
    private final JsonParser json;
    private int index = Fault.NO_LIST;

    private JsonRecords(RecordForm form, FileReading reading, Utf8Reader in, JsonParser json) {
        this.form = form;
        this.reading = reading;
        this.in = in;
        this.json = json;
    }

    static void read(Utf8Reader in, RecordForm form, FileReading reading) throws IOException {
        try (JsonParser json = FACTORY.createParser(in)) {
            JsonRecords list = new JsonRecords(form, reading, in, json);
            try {
                list.list();
            } catch (JsonProcessingException e) {
                list.end(
                        e.getLocation(),
                        "this is not JSON: " + e.getOriginalMessage() + "; the rest was not read");
            } catch (UnreadableFileException e) {
                list.end(json.getCurrentLocation(), e.getMessage());
            }
        }
    }

    private void list() throws IOException {
        JsonToken first = json.nextToken();
        if (first != JsonToken.START_ARRAY) {
            refuse(
                    (first == null ? "the file is empty" : "the file must be a list")
                            + ": use a JSON list of objects such as "
                            + form.jsonExample());
            return;
        }
        while (json.nextToken() != JsonToken.END_ARRAY) {
            index++;
            reading.begin();
            if (json.currentToken() == JsonToken.START_OBJECT) {
                record();
            } else {
                refuse("value " + value() + " is not an object: " + names());
                json.skipChildren();
            }
            in.recordEnded();
        }
        int count = index;
        index = Fault.NO_LIST;
        if (count < 0) {
            refuse("the list is empty: name at least one " + form.one());
        }
        if (json.nextToken() != null) {
            refuse("there is more after the list: use one JSON list");
        }
    }

    private void record() throws IOException {
        JsonLocation at = json.getTokenLocation();
        RecordForm.Fields fields = form.begin(at.getLineNr(), place(at), index);
        Set<String> seen = new HashSet<>();
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String field = json.getCurrentName();
            JsonLocation there = json.getTokenLocation();
            json.nextToken();
            if (!form.fields().contains(field) && !form.objects().containsKey(field)) {
                refuse(
                        there,
                        null,
                        null,
                        "field \"" + Fault.abridged(field) + "\" is unknown: " + names());
                json.skipChildren();
            } else if (!seen.add(field)) {
                refuse(there, null, null, "field \"" + field + "\" is there twice: give it once");
                json.skipChildren();
            } else if (form.lists().contains(field)) {
                texts(field, fields);
            } else if (form.objects().containsKey(field)) {
                object(field, fields);
            } else {
                text(field, field, fields);
            }
        }
        fields.end();
    }

    private String names() {
        List<String> names = new ArrayList<>(form.fields());
        names.addAll(form.objects().keySet());
        return "the fields are " + String.join(", ", names);
    }

    private void object(String name, RecordForm.Fields fields) throws IOException {
        if (json.currentToken() != JsonToken.START_OBJECT) {
            refuseValue(name, "is not an object: give an object of strings");
            json.skipChildren();
            return;
        }
        Set<String> seen = new HashSet<>();
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String field = json.getCurrentName();
            JsonLocation there = json.getTokenLocation();
            String told = name + "." + field;
            json.nextToken();
            if (!form.objects().get(name).contains(field)) {
                refuse(
                        there,
                        name,
                        null,
                        "\""
                                + Fault.abridged(field)
                                + "\" is unknown: it has "
                                + String.join(", ", form.objects().get(name)));
                json.skipChildren();
            } else if (!seen.add(field)) {
                refuse(there, told, null, "it is there twice: give it once");
                json.skipChildren();
            } else {
                text(field, told, fields);
            }
        }
    }

    private void texts(String field, RecordForm.Fields fields) throws IOException {
        if (json.currentToken() != JsonToken.START_ARRAY) {
            refuseValue(field, "is not a list: give a list of strings");
            json.skipChildren();
            return;
        }
        for (int i = 0; json.nextToken() != JsonToken.END_ARRAY; i++) {
            text(field, field + "[" + i + "]", fields);
        }
    }

    private void text(String field, String told, RecordForm.Fields fields) throws IOException {
        if (json.currentToken() != JsonToken.VALUE_STRING) {
            refuseValue(told, "is not a string: give a string in quotation marks");
            json.skipChildren();
            return;
        }
        String text = json.getText();
        String wrong = fields.take(field, text);
        if (wrong != null) {
            refuse(json.getTokenLocation(), told, text, wrong);
        }
    }

    private String value() throws IOException {
        if (json.currentToken().isStructStart()) {
            return json.currentToken() == JsonToken.START_ARRAY ? "[...]" : "{...}";
        }
        return Fault.abridged(
                json.currentToken() == JsonToken.VALUE_STRING
                        ? "\"" + json.getText() + "\""
                        : json.getText());
    }

    private void refuseValue(String field, String what) throws IOException {
        String value = value();
        refuse(json.getTokenLocation(), field, value, "value " + value + " " + what);
    }

    private void refuse(String message) {
        refuse(json.getTokenLocation(), null, null, message);
    }

    private void refuse(JsonLocation at, String field, String value, String message) {
        reading.add(fault(at, field, value, message));
    }

    private void end(JsonLocation at, String message) {
        reading.end(fault(at, null, null, message));
    }

    private Fault fault(JsonLocation at, String field, String value, String message) {
        return new Fault(Math.max(1, at.getLineNr()), place(at), field, value, message, index);
    }

    private String place(JsonLocation at) {
        return "column "
                + Math.max(1, at.getColumnNr())
                + (index < 0 ? "" : ", " + form.one() + " [" + index + "]");
    }
}
