package org.postern.policy;

import com.google.common.collect.ImmutableSortedSet;
import java.util.Set;

/**
 * Ethernet types of an access port where access is plain IP. What is not on the list could carry IP
 * that the switch does not see: PPPoE, MPLS, a second VLAN tag.
 */
public final class EtherTypes {
    /** A VLAN tag, IEEE 802.1Q. */
    public static final int TAG = 0x8100;

    /** A VLAN tag of a provider, IEEE 802.1ad. */
    public static final int SERVICE_TAG = 0x88a8;

    private static final int IPV4 = 0x0800;
    private static final int ARP = 0x0806;
    private static final int IPV6 = 0x86dd;

    /** Slow protocols: LACP, and link OAM of IEEE 802.3. */
    private static final int SLOW_PROTOCOLS = 0x8809;

    /** Port authentication, IEEE 802.1X. */
    private static final int EAPOL = 0x888e;

    private static final int LLDP = 0x88cc;

    /** Connectivity fault management, IEEE 802.1ag. */
    private static final int CFM = 0x8902;

    /** How ONOS finds links across switches that are not its own. */
    private static final int BDDP = 0x8942;

    /** What passes from an access port of every device. */
    public static final Set<Integer> ALLOWED =
            ImmutableSortedSet.of(IPV4, ARP, IPV6, SLOW_PROTOCOLS, EAPOL, LLDP, CFM, BDDP);

    /**
     * What must not be allowed: it carries IP whose ports OpenFlow cannot see. VLAN tags (IEEE
     * 802.1Q, 802.1ad and the older 0x9100 to 0x9300), MPLS, PPP, PPPoE, provider backbone
     * bridging, TRILL, NSH and Ethernet over anything.
     */
    public static final Set<Integer> OPAQUE =
            ImmutableSortedSet.of(
                    TAG,
                    SERVICE_TAG,
                    0x9100,
                    0x9200,
                    0x9300,
                    0x880b,
                    0x8847,
                    0x8848,
                    0x8863,
                    0x8864,
                    0x88e7,
                    0x22f3,
                    0x894f,
                    0x6558,
                    0x88e5);

    private EtherTypes() {}

    static boolean isIp(int type) {
        return type == IPV4 || type == IPV6;
    }
}
