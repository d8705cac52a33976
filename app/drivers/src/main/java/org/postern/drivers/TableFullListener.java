package org.postern.drivers;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.onosproject.net.DeviceId;
import org.onosproject.openflow.controller.Dpid;
import org.onosproject.openflow.controller.OpenFlowController;
import org.onosproject.openflow.controller.OpenFlowEventListener;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.projectfloodlight.openflow.protocol.OFFlowModFailedCode;
import org.projectfloodlight.openflow.protocol.OFMessage;
import org.projectfloodlight.openflow.protocol.OFType;
import org.projectfloodlight.openflow.protocol.errormsg.OFFlowModFailedErrorMsg;

/**
 * Hears the switches' own words: ONOS tells applications which rules were refused, but not why, and
 * a rule that is refused for another reason has nothing to do with the room there is.
 */
@Component(immediate = true, service = TableFullService.class)
public class TableFullListener implements TableFullService {
    /**
     * How long a refusal counts: longer than programming a device takes until it sees it failed.
     */
    private static final long LATELY = Duration.ofMinutes(1).toNanos();

    /**
     * Where a flow-mod names its table: after header, cookie and cookie mask (OpenFlow 1.3.5,
     * 7.3.4.1). Switches quote the first 64 bytes of what they refuse, too little for all of it.
     */
    private static final int TABLE_OFFSET = 24;

    private static final int TYPE_OFFSET = 1;
    private static final int FLOW_MOD = 14;
    private static final int UNSIGNED_BYTE = 0xff;

    private final OpenFlowEventListener listener = this::heard;
    private final Map<List<Object>, Long> refusals = new ConcurrentHashMap<>();
    private final LongSupplier clock;

    /** Creates the listener. */
    public TableFullListener() {
        this(System::nanoTime);
    }

    TableFullListener(LongSupplier clock) {
        this.clock = clock;
    }

    /**
     * Begins to listen.
     *
     * @param controller ONOS's OpenFlow controller
     */
    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    protected void bindController(OpenFlowController controller) {
        controller.addEventListener(listener);
    }

    /**
     * Listens no more.
     *
     * @param controller ONOS's OpenFlow controller
     */
    protected void unbindController(OpenFlowController controller) {
        controller.removeEventListener(listener);
    }

    private void heard(Dpid dpid, OFMessage message) {
        if (message.getType() == OFType.ERROR && message instanceof OFFlowModFailedErrorMsg) {
            OFFlowModFailedErrorMsg error = (OFFlowModFailedErrorMsg) message;
            if (error.getCode() == OFFlowModFailedCode.TABLE_FULL) {
                tableOf(error.getData().getData())
                        .ifPresent(
                                table ->
                                        refusals.put(
                                                List.of(DeviceId.deviceId(Dpid.uri(dpid)), table),
                                                clock.getAsLong()));
            }
        }
    }

    private static OptionalInt tableOf(byte[] quoted) {
        return quoted.length > TABLE_OFFSET && quoted[TYPE_OFFSET] == FLOW_MOD
                ? OptionalInt.of(quoted[TABLE_OFFSET] & UNSIGNED_BYTE)
                : OptionalInt.empty();
    }

    @Override
    public boolean isFull(DeviceId device, int table) {
        Long refused = refusals.get(List.of(device, table));
        return refused != null && clock.getAsLong() - refused < LATELY;
    }
}
