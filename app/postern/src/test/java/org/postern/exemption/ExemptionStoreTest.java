package org.postern.exemption;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.onlab.packet.IpPrefix;
import org.onosproject.store.serializers.KryoNamespaces;
import org.onosproject.store.service.ConsistentMap;
import org.onosproject.store.service.Serializer;
import org.postern.audit.Order;
import org.postern.bulk.ChangeJournal;
import org.postern.fakecontroller.FakeCore;
import org.postern.fakecontroller.FakeStorage;
import org.postern.policy.Exemption;
import org.postern.precondition.StaleException;

/** What each node of a cluster knows of what the store has. */
class ExemptionStoreTest {
    private static final Instant START = Instant.parse("2026-03-01T08:00:00Z");
    private static final Order SADIS = new Order("sadis", Order.Interface.DIRECTORY);

    private final FakeStorage storage = new FakeStorage();
    private ExemptionManager first;
    private ExemptionManager second;

    private static ExemptionManager start(FakeStorage from) {
        Clock clock = Clock.fixed(START, ZoneOffset.UTC);
        return ExemptionWorld.start(new FakeCore(), from, (order, change) -> {}, clock, () -> 0);
    }

    @BeforeEach
    void start() {
        first = start(storage);
        second = start(storage);
        ExemptionWorld.put(first, exemption("ex-1", "alice"));
        ExemptionWorld.put(first, exemption("ex-2", "bob"));
    }

    @AfterEach
    void stop() {
        ExemptionWorld.stop(first);
        ExemptionWorld.stop(second);
    }

    private static Exemption exemption(String id, String subscriber) {
        return Exemption.builder(id)
                .subscriber(subscriber)
                .reason("own mail server")
                .by("ada")
                .from(START)
                .until(START.plus(Duration.ofDays(90)))
                .build();
    }

    private static Set<String> inForce(ExemptionManager node) {
        return node.inForce().stream().map(Exemption::id).collect(Collectors.toSet());
    }

    @Test
    void whatIsRevokedWhileANodeComparesDoesNotComeBackThere() {
        storage.whileReadingAll(() -> first.write("ex-1", first.version("ex-1"), Optional.empty()));
        second.compare();
        assertEquals(Set.of("ex-2"), inForce(second));
        second.compare();
        ExemptionWorld.put(first, exemption("ex-1", "alice"));
        assertEquals(Set.of("ex-1", "ex-2"), inForce(second), "the same again is another one");
    }

    @Test
    void whatGoesOnWhileANodeComparesDoesNotWaitThereAgain() {
        first.await(Set.of("alice"), SADIS);
        assertEquals(Set.of("ex-2"), inForce(second));
        // all exemptions are read first, then all marks
        storage.whileReadingAll(
                () -> storage.whileReadingAll(() -> first.goOn(Set.of("alice"), SADIS)));
        second.compare();
        assertEquals(Set.of("ex-1", "ex-2"), inForce(second));
    }

    @Test
    void whatPosternNotedOfOneDoesNotOvertakeAnImportButAnotherChangeDoes() {
        ConsistentMap<String, String> texts = map(storage, "postern-exemptions");
        Exemption former = exemption("ex-1", "alice");
        Exemption wanted =
                Exemption.builder("ex-1")
                        .subscriber("alice")
                        .reason("of the file")
                        .by("ada")
                        .from(START)
                        .until(START.plus(Duration.ofDays(30)))
                        .build();
        long version = first.version("ex-1");
        ChangeJournal.Row row =
                ChangeJournal.Row.replacing(
                        "ex-1",
                        version,
                        StoredExemption.of(wanted).text(),
                        StoredExemption.of(former).text());

        texts.put("ex-1", StoredExemption.of(exemption("ex-1", "bob")).text());
        assertFalse(first.write(row), "another change");
        texts.put("ex-1", StoredExemption.of(former).warned(START).text());
        assertTrue(first.write(row));
        assertEquals(Optional.of(wanted), first.exemption("ex-1"));
        texts.put("ex-1", StoredExemption.of(wanted).ended(START).text());
        assertTrue(first.write(row), "it is as the row says");
    }

    // ------------------------------------------------------------------ formats

    private static <V> ConsistentMap<String, V> map(FakeStorage from, String name) {
        return from.<String, V>consistentMapBuilder()
                .withName(name)
                .withSerializer(Serializer.using(KryoNamespaces.BASIC))
                .build();
    }

    /** What versions wrote that noted no format, as it was in their store. */
    private static FakeStorage beforeFormatsWereNoted() {
        FakeStorage old = new FakeStorage();
        ConsistentMap<String, String> texts = map(old, "postern-exemptions");
        String time = "\"from\":\"2026-03-01T08:00:00Z\",\"until\":\"2026-05-30T08:00:00Z\"";
        texts.put(
                "ex-1",
                "{\"id\":\"ex-1\",\"subscriber\":\"alice\",\"destinations\":[\"192.0.2.0/24\"],"
                        + "\"class\":null,\"reason\":\"own mail server\",\"ticket\":\"HD-1\","
                        + "\"by\":\"ada\","
                        + time
                        + ",\"checklist\":{\"sendingHost\":\"mx.shop.example\"},"
                        + "\"warned\":\"2026-05-23T08:00:00Z\"}");
        texts.put(
                "ex-2",
                "{\"id\":\"ex-2\",\"subscriber\":\"bob\",\"destinations\":[],"
                        + "\"class\":\"business\",\"reason\":\"own mail server\",\"ticket\":\"\","
                        + "\"by\":\"ada\","
                        + time
                        + ",\"checklist\":{},\"ended\":\"2026-03-01T07:00:00Z\"}");
        map(old, "postern-exemptions-waiting").put("alice", "2026-03-01T07:00:00Z");
        return old.restarted();
    }

    @Test
    void whatVersionsWroteThatNotedNoFormatIsUnderstood() {
        FakeStorage old = beforeFormatsWereNoted();
        ExemptionManager next = start(old);
        Exemption alices =
                exemption("ex-1", "alice").toBuilder()
                        .destination(IpPrefix.valueOf("192.0.2.0/24"))
                        .ticket("HD-1")
                        .note("sendingHost", "mx.shop.example")
                        .build();
        Exemption bobs = exemption("ex-2", "bob").toBuilder().serviceClass("business").build();
        assertEquals(List.of(alices, bobs), List.copyOf(next.exemptions()));
        assertEquals(ExemptionState.WAITING, next.stateOf(alices));
        assertEquals(ExemptionState.ENDED, next.stateOf(bobs));
        assertEquals(
                1,
                ExemptionStoreTest.<Integer>map(old, "postern-schemas").get("exemptions").value());
        ExemptionWorld.stop(next);
        ExemptionManager again = start(old.restarted());
        assertEquals(List.of(alices, bobs), List.copyOf(again.exemptions()));
        ExemptionWorld.stop(again);
    }

    @Test
    void whatIsWrittenIsWhatThatFormatHas() {
        FakeStorage old = beforeFormatsWereNoted();
        ConsistentMap<String, String> texts = map(old, "postern-exemptions");
        texts.entrySet()
                .forEach(
                        e ->
                                assertEquals(
                                        e.getValue().value(),
                                        StoredExemption.of(e.getValue().value()).text()));
    }

    @Test
    void exemptionsOfALaterVersionAreRefusedAndLeftAlone() {
        FakeStorage future = new FakeStorage();
        map(future, "postern-schemas").put("exemptions", 2);
        assertEquals(
                "the exemptions were written by a later version of Postern (schema 2, this one knows"
                        + " 1): install that version again; nothing was changed",
                assertThrows(IllegalStateException.class, () -> start(future)).getMessage());
    }

    // ------------------------------------------------------------------ what is not understood

    @Test
    void whatIsNotUnderstoodHasNoEffectAnyMoreAndIsNotOverwritten() {
        List<String> events = new ArrayList<>();
        first.addListener(e -> events.add(e.type() + " " + e.subject().id()));
        map(storage, "postern-exemptions").put("ex-1", "{}");
        assertEquals(Set.of("ex-2"), inForce(first));
        assertEquals(List.of("EXEMPTION_REMOVED ex-1"), events);
        ExemptionDesk desk = new ExemptionDesk(Clock.fixed(START, ZoneOffset.UTC));
        desk.exemptions = first;
        desk.auditLog = (order, change) -> {};
        assertEquals(
                "exemption ex-1 is stored but not understood, the log says why; nothing was changed:"
                        + " revoke it first, or choose another identifier",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> desk.put(exemption("ex-1", "alice"), Order.console("ada")))
                        .getMessage());
        assertEquals("{}", map(storage, "postern-exemptions").get("ex-1").value());
    }

    @Test
    void whatIsNotUnderstoodIsRevokedAndTheAuditHasWhatItWas() {
        map(storage, "postern-exemptions").put("ex-1", "{\n" + "x".repeat(10_000));
        List<String> audit = new ArrayList<>();
        ExemptionDesk desk = new ExemptionDesk(Clock.fixed(START, ZoneOffset.UTC));
        desk.exemptions = first;
        desk.auditLog =
                (order, change) ->
                        audit.add(change.action() + " " + change.text() + "; " + change.reason());
        assertEquals(Optional.empty(), desk.stored("ex-1"));
        assertTrue(desk.isUnreadable("ex-1"));
        assertFalse(desk.isUnreadable("ex-2"));
        Order ada = Order.console("ada");
        assertThrows(IllegalArgumentException.class, () -> desk.discard("ex-1", " ", ada));
        assertThrows(StaleException.class, () -> desk.discard("ex-2", "moved", ada));
        assertThrows(IllegalArgumentException.class, () -> desk.discard("ex-9", "moved", ada));
        desk.discard("ex-1", "moved", ada);
        assertFalse(map(storage, "postern-exemptions").containsKey("ex-1"));
        assertFalse(desk.isUnreadable("ex-1"));
        assertEquals(
                List.of(
                        "revoke-exemption exemption ex-1, which was not understood: { "
                                + "x".repeat(498)
                                + "...; moved"),
                audit);
    }

    @Test
    void whatWaitsAndIsNotUnderstoodWaitsOnWhenItIsAgain() {
        first.await(Set.of("alice"), SADIS);
        String text = StoredExemption.of(exemption("ex-1", "alice")).text();
        map(storage, "postern-exemptions").put("ex-1", "{}");
        ExemptionManager third = start(storage);
        for (ExemptionManager node : List.of(first, third)) {
            node.compare();
        }
        map(storage, "postern-exemptions").put("ex-1", text);
        assertEquals(Set.of("ex-2"), inForce(first));
        assertEquals(Set.of("alice"), third.awaited());
        ExemptionWorld.stop(third);
    }
}
