package org.postern.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.Test;
import org.onosproject.core.ApplicationId;
import org.onosproject.core.DefaultApplicationId;
import org.onosproject.net.DeviceId;
import org.onosproject.net.meter.MeterId;

class PuntRuleTest {
    private static final DeviceId FIRST = DeviceId.deviceId("of:0000000000000001");
    private static final DeviceId SECOND = DeviceId.deviceId("of:0000000000000002");
    private static final ApplicationId OWNER = new DefaultApplicationId(77, "org.postern");

    @Test
    void cookieIsThatOfTheRuleWhateverItsMeter() {
        assertEquals(
                PuntRule.cookie(FIRST, OWNER),
                PuntRule.of(FIRST, OWNER, MeterId.meterId(1)).id().value());
        assertEquals(
                PuntRule.cookie(FIRST, OWNER),
                PuntRule.of(FIRST, OWNER, MeterId.meterId(9)).id().value());
        assertNotEquals(PuntRule.cookie(FIRST, OWNER), PuntRule.cookie(SECOND, OWNER));
    }
}
