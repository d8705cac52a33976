package org.postern.provisioning;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.postern.policy.Attachment;
import org.postern.policy.Infrastructure;
import org.postern.policy.Mode;
import org.postern.policy.Notation;
import org.postern.policy.Subscriber;

/** What a file says of one subscriber, field by field; strict, since it would be enforced. */
final class SubscriberFields implements RecordForm.Fields {
    static final String ID = "id";
    static final String CLASS = "class";
    static final String ATTACHMENTS = "attachments";
    static final String PREFIXES = "prefixes";
    static final String MACS = "macs";
    static final String MODE = "mode";

    static final List<String> NAMES = List.of(ID, CLASS, ATTACHMENTS, PREFIXES, MACS, MODE);

    /** Those of several values. */
    static final Set<String> LISTS = Set.of(ATTACHMENTS, PREFIXES, MACS);

    /** Any place: an identifier can be judged only in a subscriber that has one. */
    private static final Attachment ANYWHERE = Attachment.parse("of:0000000000000001/1");

    private final Infrastructure infrastructure;
    private final Reading reading;
    private final long line;
    private final String place;
    private final int index;
    private String id;
    private String serviceClass;
    private Mode mode = Mode.ENFORCE;
    private final Set<Attachment> attachments = new LinkedHashSet<>();
    private final Set<IpPrefix> prefixes = new LinkedHashSet<>();
    private final Set<MacAddress> macs = new LinkedHashSet<>();
    private final int faultsBefore;

    /**
     * Starts a subscriber.
     *
     * @param infrastructure what classes there are
     * @param reading is told what is wrong, and takes the subscriber
     * @param line where it begins
     * @param place what else tells where, or empty
     * @param index of the subscriber in a list of JSON, or {@link Fault#NO_LIST}
     */
    SubscriberFields(
            Infrastructure infrastructure, Reading reading, long line, String place, int index) {
        this.infrastructure = infrastructure;
        this.reading = reading;
        this.line = line;
        this.place = place;
        this.index = index;
        this.faultsBefore = reading.faultCount();
    }

    @Override
    public String take(String field, String value) throws UnreadableFileException {
        if (LISTS.contains(field)) {
            reading.beginValue();
        }
        switch (field) {
            case ID:
                id = value;
                return wrong(value, text -> Subscriber.builder(text).attachedAt(ANYWHERE).build());
            case CLASS:
                serviceClass = value;
                return wrong(value, infrastructure::classNamed);
            case MODE:
                return wrong(value, text -> mode = Notation.mode(text));
            case ATTACHMENTS:
                return taken(attachments, value, Attachment::parse);
            case PREFIXES:
                return taken(prefixes, value, Notation::prefix);
            default:
                return taken(macs, value, Notation::mac);
        }
    }

    /** What files of subscribers have. */
    static RecordForm form(Infrastructure infrastructure, Reading reading) {
        return new Form(infrastructure, reading);
    }

    /** What files of subscribers have. */
    private static final class Form implements RecordForm {
        private final Infrastructure infrastructure;
        private final Reading reading;

        private Form(Infrastructure infrastructure, Reading reading) {
            this.infrastructure = infrastructure;
            this.reading = reading;
        }

        @Override
        public String one() {
            return "subscriber";
        }

        @Override
        public List<String> fields() {
            return NAMES;
        }

        @Override
        public Set<String> lists() {
            return LISTS;
        }

        @Override
        public Map<String, List<String>> objects() {
            return Map.of();
        }

        @Override
        public List<String> required() {
            return List.of(ID, ATTACHMENTS);
        }

        @Override
        public String csvExample() {
            return "id,class,attachments,prefixes,macs,mode";
        }

        @Override
        public String jsonExample() {
            return "{\"id\": \"r1\", \"class\": \"residential\", \"attachments\":"
                    + " [\"of:0000000000000001/1\"], \"prefixes\": [], \"macs\": []}";
        }

        @Override
        public Fields begin(long line, String place, int index) {
            return new SubscriberFields(infrastructure, reading, line, place, index);
        }
    }

    private static <T> String taken(Set<T> values, String value, Function<String, T> read) {
        boolean[] added = {false};
        String wrong = wrong(value, text -> added[0] = values.add(read.apply(text)));
        return wrong != null || added[0]
                ? wrong
                : "\"" + Fault.abridged(value) + "\" is there twice: give it once";
    }

    private static String wrong(String value, Consumer<String> check) {
        try {
            check.accept(value);
            return null;
        } catch (IllegalArgumentException e) {
            return e.getMessage().replace(value, Fault.abridged(value));
        }
    }

    @Override
    public void end() {
        if (id == null) {
            refuse(null, null, "field \"id\" is missing");
        }
        if (reading.faultCount() > faultsBefore) {
            if (id != null) {
                reading.take(id, new Reading.Owner(id, line));
            }
            return;
        }
        try {
            Subscriber.Builder builder = Subscriber.builder(id).mode(mode);
            if (serviceClass != null) {
                builder.serviceClass(serviceClass);
            }
            attachments.forEach(builder::attachedAt);
            prefixes.forEach(builder::prefix);
            macs.forEach(builder::mac);
            Subscriber subscriber = builder.build();
            takeAll(ID, "id", Set.of(id));
            takeAll(ATTACHMENTS, "attachment", subscriber.attachments());
            takeAll(PREFIXES, "prefix", subscriber.prefixes());
            takeAll(MACS, "MAC", subscriber.macs());
            reading.add(subscriber);
        } catch (IllegalArgumentException e) {
            refuse(null, null, e.getMessage());
        }
    }

    private void takeAll(String field, String what, Set<?> values) {
        Reading.Owner owner = new Reading.Owner(id, line);
        for (Object value : values) {
            reading.take(value, owner)
                    .ifPresent(
                            other ->
                                    refuse(
                                            field,
                                            value.toString(),
                                            what
                                                    + " \""
                                                    + value
                                                    + "\" is "
                                                    + other
                                                    + " already: give it to one only"));
        }
    }

    private void refuse(String field, String value, String message) {
        reading.add(new Fault(line, place, field, value, message, index));
    }
}
