package org.postern.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.common.collect.Sets;
import java.util.Set;
import java.util.stream.Collectors;
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
        assertEquals(PuntRule.cookies(FIRST, OWNER), cookies(1));
        assertEquals(PuntRule.cookies(FIRST, OWNER), cookies(9));
        assertEquals(
                Set.of(),
                Sets.intersection(PuntRule.cookies(FIRST, OWNER), PuntRule.cookies(SECOND, OWNER)));
    }

    private static Set<Long> cookies(long meter) {
        return PuntRule.of(FIRST, OWNER, MeterId.meterId(meter)).stream()
                .map(rule -> rule.id().value())
                .collect(Collectors.toSet());
    }
}
