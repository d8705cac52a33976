package org.postern.lab.openflow;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.projectfloodlight.openflow.protocol.OFErrorMsg;
import org.projectfloodlight.openflow.protocol.OFFlowMod;
import org.projectfloodlight.openflow.protocol.OFMessage;
import org.projectfloodlight.openflow.protocol.OFVersion;
import org.projectfloodlight.openflow.protocol.errormsg.OFBadActionErrorMsg;
import org.projectfloodlight.openflow.protocol.errormsg.OFBadInstructionErrorMsg;
import org.projectfloodlight.openflow.protocol.errormsg.OFBadMatchErrorMsg;
import org.projectfloodlight.openflow.protocol.errormsg.OFFlowModFailedErrorMsg;
import org.projectfloodlight.openflow.types.OFErrorCauseData;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The flow-mod that an OpenFlow error message speaks of, or its cookie where the switch quotes no
 * more.
 */
final class RefusedFlow {
    private static final Logger LOG = LoggerFactory.getLogger(RefusedFlow.class);

    /** A flow-mod without match and instructions (OpenFlow 1.3.5, 7.3.4.1). */
    private static final int FLOW_MOD_BYTES = 56;

    private static final int FLOW_MOD_TYPE = 14;
    private static final int COOKIE_OFFSET = 8;

    private final OFFlowMod flowMod;
    private final long cookie;

    private RefusedFlow(OFFlowMod flowMod, long cookie) {
        this.flowMod = flowMod;
        this.cookie = cookie;
    }

    /** The flow-mod of an error message, or null if the message does not speak of one. */
    static RefusedFlow in(OFErrorMsg error) {
        OFErrorCauseData cause;
        switch (error.getErrType()) {
            case BAD_ACTION:
                cause = ((OFBadActionErrorMsg) error).getData();
                break;
            case BAD_INSTRUCTION:
                cause = ((OFBadInstructionErrorMsg) error).getData();
                break;
            case BAD_MATCH:
                cause = ((OFBadMatchErrorMsg) error).getData();
                break;
            case FLOW_MOD_FAILED:
                cause = ((OFFlowModFailedErrorMsg) error).getData();
                break;
            default:
                return null;
        }
        OFMessage message = cause.getParsedMessage().orNull();
        if (message instanceof OFFlowMod) {
            OFFlowMod mod = (OFFlowMod) message;
            return new RefusedFlow(mod, mod.getCookie().getValue());
        }
        Long cookie = cookie(cause.getData(), error.getVersion());
        if (cookie == null) {
            LOG.error("Flow installation failed but switch didn't tell us which one.");
            return null;
        }
        return new RefusedFlow(null, cookie);
    }

    /**
     * Switches may quote only the first 64 bytes of what they refuse, too little to parse but not
     * for the cookie.
     */
    private static Long cookie(byte[] quoted, OFVersion version) {
        ByteBuffer bytes = ByteBuffer.wrap(quoted);
        boolean flowMod =
                quoted.length >= FLOW_MOD_BYTES
                        && bytes.get(0) == version.getWireVersion()
                        && bytes.get(1) == FLOW_MOD_TYPE
                        && Short.toUnsignedInt(bytes.getShort(2)) >= FLOW_MOD_BYTES;
        return flowMod ? bytes.getLong(COOKIE_OFFSET) : null;
    }

    Optional<OFFlowMod> flowMod() {
        return Optional.ofNullable(flowMod);
    }

    long cookie() {
        return cookie;
    }
}
