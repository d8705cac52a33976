package org.postern.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.postern.device.ControllerWorld.ALICE;
import static org.postern.device.ControllerWorld.FIRST;
import static org.postern.device.ControllerWorld.UPLINK;
import static org.postern.device.ControllerWorld.assertStarts;
import static org.postern.device.ControllerWorld.refusal;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.onosproject.driver.pipeline.AristaPipeliner;
import org.onosproject.driver.pipeline.DefaultSingleTablePipeline;
import org.onosproject.driver.pipeline.OpenVSwitchPipeline;
import org.onosproject.driver.pipeline.PicaPipeline;
import org.onosproject.driver.pipeline.ofdpa.Ofdpa2Pipeline;
import org.onosproject.driver.pipeline.ofdpa.Ofdpa3Pipeline;
import org.onosproject.driver.pipeline.ofdpa.Ofdpa3QmxPipeline;
import org.onosproject.driver.pipeline.ofdpa.OvsOfdpaPipeline;
import org.onosproject.net.driver.Behaviour;
import org.postern.audit.Order;

/** Devices whose pipeline would make something else of the rules get none, and it is said why. */
class PipelinesTest {
    private static final String REDIRECT_BECOMES_PERMIT =
            "its ACL table only logs set-field and output";
    private static final String ALL_IPV6_TCP =
            "it takes the TCP port out of IPv6 rules, so that a rule against port 25 would stop all TCP over IPv6";

    private final ControllerWorld world = new ControllerWorld();

    @BeforeEach
    void start() {
        world.network.driver("default", "", DefaultSingleTablePipeline.class);
        world.startUnenforced();
        world.configure();
    }

    @AfterEach
    void stop() {
        world.stop();
    }

    private void singleTable() {
        world.configuration.post(
                FIRST,
                "postern",
                "{'uplink': [100], 'access': [1, 2, 3], 'backend': 'single-table'}");
    }

    private void connect(String hardware, String driver) {
        world.network.connect(FIRST, hardware, driver, 1, 2, 3, UPLINK);
        world.startEnforcement();
        world.awaitRulesOfTheSecond();
    }

    static Stream<Arguments> traps() {
        return Stream.of(
                trap(Ofdpa2Pipeline.class, REDIRECT_BECOMES_PERMIT),
                trap(Ofdpa3Pipeline.class, REDIRECT_BECOMES_PERMIT),
                trap(OvsOfdpaPipeline.class, REDIRECT_BECOMES_PERMIT),
                trap(Ofdpa3QmxPipeline.class, ALL_IPV6_TCP),
                trap(FabricPipeliner.class, "its ACL table knows no IPv6 addresses"),
                trap(
                        OpenVSwitchPipeline.class,
                        "its tables are laid out for virtual tenant networks"),
                trap(PicaPipeline.class, "is not known to take rules as they are"),
                trap(AristaPipeliner.class, "is not known to take rules as they are"));
    }

    private static Arguments trap(Class<? extends Behaviour> pipeline, String reason) {
        return Arguments.of(pipeline, reason);
    }

    @ParameterizedTest
    @MethodSource("traps")
    void aPipelineThatChangesRulesIsRefusedWithTheReasonAndGetsNone(
            Class<? extends Behaviour> pipeline, String reason) {
        world.network.driver("special", "default", pipeline);
        singleTable();
        connect("Some Switch", "special");
        assertEquals(DeviceState.UNSUPPORTED, world.status().state());
        assertStarts(
                "driver special cannot take the policy in one table: pipeline "
                        + pipeline.getSimpleName(),
                world.status().reason());
        assertTrue(world.status().reason().contains(reason), world.status().reason());
        assertEquals(List.of(), world.rulesOf(FIRST));
        assertEquals(List.of(), world.status().limits());
        assertTrue(
                refusal(() -> world.enforcement.enforce(FIRST, Order.console("noc")))
                        .contains(reason));
    }

    @ParameterizedTest
    @MethodSource("traps")
    void withTheFrontTableAForeignSwitchIsToldThatItsPipelineWillNotDoEither(
            Class<? extends Behaviour> pipeline, String reason) {
        world.network.driver("special", "default", pipeline);
        connect("Some Switch", "special");
        assertEquals(DeviceState.UNSUPPORTED, world.status().state());
        assertTrue(world.status().reason().contains(reason), world.status().reason());
        assertEquals(List.of(), world.rulesOf(FIRST));
    }

    @Test
    void aForeignSwitchWithOneTableIsToldOfTheOtherBackend() {
        connect("Some Switch", "default");
        assertEquals(
                "driver default cannot put the policy in front of forwarding; postern-ovs is for Open vSwitch, and this"
                        + " is Nicira, Inc. Some Switch; its one table can take the policy, with limits: backend"
                        + " \"single-table\" in the configuration of the device",
                world.status().reason());
        assertEquals(List.of(), world.rulesOf(FIRST), "it is never chosen by itself");
    }

    @Test
    void aDriverWithoutPipelineIsRefused() {
        world.network.driver("bare", "");
        singleTable();
        connect("Some Switch", "bare");
        assertEquals(DeviceState.UNSUPPORTED, world.status().state());
        assertStarts("driver bare has no pipeline", world.status().reason());
        assertEquals(List.of(), world.rulesOf(FIRST));
    }

    @Test
    void aDriverHasThePipelineOfItsParent() {
        singleTable();
        connect("Open vSwitch", "ovs");
        world.awaitInForce();
        assertTrue(world.rulesOf(FIRST).size() > 20);
    }

    @Test
    void whereTheFrontTableIsNothingIsWrittenToTheOneTableUntilItIsWithdrawn() {
        world.enforced();
        singleTable();
        world.awaitState(DeviceState.UNSUPPORTED);
        assertStarts(
                "it has backend single-table, but the front table is still on it",
                world.status().reason());
        world.awaitRulesOfTheSecond();
        assertTrue(!world.sendsMail(ALICE), "what was enforced still is");
        world.enforcement.withdraw(FIRST, Optional.empty(), Order.console("noc"));
        assertEquals(List.of(), world.rulesOf(FIRST));
        world.enforcement.enforce(FIRST, Order.console("noc"));
        world.awaitInForce();
        assertEquals("ovs", world.status().driver());
        assertTrue(!world.rulesOf(FIRST).isEmpty());
    }
}
