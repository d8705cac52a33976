package org.postern.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class QuarantineTest {
    private static final Attachment PORT = Attachment.parse("of:0000000000000001/1");

    private static ServiceClass classOf(ServiceClass own, String quarantine, ServiceClass... more) {
        List<ServiceClass> classes = new ArrayList<>(List.of(more));
        classes.add(own);
        Policy policy =
                new Policy(
                        new Infrastructure(List.of(), List.of(), classes, "residential"),
                        List.of(),
                        List.of(),
                        List.of());
        return policy.classOf(
                Subscriber.builder("alice")
                        .serviceClass(own.name())
                        .attachedAt(PORT)
                        .quarantine(new Quarantine(quarantine, "spam", Instant.EPOCH, "karaf"))
                        .build());
    }

    @Test
    void whatTheOwnClassDeniesStaysDenied() {
        ServiceClass own =
                ServiceClass.named("strict")
                        .sourceGuard(true)
                        .blockTunnels(true)
                        .inbound(InboundRule.DROP)
                        .build();
        ServiceClass held = classOf(own, "quarantined");
        assertEquals(Optional.of(QuarantineDepth.MAIL), held.quarantine());
        assertTrue(held.guardsSources() && held.blocksTunnels());
        assertEquals(InboundRule.DROP, held.inbound());
    }

    @Test
    void aQuarantineWhoseClassIsGoneOrRedefinedReleasesNobody() {
        assertEquals(
                Optional.of(QuarantineDepth.WALLED_GARDEN),
                classOf(ServiceClass.BUSINESS, "gone").quarantine());
        ServiceClass redefined =
                new ServiceClass("quarantined", OutboundAction.ALLOW, InboundRule.ALLOW);
        assertEquals(
                Optional.of(QuarantineDepth.WALLED_GARDEN),
                classOf(ServiceClass.BUSINESS, "quarantined", redefined).quarantine());
    }

    @Test
    void nobodyIsQuarantinedByDefault() {
        assertThrows(
                IllegalArgumentException.class,
                () -> new Infrastructure(List.of(), List.of(), List.of(), "walled-garden"));
    }
}
