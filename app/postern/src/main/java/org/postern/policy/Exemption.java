package org.postern.policy;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.onlab.packet.IpPrefix;

/**
 * That a subscriber is exempted from what its class demands, for a time: its direct mail to any
 * host, or to named destinations, passes, or another class holds in place of its own. Immutable.
 */
public final class Exemption {
    /**
     * What may be noted of an exempted mail server: M3AAWG's and hosters' checklist. {@link
     * #REVIEW_DATE} is a date, everything else a line of text.
     */
    public static final Set<String> CHECKLIST =
            ImmutableSet.of(
                    "useCase",
                    "dailyVolume",
                    "sendingHost",
                    "ptrMatchesHelo",
                    "spf",
                    "dkim",
                    "dmarc",
                    "notOpenRelay",
                    "contact",
                    Exemption.REVIEW_DATE);

    /** Key of the day, as ISO 8601 writes it, on which the exemption is to be looked at again. */
    public static final String REVIEW_DATE = "reviewDate";

    /** Each is a rule in each attachment's switch; who needs more is exempted from everything. */
    private static final int MOST_DESTINATIONS = 64;

    /** Characters of a text, as of the reasons that are audited. */
    private static final int LONGEST = 200;

    private static final String LINE = "1 to " + LONGEST + " characters in one line";

    /** Ranges where no mail exchanger can be: RFC 6890, RFC 5771, RFC 4291. */
    private static final Map<IpPrefix, String> NO_HOSTS =
            ImmutableMap.<IpPrefix, String>builder()
                    .put(IpPrefix.valueOf("0.0.0.0/8"), "unspecified")
                    .put(IpPrefix.valueOf("127.0.0.0/8"), "loopback")
                    .put(IpPrefix.valueOf("169.254.0.0/16"), "link-local")
                    .put(IpPrefix.valueOf("224.0.0.0/4"), "multicast")
                    .put(IpPrefix.valueOf("255.255.255.255/32"), "broadcast")
                    .put(IpPrefix.valueOf("::/128"), "unspecified")
                    .put(IpPrefix.valueOf("::1/128"), "loopback")
                    .put(IpPrefix.valueOf("fe80::/10"), "link-local")
                    .put(IpPrefix.valueOf("ff00::/8"), "multicast")
                    .build();

    private final String id;
    private final String subscriber;
    private final ImmutableSet<IpPrefix> destinations;
    private final String serviceClass;
    private final String reason;
    private final String ticket;
    private final String by;
    private final Instant from;
    private final Instant until;
    private final ImmutableMap<String, String> checklist;

    private Exemption(Builder builder) {
        if (builder.id == null || !Subscriber.ID.matcher(builder.id).matches()) {
            throw new IllegalArgumentException(
                    "exemption id \""
                            + builder.id
                            + "\" is malformed: use 1 to 64 letters, digits and . _ @ : -, a letter or digit first");
        }
        id = builder.id;
        if (builder.subscriber == null || !Subscriber.ID.matcher(builder.subscriber).matches()) {
            throw malformed("subscriber", builder.subscriber, "give the id of a subscriber");
        }
        subscriber = builder.subscriber;
        if (builder.serviceClass != null
                && !ServiceClass.NAME.matcher(builder.serviceClass).matches()) {
            throw malformed("class", builder.serviceClass, "give the name of a class");
        }
        serviceClass = builder.serviceClass;
        destinations = ImmutableSet.copyOf(builder.destinations);
        checkDestinations();
        reason = line("reason", builder.reason);
        ticket = builder.ticket.trim().isEmpty() ? "" : line("ticket", builder.ticket);
        by = line("by", builder.by);
        if (builder.from == null || builder.until == null) {
            throw malformed(
                    builder.from == null ? "from" : "until",
                    null,
                    "an exemption has a beginning and an end");
        }
        if (!builder.from.isBefore(builder.until)) {
            throw malformed(
                    "until", builder.until, "it has to be later than from, " + builder.from);
        }
        from = builder.from;
        until = builder.until;
        ImmutableMap.Builder<String, String> notes = ImmutableMap.builder();
        builder.checklist.forEach((key, value) -> notes.put(key, noted(key, value)));
        checklist = notes.build();
    }

    private void checkDestinations() {
        if (serviceClass != null && !destinations.isEmpty()) {
            throw malformed(
                    "class",
                    serviceClass,
                    "an exemption has destinations, or a class in place of the subscriber's own, not both");
        }
        if (destinations.size() > MOST_DESTINATIONS) {
            throw malformed(
                    "destinations",
                    destinations.size() + " prefixes",
                    "name at most " + MOST_DESTINATIONS + ", or none to exempt it from everything");
        }
        for (IpPrefix destination : destinations) {
            if (destination.prefixLength() == 0) {
                throw malformed(
                        "destination",
                        destination,
                        "that is the whole Internet: name mail exchangers, or no destination");
            }
            for (Map.Entry<IpPrefix, String> range : NO_HOSTS.entrySet()) {
                if (Identification.overlapsAny(destination, Set.of(range.getKey()))) {
                    throw malformed(
                            "destination",
                            destination,
                            "it contains "
                                    + range.getValue()
                                    + " addresses, "
                                    + range.getKey()
                                    + ", where no mail exchanger is");
                }
            }
        }
    }

    private String noted(String key, String value) {
        String field = "checklist." + key;
        if (!CHECKLIST.contains(key)) {
            throw malformed(field, value, "the checklist has " + String.join(", ", CHECKLIST));
        }
        String text = line(field, value);
        if (key.equals(REVIEW_DATE)) {
            try {
                LocalDate.parse(text);
            } catch (DateTimeException e) {
                throw malformed(field, value, "give a date such as 2027-01-31");
            }
        }
        return text;
    }

    /** What is audited must not look like another entry. */
    private String line(String field, String value) {
        if (value == null
                || value.trim().isEmpty()
                || value.length() > LONGEST
                || value.chars().anyMatch(Character::isISOControl)) {
            throw malformed(field, value, "give " + LINE);
        }
        return value.trim();
    }

    private IllegalArgumentException malformed(String field, Object value, String advice) {
        String told = value == null ? " is missing: " : " \"" + shown(value) + "\" is refused: ";
        return new IllegalArgumentException("exemption " + id + ": " + field + told + advice);
    }

    /** Neither a long text nor a second line belongs in a message. */
    private static String shown(Object value) {
        String text = value.toString().replaceAll("\\p{Cntrl}", "?");
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
    }

    /**
     * Starts an exemption.
     *
     * @param id 1 to 64 letters, digits and {@code . _ @ : -}
     * @return a builder of an exemption from everything, without subscriber, reason and time
     */
    public static Builder builder(String id) {
        return new Builder(id);
    }

    /**
     * Starts from this exemption.
     *
     * @return a builder with everything this one has
     */
    public Builder toBuilder() {
        Builder builder = new Builder(id).subscriber(subscriber).serviceClass(serviceClass);
        builder.destinations.addAll(destinations);
        builder.checklist.putAll(checklist);
        return builder.reason(reason).ticket(ticket).by(by).from(from).until(until);
    }

    /**
     * Returns the identifier.
     *
     * @return 1 to 64 letters, digits and {@code . _ @ : -}
     */
    public String id() {
        return id;
    }

    /**
     * Returns who is exempted.
     *
     * @return identifier of a subscriber
     */
    public String subscriber() {
        return subscriber;
    }

    /**
     * Returns where direct mail may go.
     *
     * @return IPv4 and IPv6 prefixes; none if it may go anywhere, or {@link #serviceClass()} says
     *     what holds
     */
    public Set<IpPrefix> destinations() {
        return destinations;
    }

    /**
     * Returns the class in place of the subscriber's own.
     *
     * @return name of a class, which then says what holds; empty if this exempts from port 25 only
     */
    public Optional<String> serviceClass() {
        return Optional.ofNullable(serviceClass);
    }

    /**
     * Tells whether all direct mail passes.
     *
     * @return true if there are neither destinations nor a class
     */
    public boolean isOfAllMail() {
        return serviceClass == null && destinations.isEmpty();
    }

    /**
     * Returns why.
     *
     * @return 1 to 200 characters in one line
     */
    public String reason() {
        return reason;
    }

    /**
     * Returns under which ticket of the ISP's it was ordered.
     *
     * @return at most 200 characters in one line, empty if there is none
     */
    public String ticket() {
        return ticket;
    }

    /**
     * Returns who ordered it.
     *
     * @return 1 to 200 characters in one line
     */
    public String by() {
        return by;
    }

    /**
     * Returns when it begins.
     *
     * @return the first moment in which it is in force
     */
    public Instant from() {
        return from;
    }

    /**
     * Returns when it ends.
     *
     * @return the first moment in which it is no more in force, after {@link #from()}
     */
    public Instant until() {
        return until;
    }

    /**
     * Returns what was noted of the mail server.
     *
     * @return lines of 1 to 200 characters by keys of {@link #CHECKLIST}, possibly none
     */
    public Map<String, String> checklist() {
        return checklist;
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof Exemption)) {
            return false;
        }
        Exemption that = (Exemption) other;
        return id.equals(that.id)
                && subscriber.equals(that.subscriber)
                && destinations.equals(that.destinations)
                && Objects.equals(serviceClass, that.serviceClass)
                && reason.equals(that.reason)
                && ticket.equals(that.ticket)
                && by.equals(that.by)
                && from.equals(that.from)
                && until.equals(that.until)
                && checklist.equals(that.checklist);
    }

    @Override
    public int hashCode() {
        return id.hashCode();
    }

    @Override
    public String toString() {
        String what = "direct mail";
        if (serviceClass != null) {
            what = "class " + serviceClass;
        } else if (!destinations.isEmpty()) {
            what = "direct mail to " + destinations;
        }
        return id + "(" + subscriber + ": " + what + ", " + from + " to " + until + ")";
    }

    /** Collects what an exemption is made of. */
    public static final class Builder {
        private final String id;
        private String subscriber;
        private final Set<IpPrefix> destinations = new LinkedHashSet<>();
        private String serviceClass;
        private String reason;
        private String ticket = "";
        private String by;
        private Instant from;
        private Instant until;
        private final Map<String, String> checklist = new LinkedHashMap<>();

        private Builder(String id) {
            this.id = id;
        }

        /**
         * Sets who is exempted.
         *
         * @param value identifier of a subscriber
         * @return this builder
         */
        public Builder subscriber(String value) {
            subscriber = value;
            return this;
        }

        /**
         * Adds where direct mail may go; without any it may go anywhere.
         *
         * @param prefix an IPv4 or IPv6 prefix of mail exchangers, not /0, nor of addresses that no
         *     host has
         * @return this builder
         */
        public Builder destination(IpPrefix prefix) {
            destinations.add(Objects.requireNonNull(prefix));
            return this;
        }

        /**
         * Sets the class in place of the subscriber's own.
         *
         * @param name name of a class, or null to exempt from port 25 only
         * @return this builder
         */
        public Builder serviceClass(String name) {
            serviceClass = name;
            return this;
        }

        /**
         * Sets why.
         *
         * @param value 1 to 200 characters in one line
         * @return this builder
         */
        public Builder reason(String value) {
            reason = value;
            return this;
        }

        /**
         * Sets under which ticket it was ordered.
         *
         * @param value at most 200 characters in one line; empty for none
         * @return this builder
         */
        public Builder ticket(String value) {
            ticket = Objects.requireNonNull(value);
            return this;
        }

        /**
         * Sets who ordered it.
         *
         * @param user 1 to 200 characters in one line
         * @return this builder
         */
        public Builder by(String user) {
            by = user;
            return this;
        }

        /**
         * Sets when it begins.
         *
         * @param moment the first moment in which it is in force
         * @return this builder
         */
        public Builder from(Instant moment) {
            from = moment;
            return this;
        }

        /**
         * Sets when it ends.
         *
         * @param moment the first moment in which it is no more in force
         * @return this builder
         */
        public Builder until(Instant moment) {
            until = moment;
            return this;
        }

        /**
         * Notes something of the mail server.
         *
         * @param key one of {@link #CHECKLIST}
         * @param value 1 to 200 characters in one line; a date for {@link #REVIEW_DATE}
         * @return this builder
         */
        public Builder note(String key, String value) {
            checklist.put(key, value);
            return this;
        }

        /**
         * Makes the exemption.
         *
         * @return the exemption
         * @throws IllegalArgumentException naming the field that is malformed or missing, its value
         *     and what to give
         */
        public Exemption build() {
            return new Exemption(this);
        }
    }
}
