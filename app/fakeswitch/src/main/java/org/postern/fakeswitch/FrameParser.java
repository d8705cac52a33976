package org.postern.fakeswitch;

/**
 * Reads a frame from front to back the way Open vSwitch 3.1 does, with the same checks in the same
 * order, since what a damaged or unusual frame looks like to a rule is what decides whether it
 * slips through. Used once for one frame.
 */
final class FrameParser {
    static final int IPV4 = 0x0800;
    static final int ARP = 0x0806;
    static final int RARP = 0x8035;
    static final int IPV6 = 0x86dd;
    static final int VLAN = 0x8100;
    static final int VLAN_SERVICE = 0x88a8;

    /** What Open vSwitch shows for a frame without an Ethernet type (802.2 other than SNAP). */
    static final int NO_ETHER_TYPE = 0x05ff;

    static final int HOP_BY_HOP = 0;
    static final int ICMP = 1;
    static final int IGMP = 2;
    static final int TCP = 6;
    static final int UDP = 17;
    static final int ROUTING = 43;
    static final int FRAGMENT = 44;
    static final int AUTHENTICATION = 51;
    static final int ICMPV6 = 58;
    static final int DESTINATION_OPTIONS = 60;
    static final int SCTP = 132;
    static final int NEIGHBOUR_SOLICITATION = 135;
    static final int NEIGHBOUR_ADVERTISEMENT = 136;

    /** Below this the type field is an 802.3 length. */
    private static final int LOWEST_ETHER_TYPE = 0x600;

    private static final int SNAP_HEADER = 8;
    private static final int IPV4_HEADER = 20;
    private static final int IPV6_HEADER = 40;
    private static final int ARP_LENGTH = 28;
    private static final int TCP_HEADER = 20;
    private static final int SCTP_HEADER = 12;
    private static final int SHORT_L4_HEADER = 8;
    private static final int LOWEST_EXTENSION = 8;
    private static final int MORE_OR_OFFSET = 0x3fff;
    private static final int OFFSET = 0x1fff;
    private static final int IPV6_OFFSET = 0xfff8;
    private static final int ND_SOURCE_OPTION = 1;
    private static final int ND_TARGET_OPTION = 2;

    private final byte[] data;
    private final int vlanLimit;
    private final long[] values = new long[Field.values().length];
    private int position;

    /**
     * Bytes still to be read; less than what the frame has once an IP length has cut off the
     * padding.
     */
    private int size;

    private boolean fragment;
    private boolean laterFragment;
    private int transport;

    /**
     * Reads a frame.
     *
     * @param vlanLimit how many tags are looked behind
     */
    FrameParser(byte[] data, int vlanLimit) {
        this.data = data;
        this.vlanLimit = vlanLimit;
        this.size = data.length;
    }

    FlowKey parse() {
        if (size >= Packet.ETHERNET_HEADER) {
            ethernet();
        }
        return new FlowKey(values, fragment, laterFragment);
    }

    private void ethernet() {
        set(Field.ETH_DST, mac(0));
        set(Field.ETH_SRC, mac(6));
        pull(12);
        // Not more tags than the limit, and none that is cut off: then the tag's own type stays the
        // Ethernet type.
        for (int tags = 0; tags < vlanLimit && isTag(u16(0)) && size >= 6; tags++) {
            set(tags == 0 ? Field.VLAN_VID : Field.INNER_VLAN, u16(2) & 0xfff | 0x1000);
            pull(4);
        }
        int type = etherType();
        set(Field.ETH_TYPE, type);
        if (type == IPV4) {
            ipv4();
        } else if (type == IPV6) {
            ipv6();
        } else if (type == ARP || type == RARP) {
            arp();
        }
    }

    private static boolean isTag(int type) {
        return type == VLAN || type == VLAN_SERVICE;
    }

    private int etherType() {
        int type = u16(0);
        pull(2);
        if (type >= LOWEST_ETHER_TYPE) {
            return type;
        }
        boolean snap = size >= SNAP_HEADER && u24(0) == 0xaaaa03 && u24(3) == 0;
        if (!snap) {
            return NO_ETHER_TYPE;
        }
        int inner = u16(6);
        pull(SNAP_HEADER);
        return inner >= LOWEST_ETHER_TYPE ? inner : NO_ETHER_TYPE;
    }

    private void arp() {
        if (size < ARP_LENGTH || u16(0) != 1 || u16(2) != IPV4 || u8(4) != 6 || u8(5) != 4) {
            return;
        }
        int operation = u16(6);
        // Open vSwitch keeps eight bits of the operation and reads a larger one as 0.
        set(Field.ARP_OP, operation <= 0xff ? operation : 0);
        set(Field.ARP_SHA, mac(8));
        set(Field.ARP_SPA, u32(14));
    }

    private void ipv4() {
        if (size < IPV4_HEADER) {
            return;
        }
        int header = (u8(0) & 0xf) * 4;
        int total = u16(2);
        if (header < IPV4_HEADER || size < header || total > size || header > total) {
            return;
        }
        size = total;
        set(Field.IPV4_SRC, u32(12));
        set(Field.IPV4_DST, u32(16));
        int flags = u16(6);
        fragment = (flags & MORE_OR_OFFSET) != 0;
        laterFragment = (flags & OFFSET) != 0;
        int protocol = u8(9);
        set(Field.IP_PROTO, protocol);
        pull(header);
        transport(protocol);
    }

    private void ipv6() {
        if (size < IPV6_HEADER || u16(4) + IPV6_HEADER > size) {
            return;
        }
        set(Field.IPV6_SRC_HIGH, u64(8));
        set(Field.IPV6_SRC_LOW, u64(16));
        set(Field.IPV6_DST_HIGH, u64(24));
        set(Field.IPV6_DST_LOW, u64(32));
        int payload = u16(4);
        int next = u8(6);
        pull(IPV6_HEADER);
        size = payload;
        int protocol = extensionHeaders(next);
        if (protocol < 0) {
            // Cut off inside an extension header: Open vSwitch then knows neither protocol nor
            // fragment.
            fragment = false;
            laterFragment = false;
            return;
        }
        set(Field.IP_PROTO, protocol);
        transport(protocol);
    }

    /** Skips extension headers; returns the protocol behind them, or -1 if they are cut off. */
    private int extensionHeaders(int first) {
        int protocol = first;
        while (isExtension(protocol)) {
            if (size < LOWEST_EXTENSION) {
                return -1;
            }
            int current = protocol;
            protocol = u8(0);
            if (current == FRAGMENT) {
                int offset = u16(2);
                pull(LOWEST_EXTENSION);
                if (offset != 0) {
                    fragment = true;
                    if ((offset & IPV6_OFFSET) != 0) {
                        laterFragment = true;
                        return FRAGMENT;
                    }
                }
            } else {
                int length = current == AUTHENTICATION ? (u8(1) + 2) * 4 : (u8(1) + 1) * 8;
                if (size < length) {
                    return -1;
                }
                pull(length);
            }
        }
        return protocol;
    }

    private static boolean isExtension(int protocol) {
        switch (protocol) {
            case HOP_BY_HOP:
            case ROUTING:
            case DESTINATION_OPTIONS:
            case AUTHENTICATION:
            case FRAGMENT:
                return true;
            default:
                return false;
        }
    }

    private void transport(int protocol) {
        if (laterFragment) {
            return;
        }
        switch (protocol) {
            case TCP:
                int header = size >= TCP_HEADER ? (u8(12) >> 4) * 4 : 0;
                if (header >= TCP_HEADER && size >= header) {
                    ports(u16(0), u16(2));
                }
                break;
            case UDP:
                if (size >= SHORT_L4_HEADER) {
                    ports(u16(0), u16(2));
                }
                break;
            case SCTP:
                if (size >= SCTP_HEADER) {
                    ports(u16(0), u16(2));
                }
                break;
            case ICMP:
            case IGMP:
                if (size >= SHORT_L4_HEADER) {
                    ports(u8(0), u8(1));
                }
                break;
            case ICMPV6:
                if (size >= SHORT_L4_HEADER) {
                    ports(u8(0), u8(1));
                    neighbourDiscovery(u8(0), u8(1));
                }
                break;
            default:
                break;
        }
    }

    private void neighbourDiscovery(int type, int code) {
        if (code != 0 || type != NEIGHBOUR_SOLICITATION && type != NEIGHBOUR_ADVERTISEMENT) {
            return;
        }
        pull(SHORT_L4_HEADER);
        if (size < 16) {
            return;
        }
        long high = u64(0);
        long low = u64(8);
        pull(16);
        if (repeatedLinkLayerOption()) {
            return;
        }
        set(Field.ND_TARGET_HIGH, high);
        set(Field.ND_TARGET_LOW, low);
    }

    /**
     * A link-layer address given twice makes Open vSwitch disbelieve the whole message, its target
     * too.
     */
    private boolean repeatedLinkLayerOption() {
        long[] seen = new long[ND_TARGET_OPTION + 1];
        while (size >= LOWEST_EXTENSION) {
            int option = u8(0);
            int length = u8(1) * 8;
            if (length == 0 || length > size) {
                return false;
            }
            if ((option == ND_SOURCE_OPTION || option == ND_TARGET_OPTION) && length == 8) {
                if (seen[option] != 0) {
                    return true;
                }
                seen[option] = mac(2);
            }
            pull(length);
        }
        return false;
    }

    /** Where the transport header begins, after {@link #parse}; 0 if none was found. */
    int transport() {
        return transport;
    }

    /** Sets the ports, which fragment mode {@code normal} then hides in every fragment. */
    private void ports(int source, int destination) {
        transport = position;
        set(Field.L4_SRC, fragment ? 0 : source);
        set(Field.L4_DST, fragment ? 0 : destination);
    }

    private void set(Field field, long value) {
        values[field.ordinal()] = value;
    }

    private void pull(int bytes) {
        position += bytes;
        size -= bytes;
    }

    private int u8(int offset) {
        return data[position + offset] & 0xff;
    }

    private int u16(int offset) {
        return u8(offset) << 8 | u8(offset + 1);
    }

    private int u24(int offset) {
        return u16(offset) << 8 | u8(offset + 2);
    }

    private long u32(int offset) {
        return (long) u16(offset) << 16 | u16(offset + 2);
    }

    private long mac(int offset) {
        return (long) u16(offset) << 32 | u32(offset + 2);
    }

    private long u64(int offset) {
        return u32(offset) << 32 | u32(offset + 4);
    }
}
