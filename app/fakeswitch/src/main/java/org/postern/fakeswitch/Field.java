package org.postern.fakeswitch;

/**
 * What a rule can look at, each at most 64 bits wide. ICMPv6 type shares {@link #L4_SRC} with the
 * TCP and UDP ports because Open vSwitch keeps it there ({@code tp_src}): that is why a fragment's
 * ICMPv6 type reads 0 too.
 */
enum Field {
    IN_PORT(32),
    METADATA(64),
    ETH_DST(48),
    ETH_SRC(48),
    ETH_TYPE(16),
    /** Twelve bits of VLAN number and, above them, OpenFlow's "a tag is present" bit. */
    VLAN_VID(13),
    /**
     * The second tag, as {@link #VLAN_VID}; no rule can ask for it before the first one is popped.
     */
    INNER_VLAN(13),
    IP_PROTO(8),
    IPV4_SRC(32),
    IPV4_DST(32),
    IPV6_SRC_HIGH(64),
    IPV6_SRC_LOW(64),
    IPV6_DST_HIGH(64),
    IPV6_DST_LOW(64),
    L4_SRC(16),
    L4_DST(16),
    ARP_OP(16),
    ARP_SPA(32),
    ARP_SHA(48),
    ND_TARGET_HIGH(64),
    ND_TARGET_LOW(64);

    private static final int LONG_BITS = 64;

    private final int bits;

    Field(int bits) {
        this.bits = bits;
    }

    /** All bits of this field. */
    long all() {
        return bits == LONG_BITS ? -1L : (1L << bits) - 1;
    }
}
