package org.postern.drivers;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.onosproject.openflow.controller.Dpid;
import org.onosproject.openflow.controller.OpenFlowController;
import org.onosproject.openflow.controller.OpenFlowEventListener;
import org.projectfloodlight.openflow.protocol.OFFactories;
import org.projectfloodlight.openflow.protocol.OFFactory;
import org.projectfloodlight.openflow.protocol.OFFlowModFailedCode;
import org.projectfloodlight.openflow.protocol.OFMessage;
import org.projectfloodlight.openflow.protocol.OFVersion;
import org.projectfloodlight.openflow.types.OFErrorCauseData;
import org.projectfloodlight.openflow.types.TableId;

class TableFullListenerTest {
    private static final OFFactory FACTORY = OFFactories.getFactory(OFVersion.OF_13);
    private static final Dpid DPID = Dpid.dpid(Rules.SWITCH.uri());

    /** What a switch quotes of the message that it refuses. */
    private static final int QUOTED = 64;

    private final AtomicLong now = new AtomicLong(5);
    private final TableFullListener listener = new TableFullListener(now::get);
    private final List<OpenFlowEventListener> listening = new ArrayList<>();

    @BeforeEach
    void bind() {
        listener.bindController(controller());
    }

    private OpenFlowController controller() {
        return (OpenFlowController)
                Proxy.newProxyInstance(
                        getClass().getClassLoader(),
                        new Class<?>[] {OpenFlowController.class},
                        (proxy, method, arguments) -> {
                            if (method.getName().equals("addEventListener")) {
                                listening.add((OpenFlowEventListener) arguments[0]);
                            } else if (method.getName().equals("removeEventListener")) {
                                listening.remove(arguments[0]);
                            }
                            return null;
                        });
    }

    /** What a switch says of a rule that it does not take. */
    private void refuses(int table, OFFlowModFailedCode code) {
        OFMessage mod = FACTORY.buildFlowAdd().setTableId(TableId.of(table)).build();
        ByteBuf bytes = Unpooled.buffer();
        mod.writeTo(bytes);
        byte[] whole = new byte[bytes.readableBytes()];
        bytes.readBytes(whole);
        byte[] quoted = Arrays.copyOf(whole, Math.min(whole.length, QUOTED));
        OFMessage error =
                FACTORY.errorMsgs()
                        .buildFlowModFailedErrorMsg()
                        .setCode(code)
                        .setData(OFErrorCauseData.of(quoted, OFVersion.OF_13))
                        .build();
        listening.forEach(l -> l.handleMessage(DPID, error));
    }

    @Test
    void aTableThatRefusedARuleForWantOfRoomIsFullForAMinute() {
        refuses(2, OFFlowModFailedCode.TABLE_FULL);
        assertTrue(listener.isFull(Rules.SWITCH, 2));
        assertFalse(listener.isFull(Rules.SWITCH, 3));
        now.addAndGet(TimeUnit.SECONDS.toNanos(61));
        assertFalse(listener.isFull(Rules.SWITCH, 2));
    }

    @Test
    void whatIsRefusedForAnotherReasonDoesNotMeanThatThereIsNoRoom() {
        refuses(2, OFFlowModFailedCode.BAD_COMMAND);
        listening.forEach(l -> l.handleMessage(DPID, FACTORY.buildEchoReply().build()));
        assertFalse(listener.isFull(Rules.SWITCH, 2));
    }

    @Test
    void aControllerThatGoesIsNotListenedToAnyMore() {
        listener.unbindController(controller());
        assertTrue(listening.isEmpty());
    }
}
