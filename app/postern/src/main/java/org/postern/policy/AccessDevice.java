package org.postern.policy;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import org.onosproject.net.DeviceId;
import org.onosproject.net.PortNumber;

/** A subscriber-facing switch and the roles of its ports. Immutable. */
public final class AccessDevice {
    private final DeviceId id;
    private final ImmutableSortedMap<PortNumber, PortRole> roles;
    private final String chain;
    private final Mode mode;
    private final ImmutableSortedSet<Integer> etherTypes;
    private final int outerTag;
    private final SingleTable singleTable;
    private final OptionalInt ruleLimit;

    /**
     * Creates an access device.
     *
     * @param id the device
     * @param roles role of each port that the configuration names
     * @param chain name of the ring or daisy chain that its transit ports belong to
     */
    public AccessDevice(DeviceId id, Map<PortNumber, PortRole> roles, String chain) {
        this(id, roles, chain, Mode.ENFORCE, Set.of());
    }

    /**
     * Creates an access device.
     *
     * @param id the device
     * @param roles role of each port that the configuration names
     * @param chain name of the ring or daisy chain that its transit ports belong to
     * @param mode whether anything is enforced on it
     * @param etherTypes Ethernet types that pass from access ports beside {@link
     *     EtherTypes#ALLOWED}
     */
    public AccessDevice(
            DeviceId id,
            Map<PortNumber, PortRole> roles,
            String chain,
            Mode mode,
            Set<Integer> etherTypes) {
        this.id = Objects.requireNonNull(id);
        this.roles = ImmutableSortedMap.copyOf(roles, Comparator.comparingLong(PortNumber::toLong));
        this.chain = Objects.requireNonNull(chain);
        this.mode = Objects.requireNonNull(mode);
        this.etherTypes = ImmutableSortedSet.copyOf(etherTypes);
        this.outerTag = EtherTypes.SERVICE_TAG;
        this.singleTable = null;
        this.ruleLimit = OptionalInt.empty();
    }

    private AccessDevice(
            AccessDevice other, SingleTable singleTable, OptionalInt ruleLimit, int outerTag) {
        this.id = other.id;
        this.roles = other.roles;
        this.chain = other.chain;
        this.mode = other.mode;
        this.etherTypes = other.etherTypes;
        this.outerTag = outerTag;
        this.singleTable = singleTable;
        this.ruleLimit = ruleLimit;
    }

    /**
     * Returns the same device with the policy in its one table.
     *
     * @param ways its ways out; empty if Postern's tables stand in front
     * @return the device
     */
    public AccessDevice withSingleTable(Optional<SingleTable> ways) {
        return new AccessDevice(this, ways.orElse(null), ruleLimit, outerTag);
    }

    /**
     * Returns how the policy is put on the device.
     *
     * @return the backend
     */
    public Backend backend() {
        return singleTable == null ? Backend.FRONT_TABLE : Backend.SINGLE_TABLE;
    }

    /**
     * Returns the ways out of a device with one table.
     *
     * @return empty for {@link Backend#FRONT_TABLE}
     */
    public Optional<SingleTable> singleTable() {
        return Optional.ofNullable(singleTable);
    }

    /**
     * Returns the same device with another type of the outer of two VLAN tags.
     *
     * @param type 0x88a8 or 0x8100
     * @return the device
     */
    public AccessDevice withOuterTag(int type) {
        return new AccessDevice(this, singleTable, ruleLimit, type);
    }

    /**
     * Returns the same device with a limit of rules.
     *
     * @param limit most rules that Postern may have in one of its tables, 1 or more; empty for as
     *     many as it takes
     * @return the device
     */
    public AccessDevice withRuleLimit(OptionalInt limit) {
        return new AccessDevice(this, singleTable, limit, outerTag);
    }

    /**
     * Returns the limit of rules.
     *
     * @return most rules that Postern may have in one of its tables; empty for as many as it takes
     */
    public OptionalInt ruleLimit() {
        return ruleLimit;
    }

    /**
     * Returns whether anything is enforced.
     *
     * @return the mode
     */
    public Mode mode() {
        return mode;
    }

    /**
     * Returns the Ethernet types that pass from access ports.
     *
     * @return {@link EtherTypes#ALLOWED} and those configured, in ascending order
     */
    public Set<Integer> etherTypes() {
        return ImmutableSortedSet.<Integer>naturalOrder()
                .addAll(EtherTypes.ALLOWED)
                .addAll(etherTypes)
                .build();
    }

    /**
     * Returns the type of the outer of two VLAN tags of access ports.
     *
     * @return 0x88a8 (IEEE 802.1ad) or 0x8100 (IEEE 802.1Q)
     */
    public int outerTag() {
        return outerTag;
    }

    /**
     * Returns the device.
     *
     * @return its identifier
     */
    public DeviceId id() {
        return id;
    }

    /**
     * Returns the role of a port.
     *
     * @param port any port number
     * @return its role; {@link PortRole#ACCESS} for a port that the configuration does not name
     */
    public PortRole roleOf(PortNumber port) {
        return roles.getOrDefault(port, PortRole.ACCESS);
    }

    /**
     * Lists the ports that the configuration gives a role.
     *
     * @param role the role asked for
     * @return port numbers in ascending order
     */
    public List<PortNumber> ports(PortRole role) {
        return roles.entrySet().stream()
                .filter(e -> e.getValue() == role)
                .map(Map.Entry::getKey)
                .collect(Collectors.toUnmodifiableList());
    }

    /**
     * Lists all ports that the configuration names.
     *
     * @return roles by port number, ascending
     */
    public Map<PortNumber, PortRole> roles() {
        return roles;
    }

    /**
     * Tells whether packets for subscribers of the given device may pass through this one: they are
     * the same, or both have transit ports of one chain.
     *
     * @param other another access device, or this one
     * @return true if this device may carry the other's traffic
     */
    public boolean carriesTrafficOf(AccessDevice other) {
        return id.equals(other.id)
                || hasTransit() && other.hasTransit() && chain.equals(other.chain);
    }

    /** Whether it is part of a ring or daisy chain. */
    boolean hasTransit() {
        return roles.containsValue(PortRole.TRANSIT);
    }

    /**
     * Returns the ring or daisy chain.
     *
     * @return its name; {@code default} where the configuration names none
     */
    public String chain() {
        return chain;
    }

    @Override
    public boolean equals(Object other) {
        if (this == other) {
            return true;
        }
        if (!(other instanceof AccessDevice)) {
            return false;
        }
        AccessDevice that = (AccessDevice) other;
        return id.equals(that.id)
                && roles.equals(that.roles)
                && chain.equals(that.chain)
                && mode == that.mode
                && etherTypes.equals(that.etherTypes)
                && outerTag == that.outerTag
                && Objects.equals(singleTable, that.singleTable)
                && ruleLimit.equals(that.ruleLimit);
    }

    @Override
    public int hashCode() {
        return Objects.hash(id, roles, chain);
    }

    @Override
    public String toString() {
        return id + roles.toString();
    }
}
