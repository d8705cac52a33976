package org.postern.subscriber;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onlab.junit.TestUtils;
import org.onlab.packet.IpPrefix;
import org.onosproject.cluster.ClusterServiceAdapter;
import org.onosproject.common.event.impl.TestEventDispatcher;
import org.onosproject.net.DeviceId;
import org.postern.audit.AuditLog;
import org.postern.audit.Order;
import org.postern.exemption.ExemptionWorld;
import org.postern.fakecontroller.FakeCore;
import org.postern.fakecontroller.FakeStorage;
import org.postern.policy.Attachment;
import org.postern.policy.InboundRule;
import org.postern.policy.Infrastructure;
import org.postern.policy.Mode;
import org.postern.policy.Quarantine;
import org.postern.policy.QuarantineDepth;
import org.postern.policy.ServiceClass;
import org.postern.policy.Subscriber;

class QuarantineTest {
    private static final DeviceId FIRST = Isp.FIRST;

    private final FakeStorage storage = new FakeStorage();
    private final Isp isp = new Isp();
    private final List<String> events = new ArrayList<>();
    private final List<String> audit = new ArrayList<>();
    private SubscriberManager manager;

    @BeforeEach
    void start() {
        manager = start(storage);
        manager.addListener(e -> events.add(e.type() + " " + e.subject().id()));
        manager.put(List.of(at("alice", "/1").build()), Order.console("operator"));
        audit.clear();
        events.clear();
    }

    private SubscriberManager start(FakeStorage from) {
        SubscriberManager started = new SubscriberManager();
        started.coreService = new FakeCore();
        started.clusterService = new ClusterServiceAdapter();
        started.storageService = from;
        started.infrastructureService = isp;
        started.auditLog =
                (order, change) ->
                        audit.add(order.by() + " " + change.action() + " " + change.text());
        started.exemptionService =
                ExemptionWorld.start(started.coreService, from, started.auditLog);
        TestUtils.setField(started, "eventDispatcher", new TestEventDispatcher());
        started.activate();
        return started;
    }

    @AfterEach
    void stop() {
        manager.deactivate();
    }

    private static Subscriber.Builder at(String id, String port) {
        return Subscriber.builder(id).attachedAt(Attachment.parse(FIRST + port));
    }

    private String refusal(Executable change) {
        List<Subscriber> before = List.copyOf(manager.subscribers());
        List<String> audited = List.copyOf(audit);
        String message = assertThrows(IllegalArgumentException.class, change).getMessage();
        assertEquals(before, List.copyOf(manager.subscribers()), "a refusal changes nothing");
        assertEquals(audited, audit);
        return message;
    }

    private Subscriber alice() {
        return manager.subscriber("alice").orElseThrow();
    }

    private void classes(ServiceClass... classes) {
        Infrastructure before = isp.infrastructure;
        isp.infrastructure =
                new Infrastructure(
                        before.servers(), before.pools(), List.of(classes), "residential");
    }

    @Test
    void aQuarantineIsKeptBesideTheSubscribersOwnClass() {
        Instant before = Instant.now().minusMillis(1);
        Subscriber after =
                manager.quarantine("alice", "quarantined", " sends spam ", Order.console("ada"));
        Quarantine quarantine = after.quarantine().get();
        assertEquals("residential", after.serviceClass());
        assertEquals("quarantined", quarantine.serviceClass());
        assertEquals("sends spam", quarantine.reason());
        assertEquals("ada", quarantine.by());
        assertTrue(
                !quarantine.since().isBefore(before) && !quarantine.since().isAfter(Instant.now()),
                quarantine.toString());
        assertEquals(after, alice());
        assertEquals(List.of("SUBSCRIBER_UPDATED alice"), events);
        assertEquals(
                List.of(
                        "ada quarantine alice: quarantined since "
                                + quarantine.since()
                                + " by ada: sends spam"),
                audit);
    }

    @Test
    void theReleaseBringsTheOwnClassBackAndIsAudited() {
        Subscriber before = alice();
        Quarantine quarantine =
                manager.quarantine("alice", "walled-garden", "worm", Order.console("ada"))
                        .quarantine()
                        .get();
        assertEquals(before, manager.release("alice", Order.console("bea")));
        assertEquals(before, alice());
        assertEquals("bea release alice from " + quarantine, audit.get(1));
        assertEquals(2, events.size());
    }

    @Test
    void aSecondQuarantineTakesThePlaceOfTheFirst() {
        manager.quarantine("alice", "quarantined", "sends spam", Order.console("ada"));
        manager.quarantine("alice", "walled-garden", "and worms", Order.console("bea"));
        assertEquals("walled-garden", alice().quarantine().get().serviceClass());
        assertEquals("and worms", alice().quarantine().get().reason());
        assertEquals(2, audit.size());
        manager.release("alice", Order.console("ada"));
        assertEquals(Optional.empty(), alice().quarantine());
    }

    @Test
    void whoIsNotQuarantinedCannotBeReleased() {
        String expected = "subscriber alice is not quarantined; postern-quarantines lists who is";
        assertEquals(expected, refusal(() -> manager.release("alice", Order.console("ada"))));
        manager.quarantine("alice", "quarantined", "spam", Order.console("ada"));
        manager.release("alice", Order.console("ada"));
        assertEquals(expected, refusal(() -> manager.release("alice", Order.console("ada"))));
    }

    @Test
    void whoDoesNotExistIsNamed() {
        String expected =
                "there is no subscriber \"bob\": postern-subscribers lists those that exist";
        assertEquals(
                expected,
                refusal(
                        () ->
                                manager.quarantine(
                                        "bob", "quarantined", "spam", Order.console("ada"))));
        assertEquals(expected, refusal(() -> manager.release("bob", Order.console("ada"))));
    }

    @Test
    void onlyAQuarantineClassQuarantines() {
        assertEquals(
                "class business is no quarantine: use one of quarantined, walled-garden",
                refusal(
                        () ->
                                manager.quarantine(
                                        "alice", "business", "spam", Order.console("ada"))));
        assertTrue(
                refusal(() -> manager.quarantine("alice", "gold", "spam", Order.console("ada")))
                        .startsWith("there is no class \"gold\": use one of "));
    }

    @Test
    void aClassOfTheIspsOwnMayQuarantine() {
        classes(ServiceClass.named("jail").quarantine(QuarantineDepth.WALLED_GARDEN).build());
        assertEquals(
                "jail",
                manager.quarantine("alice", "jail", "spam", Order.console("ada"))
                        .quarantine()
                        .get()
                        .serviceClass());
        assertTrue(
                refusal(() -> manager.quarantine("alice", "quiet", "spam", Order.console("ada")))
                        .startsWith("there is no class"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "two\nlines", "a\u0007bell"})
    void aReasonIsOneLine(String reason) {
        assertEquals(
                "give a reason of 1 to 200 characters in one line; it is audited",
                refusal(
                        () ->
                                manager.quarantine(
                                        "alice", "quarantined", reason, Order.console("ada"))));
    }

    @Test
    void aReasonIsGivenAndNotTooLong() {
        refusal(() -> manager.quarantine("alice", "quarantined", null, Order.console("ada")));
        refusal(
                () ->
                        manager.quarantine(
                                "alice", "quarantined", "x".repeat(201), Order.console("ada")));
        manager.quarantine("alice", "quarantined", "x".repeat(200), Order.console("ada"));
        assertEquals("x".repeat(200), alice().quarantine().get().reason());
    }

    @Test
    void aQuarantineIsNobodysOwnClass() {
        String expected =
                "class quarantined is a quarantine: use postern-quarantine, which keeps the reason and the class"
                        + " that comes back";
        assertEquals(
                expected,
                refusal(() -> manager.setClass("alice", "quarantined", Order.console("operator"))));
        for (String id : List.of("alice", "bob")) {
            String port = "alice".equals(id) ? "/1" : "/2";
            assertEquals(
                    expected,
                    refusal(
                            () ->
                                    manager.put(
                                            List.of(
                                                    at(id, port)
                                                            .serviceClass("quarantined")
                                                            .build()),
                                            Order.console("import"))));
        }
    }

    @Test
    void aClassThatBecameAQuarantineKeepsNoImportOut() {
        Subscriber quiet = at("bob", "/2/300").serviceClass("quiet").build();
        manager.put(List.of(quiet), Order.console("operator"));
        classes(ServiceClass.named("quiet").quarantine(QuarantineDepth.MAIL).build());
        manager.put(List.of(quiet, at("alice", "/1").build()), Order.console("import"));
        assertEquals(Optional.of(quiet), manager.subscriber("bob"));
    }

    @Test
    void neitherReplacingNorAnImportEndsAQuarantine() {
        Quarantine quarantine =
                manager.quarantine("alice", "quarantined", "spam", Order.console("ada"))
                        .quarantine()
                        .get();
        manager.put(
                List.of(at("alice", "/2/200").mode(Mode.MONITOR).build()),
                Order.console("operator"));
        assertEquals(Optional.of(quarantine), alice().quarantine());
        assertEquals(Mode.MONITOR, alice().mode());
        manager.put(
                List.of(at("alice", "/3").build(), at("bob", "/4").build()),
                Order.console("import"));
        assertEquals(Optional.of(quarantine), alice().quarantine());
        assertEquals(Optional.empty(), manager.subscriber("bob").get().quarantine());
    }

    @Test
    void aMonitoredSubscriberNeedsToBeToldFromItsNeighbours() {
        assertTrue(
                refusal(
                                () ->
                                        manager.put(
                                                List.of(
                                                        at("alice", "/1")
                                                                .mode(Mode.MONITOR)
                                                                .build()),
                                                Order.console("operator")))
                        .startsWith(
                                "subscriber alice cannot have class residential in mode monitor: packets from port 25"));
    }

    @Test
    void theOwnClassMayChangeMeanwhile() {
        manager.put(
                List.of(at("alice", "/1").prefix(IpPrefix.valueOf("10.64.7.0/29")).build()),
                Order.console("operator"));
        manager.quarantine("alice", "quarantined", "spam", Order.console("ada"));
        Subscriber after = manager.setClass("alice", "business", Order.console("operator"));
        assertEquals("business", after.serviceClass());
        assertEquals("quarantined", after.quarantine().get().serviceClass());
        assertEquals("business", manager.release("alice", Order.console("ada")).serviceClass());
    }

    @Test
    void aClassThatCouldNotComeBackIsRefusedAlreadyDuringTheQuarantine() {
        manager.quarantine("alice", "quarantined", "spam", Order.console("ada"));
        assertTrue(
                refusal(() -> manager.setClass("alice", "business", Order.console("operator")))
                        .startsWith("subscriber alice cannot have class business"));
        assertTrue(
                refusal(
                                () ->
                                        manager.put(
                                                List.of(
                                                        at("alice", "/1")
                                                                .serviceClass("business")
                                                                .build()),
                                                Order.console("import")))
                        .startsWith("subscriber alice cannot have class business"));
        assertEquals("residential", manager.release("alice", Order.console("ada")).serviceClass());
    }

    @Test
    void whoseClassIsGoneIsQuarantinedAndReleasedAllTheSame() {
        manager.put(
                List.of(
                        at("bob", "/2")
                                .serviceClass("quiet")
                                .prefix(IpPrefix.valueOf("10.64.8.0/29"))
                                .build()),
                Order.console("operator"));
        classes();
        manager.quarantine("bob", "quarantined", "spam", Order.console("ada"));
        assertTrue(manager.subscriber("bob").get().quarantine().isPresent());
        assertEquals("quiet", manager.release("bob", Order.console("ada")).serviceClass());
    }

    @Test
    void whoHasALineThatIsNoAccessPortAnyMoreIsQuarantinedAndReleasedAllTheSame() {
        SubscriberManager other = start(storage);
        // two nodes at once: the directory is not as it should be
        isp.infrastructure = new Infrastructure(List.of(), List.of(), List.of(), "residential");
        manager.put(
                List.of(at("bob", "/2").serviceClass("business").build()),
                Order.console("operator"));
        isp.infrastructure = new Isp().infrastructure;
        other.quarantine("bob", "walled-garden", "spam", Order.console("ada"));
        assertEquals("business", other.release("bob", Order.console("ada")).serviceClass());
        other.deactivate();
    }

    @Test
    void modeAndQuarantineSurviveARestartOfTheController() {
        manager.put(
                List.of(
                        at("alice", "/1@10.64.7.0/29")
                                .prefix(IpPrefix.valueOf("10.64.7.0/29"))
                                .mode(Mode.MONITOR)
                                .build(),
                        at("bob", "/2/100@02:00:00:00:00:0a").build()),
                Order.console("operator"));
        Subscriber alice =
                manager.quarantine("alice", "walled-garden", "sends spam", Order.console("ada"));
        SubscriberManager next = start(storage.restarted());
        assertEquals(Optional.of(alice), next.subscriber("alice"));
        assertEquals(Mode.MONITOR, next.subscriber("alice").get().mode());
        assertEquals(alice.quarantine(), next.subscriber("alice").get().quarantine());
        assertEquals(manager.subscriber("bob"), next.subscriber("bob"));
        assertEquals(Mode.ENFORCE, next.subscriber("bob").get().mode());
        assertEquals("residential", next.release("alice", Order.console("bea")).serviceClass());
        next.deactivate();
    }

    /** What another node does between this one's reading of the directory and its writing. */
    private void meanwhile(Consumer<SubscriberManager> other, Runnable change) {
        SubscriberManager elsewhere = start(storage);
        storage.beforeWriting(
                () -> {
                    storage.beforeWriting(() -> {});
                    other.accept(elsewhere);
                });
        change.run();
        elsewhere.deactivate();
    }

    @Test
    void anImportOnAnotherNodeAtTheSameMomentDoesNotEndAQuarantine() {
        meanwhile(
                other -> other.quarantine("alice", "quarantined", "spam", Order.console("ada")),
                () -> manager.put(List.of(at("alice", "/3").build()), Order.console("import")));
        assertEquals("quarantined", alice().quarantine().orElseThrow().serviceClass());
        assertEquals(Set.of(Attachment.parse(FIRST + "/3")), alice().attachments());
    }

    @Test
    void anImportOfManyDoesNotEndAQuarantineThatBeganAfterItWasChecked() {
        SubscriberManager elsewhere = start(storage);
        AuditLog usual = manager.auditLog;
        manager.auditLog =
                (order, change) -> {
                    manager.auditLog = usual;
                    elsewhere.quarantine("alice", "quarantined", "spam", Order.console("ada"));
                };
        Set<String> overtaken =
                manager.apply(
                        List.of(at("alice", "/3").build(), at("bob", "/4").build()),
                        Set.of(),
                        manager.directory(),
                        Order.console("import"),
                        written -> {});
        assertEquals(Set.of("alice"), overtaken);
        assertTrue(alice().quarantine().isPresent());
        assertTrue(manager.subscriber("bob").isPresent());
        assertTrue(
                audit.contains("postern import-overtaken alice is as others made it"),
                audit.toString());
        elsewhere.deactivate();
    }

    @Test
    void anImportOnAnotherNodeAtTheSameMomentDoesNotUndoARelease() {
        manager.quarantine("alice", "quarantined", "spam", Order.console("ada"));
        meanwhile(
                other -> other.release("alice", Order.console("ada")),
                () -> manager.put(List.of(at("alice", "/3").build()), Order.console("import")));
        assertEquals(Optional.empty(), alice().quarantine());
    }

    @Test
    void aChangeOfClassAtTheSameMomentDoesNotEndAQuarantineNorTheOtherWayAbout() {
        manager.put(
                List.of(at("alice", "/1").prefix(IpPrefix.valueOf("10.64.7.0/29")).build()),
                Order.console("operator"));
        meanwhile(
                other -> other.quarantine("alice", "quarantined", "spam", Order.console("ada")),
                () -> manager.setClass("alice", "business", Order.console("operator")));
        assertEquals("business", alice().serviceClass());
        assertTrue(alice().quarantine().isPresent());
        meanwhile(
                other -> other.setClass("alice", "residential", Order.console("operator")),
                () -> manager.release("alice", Order.console("ada")));
        assertEquals("residential", alice().serviceClass());
        assertEquals(Optional.empty(), alice().quarantine());
    }

    @Test
    void whoIsRemovedAtTheSameMomentIsNotBroughtBackByAQuarantine() {
        meanwhile(
                other -> other.remove("alice", Order.console("operator")),
                () ->
                        assertThrows(
                                IllegalArgumentException.class,
                                () ->
                                        manager.quarantine(
                                                "alice",
                                                "quarantined",
                                                "spam",
                                                Order.console("ada"))));
        assertEquals(Optional.empty(), manager.subscriber("alice"));
    }

    @Test
    void whoCannotBeToldFromItsNeighboursIsQuarantinedAllTheSame() {
        classes(
                ServiceClass.named("jail")
                        .quarantine(QuarantineDepth.MAIL)
                        .inbound(InboundRule.DROP)
                        .build());
        // nothing tells what comes to its port 25
        assertEquals(
                "jail",
                manager.quarantine("alice", "jail", "spam", Order.console("ada"))
                        .quarantine()
                        .orElseThrow()
                        .serviceClass());
        assertEquals(Optional.empty(), manager.release("alice", Order.console("ada")).quarantine());
    }

    @Test
    void aStoreThatFailsQuarantinesNobodyAndTheAuditSaysSo() {
        storage.failWrites("alice"::equals);
        assertThrows(
                RuntimeException.class,
                () -> manager.quarantine("alice", "quarantined", "spam", Order.console("ada")));
        assertEquals(Optional.empty(), alice().quarantine());
        assertEquals(2, audit.size());
        assertEquals(
                "ada not-done quarantine of alice: the store failed: see whether it was done all the same",
                audit.get(1));
    }
}
