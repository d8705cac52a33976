package org.postern.cli;

import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.onosproject.net.DeviceId;
import org.postern.policy.Attachment;
import org.postern.policy.Mode;
import org.postern.policy.Notation;

/** Reads the arguments of commands; a refusal quotes it and says what is allowed. */
final class Operands {

    private Operands() {}

    /** See {@link Notation#prefix}. */
    static IpPrefix prefix(String text) {
        return Notation.prefix(text);
    }

    /** See {@link Notation#mac}. */
    static MacAddress mac(String text) {
        return Notation.mac(text);
    }

    /** See {@link Notation#device}. */
    static DeviceId device(String text) {
        return Notation.device(text);
    }

    /** See {@link Notation#mode}. */
    static Mode mode(String text) {
        return Notation.mode(text);
    }

    /**
     * Reads an attachment given as an argument.
     *
     * @param text device, port and possibly VLAN
     * @return the attachment
     * @throws IllegalArgumentException if it is malformed, or an option that came too late
     */
    static Attachment attachment(String text) {
        if (text.startsWith("-")) {
            throw new IllegalArgumentException(
                    "option \"" + text + "\" comes too late: give options before the arguments");
        }
        return Attachment.parse(text);
    }
}
