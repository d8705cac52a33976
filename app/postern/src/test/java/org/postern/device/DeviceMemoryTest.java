package org.postern.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import org.junit.jupiter.api.Test;

/** From when to when a device was not verified, and why. A look every five seconds. */
class DeviceMemoryTest {
    private static final Instant START = Instant.parse("2026-03-01T08:00:00Z");

    private DeviceMemory memory = new DeviceMemory(null);
    private long second;

    private static Instant at(long second) {
        return START.plusSeconds(second);
    }

    private void look(DeviceState state, boolean whole) {
        memory.remember(state, whole, at(second));
        second += 5;
    }

    private void looks(int times, DeviceState state) {
        for (int i = 0; i < times; i++) {
            look(state, state == DeviceState.IN_FORCE);
        }
    }

    private void assertUnverified(long from, long to, String reason) {
        assertEquals(at(from), memory.unverified().from());
        assertEquals(at(to), memory.unverified().to());
        assertEquals(reason, memory.unverified().reason());
    }

    @Test
    void aSwitchThatWasOfflineWasNotVerifiedForThatReason() {
        looks(2, DeviceState.IN_FORCE);
        looks(6, DeviceState.OFFLINE);
        looks(2, DeviceState.PROGRAMMING);
        looks(1, DeviceState.IN_FORCE);
        assertUnverified(5, 50, "OFFLINE, PROGRAMMING");
    }

    @Test
    void aDeviceThatWasWithdrawnWasNotVerifiedForThatReason() {
        looks(1, DeviceState.IN_FORCE);
        looks(10, DeviceState.WITHDRAWN);
        looks(1, DeviceState.IN_FORCE);
        assertUnverified(0, 55, "WITHDRAWN");
    }

    @Test
    void afterARestartTheControllerWasAway() {
        memory = new DeviceMemory(START);
        second = 300;
        looks(1, DeviceState.IN_FORCE);
        assertUnverified(0, 300, "the controller or Postern was away");
    }

    @Test
    void whatIsSeenAfterARestartIsToldBesides() {
        memory = new DeviceMemory(START);
        second = 300;
        looks(2, DeviceState.OFFLINE);
        looks(1, DeviceState.PROGRAMMING);
        looks(1, DeviceState.IN_FORCE);
        assertUnverified(0, 315, "the controller or Postern was away, OFFLINE, PROGRAMMING");
    }

    @Test
    void whatWasSeenBeforeTheLastVerificationIsNoReason() {
        looks(1, DeviceState.PROGRAMMING);
        looks(1, DeviceState.IN_FORCE);
        looks(4, DeviceState.OFFLINE);
        looks(1, DeviceState.IN_FORCE);
        assertUnverified(5, 30, "OFFLINE");
    }

    @Test
    void aDeviceWhoseRulesAreAllSeenIsVerifiedWhateverItsState() {
        looks(1, DeviceState.IN_FORCE);
        for (int i = 0; i < 6; i++) {
            look(DeviceState.DEGRADED, true);
        }
        looks(1, DeviceState.IN_FORCE);
        assertNull(memory.unverified());
    }

    @Test
    void rulesMissedForLessThanThreePollsAreNoTimeUnverified() {
        looks(1, DeviceState.IN_FORCE);
        looks(2, DeviceState.PROGRAMMING);
        looks(1, DeviceState.IN_FORCE);
        assertNull(memory.unverified());
    }

    @Test
    void aDeviceThatAnotherNodeVerifiedUpToTheTakeoverWasVerified() {
        looks(1, DeviceState.IN_FORCE);
        looks(20, DeviceState.NOT_MASTER);
        assertTrue(memory.isTakenOver(DeviceState.PROGRAMMING));
        memory.verifiedElsewhere(at(95));
        looks(1, DeviceState.IN_FORCE);
        assertNull(memory.unverified());
        assertFalse(memory.isTakenOver(DeviceState.IN_FORCE));
    }
}
