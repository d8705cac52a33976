package org.postern.policy;

import com.google.common.collect.HashMultimap;
import com.google.common.collect.SetMultimap;
import java.util.Collection;
import org.onosproject.net.PortNumber;

/** Attachments of one device, to find those that another one is a part of. */
final class AttachmentsByPort {
    /** Level of a pair of tags. */
    static final int PAIR = 4;

    private final SetMultimap<PortNumber, Attachment> byPort = HashMultimap.create();

    void add(Attachment attachment) {
        byPort.put(attachment.port(), attachment);
    }

    void addAll(Collection<Attachment> attachments) {
        attachments.forEach(this::add);
    }

    /**
     * Whether packets of an attachment may be packets of one of these too: the same, or one that is
     * not so narrow. Those that share a line are told apart by their sources.
     */
    boolean surround(Attachment part) {
        return byPort.get(part.port()).stream().anyMatch(whole -> surrounds(whole, part));
    }

    /** Whether packets of an attachment may be packets of one of these, which is wider. */
    boolean enclose(Attachment part) {
        return byPort.get(part.port()).stream()
                .anyMatch(whole -> !whole.equals(part) && surrounds(whole, part));
    }

    /** Whether packets of a part may be packets of a whole: the same, or one not so narrow. */
    static boolean surrounds(Attachment whole, Attachment part) {
        return whole.equals(part)
                || (!whole.vlan().isPresent() || whole.vlan().equals(part.vlan()))
                        && levelOf(whole) < levelOf(part);
    }

    /** Whether packets on the line of a pair, whatever their inner tag, may be of an attachment. */
    static boolean meets(Attachment attachment, Attachment pairLine) {
        return attachment.port().equals(pairLine.port())
                && (!attachment.vlan().isPresent() || attachment.vlan().equals(pairLine.vlan()));
    }

    /**
     * How narrow an attachment is: a port, one of several sources of it, a VLAN, one of several
     * sources of that, a pair of tags. What cannot be spoofed, a tag, tells more than what can.
     *
     * @return 0 to {@link #PAIR}
     */
    static int levelOf(Attachment attachment) {
        if (attachment.customerVlan().isPresent()) {
            return PAIR;
        }
        return (attachment.vlan().isPresent() ? 2 : 0) + (attachment.isShared() ? 1 : 0);
    }
}
