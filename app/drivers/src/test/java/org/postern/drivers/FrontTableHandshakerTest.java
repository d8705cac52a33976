package org.postern.drivers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.postern.drivers.Rules.DROP;
import static org.postern.drivers.Rules.SOMEBODY;
import static org.postern.drivers.Rules.SWITCH;
import static org.postern.drivers.Rules.everything;
import static org.postern.drivers.Rules.goTo;
import static org.postern.drivers.Rules.inPort;
import static org.postern.drivers.Rules.rule;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.onlab.osgi.ServiceNotFoundException;
import org.onlab.packet.TpPort;
import org.onlab.packet.VlanId;
import org.onosproject.net.DeviceId;
import org.onosproject.net.driver.Behaviour;
import org.onosproject.net.driver.DefaultDriverData;
import org.onosproject.net.driver.Driver;
import org.onosproject.net.driver.DriverAdapter;
import org.onosproject.net.driver.DriverData;
import org.onosproject.net.driver.DriverHandler;
import org.onosproject.net.flow.DefaultTrafficSelector;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.TrafficSelector;
import org.onosproject.openflow.controller.Dpid;
import org.onosproject.openflow.controller.OpenFlowClassifier;
import org.onosproject.openflow.controller.OpenFlowSession;
import org.onosproject.openflow.controller.driver.OpenFlowAgent;
import org.projectfloodlight.openflow.protocol.OFBarrierRequest;
import org.projectfloodlight.openflow.protocol.OFFactories;
import org.projectfloodlight.openflow.protocol.OFFactory;
import org.projectfloodlight.openflow.protocol.OFFlowAdd;
import org.projectfloodlight.openflow.protocol.OFFlowDeleteStrict;
import org.projectfloodlight.openflow.protocol.OFFlowMod;
import org.projectfloodlight.openflow.protocol.OFMessage;
import org.projectfloodlight.openflow.protocol.OFVersion;
import org.projectfloodlight.openflow.protocol.match.Match;
import org.projectfloodlight.openflow.protocol.match.MatchField;
import org.projectfloodlight.openflow.protocol.match.MatchFields;
import org.projectfloodlight.openflow.types.EthType;
import org.projectfloodlight.openflow.types.OFValueType;
import org.projectfloodlight.openflow.types.U64;

class FrontTableHandshakerTest {
    private static final OFFactory OF_13 = OFFactories.getFactory(OFVersion.OF_13);

    private final List<String> sent = new ArrayList<>();
    private Floors floors;

    private FrontTableHandshaker connecting(Floor floor, OFVersion version) {
        FrontTableHandshaker handshaker = new FrontTableHandshaker();
        floors = new Floors(floor);
        handshaker.setHandler(new Handler());
        handshaker.init(new Dpid(1), null, version);
        handshaker.setOFVersion(version);
        handshaker.setChannel(new Channel());
        handshaker.setAgent(
                (OpenFlowAgent)
                        Proxy.newProxyInstance(
                                getClass().getClassLoader(),
                                new Class<?>[] {OpenFlowAgent.class},
                                (proxy, method, arguments) -> null));
        return handshaker;
    }

    private static Floor floor() {
        return new Floor(
                SWITCH,
                List.of(
                        rule(SOMEBODY, 0, 0, everything(), goTo(FrontTable.FORWARD)),
                        rule(SOMEBODY, 0, 60_061, inPort(1), goTo(1)),
                        rule(SOMEBODY, 0, 60_061, inPort(2), goTo(1)),
                        rule(SOMEBODY, 1, 0, everything(), DROP)),
                List.of(rule(SOMEBODY, 1, 60_021, inPort(1), DROP)));
    }

    @Test
    void theFloorIsSentInLayingOrderWithABarrierAfterEachStage() {
        FrontTableHandshaker handshaker = connecting(floor(), OFVersion.OF_13);
        assertFalse(handshaker.isDriverHandshakeComplete());
        handshaker.startDriverHandshake();
        assertEquals(
                List.of(
                        "table 1 priority 60021",
                        "barrier",
                        "table 1 priority 0",
                        "barrier",
                        "table 0 priority 60061",
                        "table 0 priority 60061",
                        "barrier",
                        "table 0 priority 0",
                        "barrier"),
                sent);
        assertTrue(handshaker.isDriverHandshakeComplete());
    }

    @Test
    void aDeviceThatIsNotEnforcedGetsNothingAndIsAnnounced() {
        FrontTableHandshaker handshaker = connecting(null, OFVersion.OF_13);
        handshaker.startDriverHandshake();
        assertEquals(List.of(), sent);
        assertTrue(handshaker.isDriverHandshakeComplete());
    }

    @Test
    void aSwitchOfAnotherOpenFlowVersionGetsNothingAndIsAnnounced() {
        FrontTableHandshaker handshaker = connecting(floor(), OFVersion.OF_14);
        handshaker.startDriverHandshake();
        assertEquals(List.of(), sent);
        assertTrue(handshaker.isDriverHandshakeComplete());
    }

    @Test
    void aFloorThatCannotBeEncodedDoesNotHangTheConnection() {
        Floor wrong =
                new Floor(
                        SWITCH,
                        List.of(
                                rule(
                                        SOMEBODY,
                                        0,
                                        60_000,
                                        DefaultTrafficSelector.builder()
                                                .matchInnerVlanId(VlanId.vlanId((short) 7))
                                                .build(),
                                        DROP)),
                        List.of());
        FrontTableHandshaker handshaker = connecting(wrong, OFVersion.OF_13);
        assertThrows(IllegalArgumentException.class, handshaker::startDriverHandshake);
        assertTrue(handshaker.isDriverHandshakeComplete());
    }

    /**
     * The deletion that ONOS's provider sends for a rule that a poll found to be too much: as its
     * FlowModBuilder does, with a signed Ethernet type.
     */
    private static OFFlowDeleteStrict deletion(FlowRule rule) {
        OFFlowAdd add = new FloorMessages(OF_13).add(rule);
        Match.Builder match = OF_13.buildMatch();
        for (MatchField<?> field : add.getMatch().getMatchFields()) {
            copy(add.getMatch(), field, match);
        }
        return OF_13.buildFlowDeleteStrict()
                .setCookie(U64.of(rule.id().value()))
                .setTableId(add.getTableId())
                .setPriority(add.getPriority())
                .setMatch(match.build())
                .build();
    }

    private static <T extends OFValueType<T>> void copy(
            Match from, MatchField<T> field, Match.Builder to) {
        to.setExact(field, from.get(field));
        if (field.id == MatchFields.ETH_TYPE) {
            to.setExact(
                    MatchField.ETH_TYPE,
                    EthType.of((short) from.get(MatchField.ETH_TYPE).getValue()));
        }
    }

    private static TrafficSelector mail(int etherType) {
        return DefaultTrafficSelector.builder()
                .matchEthType((short) etherType)
                .matchIPProtocol((byte) 6)
                .matchTcpDst(TpPort.tpPort(25))
                .build();
    }

    @Test
    void aPollTakesOffNothingOfTheFloorWhateverItsEthernetType() {
        Floor floor =
                new Floor(
                        SWITCH,
                        List.of(
                                rule(SOMEBODY, 0, 60_016, mail(0x0800), goTo(2)),
                                rule(SOMEBODY, 0, 60_016, mail(0x86dd), goTo(2))),
                        List.of());
        FrontTableHandshaker handshaker = connecting(floor, OFVersion.OF_13);
        handshaker.transitionToMasterSwitch();
        floor.rules().forEach(rule -> handshaker.sendMsg(deletion(rule)));
        assertEquals(List.of(), sent);
        handshaker.sendMsg(deletion(rule(SOMEBODY, 0, 60_016, mail(0x8902), goTo(2))));
        assertEquals(List.of("delete table 0 priority 60016"), sent, "another Ethernet type");
    }

    @Test
    void aPollThatComesBeforeTheFloorIsInTheStoreDoesNotTakeItOff() {
        FrontTableHandshaker handshaker = connecting(floor(), OFVersion.OF_13);
        handshaker.transitionToMasterSwitch();
        floor().rules().forEach(rule -> handshaker.sendMsg(deletion(rule)));
        assertEquals(List.of(), sent);
        FlowRule others = rule(SOMEBODY, 0, 60_061, inPort(3), goTo(1));
        handshaker.sendMsg(deletion(others));
        assertEquals(List.of("delete table 0 priority 60061"), sent, "no rule of the floor");
    }

    @Test
    void whatIsOfTheFloorNoMoreIsTakenOff() {
        FrontTableHandshaker handshaker = connecting(floor(), OFVersion.OF_13);
        handshaker.transitionToMasterSwitch();
        FlowRule rule = rule(SOMEBODY, 0, 60_061, inPort(2), goTo(1));
        handshaker.sendMsg(deletion(rule));
        assertEquals(List.of(), sent);
        floors.floor = new Floor(SWITCH, floor().lasting().subList(0, 2), List.of());
        handshaker.sendMsg(deletion(rule));
        assertEquals(List.of("delete table 0 priority 60061"), sent, "another floor");
        floors.floor = null;
        handshaker.sendMsg(deletion(floor().rules().get(0)));
        assertEquals(2, sent.size(), "no floor");
    }

    @Test
    void whileNobodyKnowsTheFloorItIsWhatItWas() {
        FrontTableHandshaker handshaker = connecting(floor(), OFVersion.OF_13);
        handshaker.transitionToMasterSwitch();
        handshaker.sendMsg(deletion(floor().rules().get(0)));
        floors = null;
        floor().rules().forEach(rule -> handshaker.sendMsg(deletion(rule)));
        assertEquals(List.of(), sent);
    }

    /** Knows one floor. */
    private static final class Floors implements FrontTableService {
        private Floor floor;

        private Floors(Floor floor) {
            this.floor = floor;
        }

        @Override
        public Optional<Floor> floor(DeviceId device) {
            return Optional.ofNullable(floor).filter(f -> f.device().equals(device));
        }

        @Override
        public boolean isFront(DeviceId device) {
            return true;
        }

        @Override
        public void enforce(Floor other) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletableFuture<Void> lay(Floor other) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletableFuture<Void> trim(Floor other) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean wasFront(DeviceId device) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean isOff(DeviceId device) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Optional<String> forwardingGap(DeviceId device) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletableFuture<Void> withdraw(DeviceId device, Optional<String> driver) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void nameDriver(DeviceId device) {
            throw new UnsupportedOperationException();
        }
    }

    /** ONOS's handler of a driver's behaviour. */
    private final class Handler implements DriverHandler {
        private final Driver driver = new DriverAdapter();

        @Override
        public Driver driver() {
            return driver;
        }

        @Override
        public DriverData data() {
            return new DefaultDriverData(driver, SWITCH);
        }

        @Override
        public <T extends Behaviour> T behaviour(Class<T> type) {
            throw new UnsupportedOperationException();
        }

        @Override
        public <T> T get(Class<T> type) {
            if (floors == null) {
                throw new ServiceNotFoundException("nobody is there");
            }
            return type.cast(floors);
        }
    }

    /** The channel to the switch. */
    private final class Channel implements OpenFlowSession {
        @Override
        public boolean isActive() {
            return true;
        }

        @Override
        public void closeSession() {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean sendMsg(Iterable<OFMessage> messages) {
            for (OFMessage message : messages) {
                if (message instanceof OFBarrierRequest) {
                    sent.add("barrier");
                } else {
                    OFFlowMod change = (OFFlowMod) message;
                    sent.add(
                            (change instanceof OFFlowDeleteStrict ? "delete " : "")
                                    + "table "
                                    + change.getTableId().getValue()
                                    + " priority "
                                    + change.getPriority());
                }
            }
            return true;
        }

        @Override
        public CharSequence sessionInfo() {
            return "test";
        }

        @Override
        public void addClassifier(OpenFlowClassifier classifier) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void removeClassifier(OpenFlowClassifier classifier) {
            throw new UnsupportedOperationException();
        }
    }
}
