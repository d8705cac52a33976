package org.postern.lab.openflow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.base.Ticker;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Hashtable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.onosproject.cfg.ComponentConfigService;
import org.onosproject.net.driver.DriverService;
import org.onosproject.net.flow.CompletedBatchOperation;
import org.onosproject.net.flow.DefaultFlowRule;
import org.onosproject.net.flow.DefaultTrafficSelector;
import org.onosproject.net.flow.DefaultTrafficTreatment;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.FlowRuleProviderRegistry;
import org.onosproject.net.flow.FlowRuleProviderService;
import org.onosproject.net.flow.oldbatch.FlowRuleBatchEntry;
import org.onosproject.net.flow.oldbatch.FlowRuleBatchOperation;
import org.onosproject.openflow.controller.Dpid;
import org.onosproject.openflow.controller.OpenFlowController;
import org.onosproject.openflow.controller.OpenFlowEventListener;
import org.onosproject.openflow.controller.OpenFlowSwitch;
import org.osgi.service.component.ComponentContext;
import org.projectfloodlight.openflow.protocol.OFBadInstructionCode;
import org.projectfloodlight.openflow.protocol.OFBarrierRequest;
import org.projectfloodlight.openflow.protocol.OFFlowMod;
import org.projectfloodlight.openflow.protocol.OFMessage;
import org.projectfloodlight.openflow.types.OFErrorCauseData;
import org.projectfloodlight.openflow.types.U64;

/** What comes of a batch of rules depends on what the switch answers, and on nothing before. */
class BatchTest {
    private static final Dpid DPID = Dpid.dpid(Wire.DEVICE.uri());
    private static final long BATCH = 77;

    private final List<OFMessage> sent = new ArrayList<>();
    private final Map<Long, CompletedBatchOperation> completed = new LinkedHashMap<>();
    private long now;
    private boolean connected = true;
    private OpenFlowEventListener provided;
    private OfFlowRuleProvider provider;

    @BeforeEach
    void activate() {
        OpenFlowSwitch sw =
                Stub.of(OpenFlowSwitch.class)
                        .on("factory", a -> Wire.FACTORY)
                        .on("getDpid", a -> DPID)
                        .on(
                                "sendMsg",
                                a ->
                                        a[0] instanceof List
                                                ? sent.addAll(messages(a[0]))
                                                : sent.add(message(a[0])))
                        .build();
        FlowRuleProviderService service =
                Stub.of(FlowRuleProviderService.class)
                        .on(
                                "batchOperationCompleted",
                                a -> completed.put((Long) a[0], (CompletedBatchOperation) a[1]))
                        .build();
        provider =
                new OfFlowRuleProvider(
                        new Ticker() {
                            @Override
                            public long read() {
                                return now;
                            }
                        });
        provider.controller =
                Stub.of(OpenFlowController.class)
                        .on("getSwitch", a -> connected ? sw : null)
                        .on("getSwitches", a -> List.of())
                        .on("addEventListener", a -> provided = (OpenFlowEventListener) a[0])
                        .build();
        provider.providerRegistry =
                Stub.of(FlowRuleProviderRegistry.class).on("register", a -> service).build();
        provider.cfgService = Stub.of(ComponentConfigService.class).build();
        provider.driverService =
                Stub.of(DriverService.class)
                        .on("getDriver", a -> Wire.plainDriver().driver())
                        .build();
        provider.activate(
                Stub.of(ComponentContext.class)
                        .on("getProperties", a -> new Hashtable<>())
                        .build());
    }

    @AfterEach
    void deactivate() {
        provider.deactivate();
    }

    @SuppressWarnings("unchecked") // the switch's lists are of messages
    private static List<OFMessage> messages(Object list) {
        return (List<OFMessage>) list;
    }

    private static OFMessage message(Object message) {
        return (OFMessage) message;
    }

    private static FlowRule rule(long number) {
        return DefaultFlowRule.builder()
                .forDevice(Wire.DEVICE)
                .withCookie(number)
                .withPriority(10)
                .withSelector(DefaultTrafficSelector.builder().matchMetadata(number).build())
                .withTreatment(DefaultTrafficTreatment.builder().drop().build())
                .makePermanent()
                .build();
    }

    private static FlowRuleBatchOperation batch(long id, long rules) {
        List<FlowRuleBatchEntry> entries =
                LongStream.rangeClosed(1, rules)
                        .mapToObj(
                                n ->
                                        new FlowRuleBatchEntry(
                                                FlowRuleBatchEntry.FlowRuleOperation.ADD, rule(n)))
                        .collect(Collectors.toList());
        return new FlowRuleBatchOperation(entries, Wire.DEVICE, id);
    }

    private List<Long> cookiesSent() {
        return sent.stream()
                .filter(OFFlowMod.class::isInstance)
                .map(m -> ((OFFlowMod) m).getCookie().getValue())
                .collect(Collectors.toList());
    }

    private void barrierReply(long transaction) {
        provided.handleMessage(DPID, Wire.FACTORY.buildBarrierReply().setXid(transaction).build());
    }

    @Test
    void aBatchIsCompleteAtItsBarrierAndNotBefore() {
        provider.executeBatch(batch(BATCH, 3));
        assertEquals(Map.of(), completed);

        barrierReply(BATCH + 1);
        assertEquals(Map.of(), completed);

        barrierReply(BATCH);
        assertEquals(Set.of(BATCH), completed.keySet());
        assertTrue(completed.get(BATCH).isSuccess());
    }

    @Test
    void aBatchEndsWithOneBarrierAndItsRulesGoOutInNoOrder() {
        provider.executeBatch(batch(BATCH, 50));
        List<Long> first = cookiesSent();
        assertEquals(51, sent.size());
        assertTrue(sent.get(50) instanceof OFBarrierRequest);
        assertTrue(sent.stream().allMatch(m -> m.getXid() == BATCH));

        sent.clear();
        provider.executeBatch(batch(BATCH, 50));

        // One in 50! that both are alike.
        assertNotEquals(first, cookiesSent());
        assertEquals(Set.copyOf(first), Set.copyOf(cookiesSent()));
    }

    @Test
    void aRuleThatTheSwitchRefusesFailsByName() {
        provider.executeBatch(batch(BATCH, 3));
        refuse(flowModBytes(2), false);
        barrierReply(BATCH);

        assertFalse(completed.get(BATCH).isSuccess());
        assertEquals(Set.of(rule(2)), completed.get(BATCH).failedItems());
    }

    @Test
    void aRuleIsKnownFromTheFirst64BytesOfWhatWasRefused() {
        provider.executeBatch(batch(BATCH, 3));
        refuse(flowModBytes(2), true);
        barrierReply(BATCH);

        assertFalse(completed.get(BATCH).isSuccess());
        assertEquals(Set.of(rule(2)), completed.get(BATCH).failedItems());
    }

    @Test
    void aBatchWithoutAnAnswerFailsAfterTenSecondsAsOtherBatchesFollow() {
        provider.executeBatch(batch(BATCH, 3));
        now = TimeUnit.SECONDS.toNanos(9);
        otherBatches(100);
        assertEquals(Map.of(), completed);

        now = TimeUnit.SECONDS.toNanos(11);
        assertEquals(Map.of(), completed);
        otherBatches(200);

        assertEquals(Set.of(BATCH), completed.keySet());
        assertFalse(completed.get(BATCH).isSuccess());
        assertEquals(Set.of(rule(1), rule(2), rule(3)), completed.get(BATCH).failedItems());
    }

    /** Enough that the cache of batches looks at all of itself. */
    private void otherBatches(long firstId) {
        LongStream.range(firstId, firstId + 64).forEach(id -> provider.executeBatch(batch(id, 1)));
    }

    @Test
    void aBatchForASwitchThatIsGoneFailsAtOnce() {
        connected = false;
        provider.executeBatch(batch(BATCH, 2));

        assertFalse(completed.get(BATCH).isSuccess());
        assertEquals(Set.of(rule(1), rule(2)), completed.get(BATCH).failedItems());
    }

    private byte[] flowModBytes(long cookie) {
        OFMessage mod =
                sent.stream()
                        .filter(
                                m ->
                                        m instanceof OFFlowMod
                                                && ((OFFlowMod) m)
                                                        .getCookie()
                                                        .equals(U64.of(cookie)))
                        .findFirst()
                        .orElseThrow();
        ByteBuf bytes = Unpooled.buffer();
        mod.writeTo(bytes);
        byte[] all = new byte[bytes.readableBytes()];
        bytes.readBytes(all);
        return all;
    }

    private void refuse(byte[] flowMod, boolean truncated) {
        byte[] quoted = truncated ? Arrays.copyOf(flowMod, 64) : flowMod;
        provided.handleMessage(
                DPID,
                Wire.throughBytes(
                        Wire.FACTORY
                                .errorMsgs()
                                .buildBadInstructionErrorMsg()
                                .setXid(BATCH)
                                .setCode(OFBadInstructionCode.BAD_TABLE_ID)
                                .setData(OFErrorCauseData.of(quoted, Wire.FACTORY.getVersion()))
                                .build()));
    }
}
