package org.postern.lab.reactive;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.onlab.packet.MacAddress;
import org.onosproject.net.ConnectPoint;
import org.onosproject.net.DeviceId;
import org.onosproject.net.PortNumber;

class MacTableTest {
    private static final DeviceId SWITCH = DeviceId.deviceId("of:0000000000000001");
    private static final DeviceId OTHER = DeviceId.deviceId("of:0000000000000002");
    private static final PortNumber ONE = PortNumber.portNumber(1);
    private static final PortNumber TWO = PortNumber.portNumber(2);
    private static final MacAddress HOST = MacAddress.valueOf("02:00:00:00:00:01");

    private final MacTable macs = new MacTable();

    @Test
    void aHostIsKnownOnlyOnTheSwitchesItWasSeenBy() {
        macs.learn(new ConnectPoint(SWITCH, ONE), HOST);

        assertEquals(Optional.of(ONE), macs.portTowards(SWITCH, HOST));
        assertEquals(Optional.empty(), macs.portTowards(OTHER, HOST));
    }

    @Test
    void aHostThatMovesIsFoundWhereItWasSeenLast() {
        macs.learn(new ConnectPoint(SWITCH, ONE), HOST);
        macs.learn(new ConnectPoint(SWITCH, TWO), HOST);

        assertEquals(Optional.of(TWO), macs.portTowards(SWITCH, HOST));
    }

    @Test
    void groupAddressesAreFloodedEvenIfSomebodySendsFromThem() {
        MacAddress multicast = MacAddress.valueOf("33:33:00:00:00:01");
        macs.learn(new ConnectPoint(SWITCH, ONE), multicast);
        macs.learn(new ConnectPoint(SWITCH, ONE), MacAddress.BROADCAST);

        assertEquals(Optional.empty(), macs.portTowards(SWITCH, multicast));
        assertEquals(Optional.empty(), macs.portTowards(SWITCH, MacAddress.BROADCAST));
    }

    @Test
    void aSwitchThatWasAwayLearnsAfresh() {
        macs.learn(new ConnectPoint(SWITCH, ONE), HOST);
        macs.learn(new ConnectPoint(OTHER, TWO), HOST);

        macs.forget(SWITCH);

        assertEquals(Optional.empty(), macs.portTowards(SWITCH, HOST));
        assertEquals(Optional.of(TWO), macs.portTowards(OTHER, HOST));
    }
}
