package org.postern.infrastructure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.postern.infrastructure.InfrastructureReaderTest.json;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.postern.policy.InboundRule;
import org.postern.policy.Infrastructure;
import org.postern.policy.Mode;
import org.postern.policy.OutboundAction;
import org.postern.policy.QuarantineDepth;
import org.postern.policy.ServiceClass;

class ServiceClassReaderTest {
    private static final String RELAYS =
            "'relays': [{'name': 'east', 'addresses': ['192.0.2.25']},"
                    + " {'name': 'west', 'mac': '02:00:00:00:00:26'}]";
    private static final String ACTIONS = "use one of drop, allow, redirect, reject";
    private static final String FLAG = "it must be true or false, without quotation marks";
    private static final String REDIRECT_ONLY = "it is for classes with outbound redirect only";
    private static final String QUARANTINE = "a class with quarantine has none: leave it out";

    private static ServiceClass read(String fields) {
        return InfrastructureReader.read(
                        json("{" + RELAYS + ", 'classes': [{'name': 'gold', " + fields + "}]}"))
                .classNamed("gold");
    }

    private static List<String> errors(String text) {
        return assertThrows(
                        ConfigurationException.class, () -> InfrastructureReader.read(json(text)))
                .errors();
    }

    @Test
    void aRedirectHasItsRelayAndFallback() {
        ServiceClass read =
                read(
                        "'outbound': 'redirect', 'relay': 'west', 'fallback': 'allow', 'inbound': 'drop'");
        assertEquals(OutboundAction.REDIRECT, read.outbound());
        assertEquals(Optional.of("west"), read.relay());
        assertEquals(OutboundAction.ALLOW, read.fallback());
        assertEquals(InboundRule.DROP, read.inbound());
    }

    @Test
    void withoutAFallbackMailIsDroppedWhileTheRelayIsAway() {
        assertEquals(
                OutboundAction.DROP, read("'outbound': 'redirect', 'relay': 'east'").fallback());
    }

    @Test
    void guardsAndMonitoringAreOffUnlessAskedFor() {
        ServiceClass plain = read("'outbound': 'reject'");
        assertEquals(OutboundAction.REJECT, plain.outbound());
        assertEquals(Mode.ENFORCE, plain.mode());
        assertTrue(!plain.guardsSources() && !plain.blocksTunnels(), plain.toString());
        assertEquals(Optional.empty(), plain.quarantine());
        ServiceClass strict =
                read(
                        "'mode': 'monitor', 'sourceGuard': true, 'blockTunnels': true, 'outbound': 'drop'");
        assertEquals(Mode.MONITOR, strict.mode());
        assertTrue(strict.guardsSources() && strict.blocksTunnels(), strict.toString());
        assertEquals(Mode.ENFORCE, read("'mode': 'enforce'").mode());
        assertTrue(!read("'sourceGuard': false").guardsSources());
    }

    @Test
    void aQuarantineHasADepthAndMayGuardSources() {
        assertEquals(Optional.of(QuarantineDepth.MAIL), read("'quarantine': 'mail'").quarantine());
        ServiceClass garden =
                read("'quarantine': 'walled-garden', 'sourceGuard': true, 'inbound': 'drop'");
        assertEquals(Optional.of(QuarantineDepth.WALLED_GARDEN), garden.quarantine());
        assertTrue(garden.guardsSources());
        assertEquals(InboundRule.DROP, garden.inbound());
    }

    @Test
    void twoDepthsOfQuarantineAreBuiltIn() {
        assertEquals(
                Optional.of(QuarantineDepth.MAIL),
                Infrastructure.EMPTY.classNamed("quarantined").quarantine());
        assertEquals(
                Optional.of(QuarantineDepth.WALLED_GARDEN),
                Infrastructure.EMPTY.classNamed("walled-garden").quarantine());
    }

    private static Arguments wrong(String fields, String field, String value, String allowed) {
        return Arguments.of(
                fields,
                "field classes[0]." + field + ": " + value + " is not acceptable: " + allowed);
    }

    private static Stream<Arguments> flag(String field) {
        return Stream.of("'true'", "'yes'", "1", "0", "null", "[]", "{}")
                .map(
                        value ->
                                wrong(
                                        "'" + field + "': " + value,
                                        field,
                                        value.replace('\'', '"'),
                                        FLAG));
    }

    private static Stream<Arguments> choice(String before, String field, String allowed) {
        return Stream.of("'other'", "'DROP'", "''", "true", "7", "null", "['drop']", "{}")
                .map(
                        value ->
                                wrong(
                                        before + "'" + field + "': " + value,
                                        field,
                                        value.replace('\'', '"'),
                                        allowed));
    }

    private static Stream<Arguments> relay() {
        return Stream.of("'north'", "'East'", "''", "7", "null", "true", "['east']", "{}")
                .map(
                        value ->
                                wrong(
                                        "'outbound': 'redirect', 'relay': " + value,
                                        "relay",
                                        value.replace('\'', '"'),
                                        "use one of east, west, or name it in relays"));
    }

    static Stream<Arguments> everyFieldWrongInEveryWay() {
        return Stream.of(
                        flag("sourceGuard"),
                        flag("blockTunnels"),
                        choice("", "outbound", ACTIONS),
                        choice("", "mode", "use one of enforce, monitor"),
                        choice("", "quarantine", "use one of mail, walled-garden"),
                        choice(
                                "'outbound': 'redirect', 'relay': 'east', ",
                                "fallback",
                                "use one of drop, allow"),
                        relay(),
                        Stream.of(
                                wrong(
                                        "'outbound': 'redirect', 'relay': 'east', 'fallback': 'reject'",
                                        "fallback",
                                        "\"reject\"",
                                        "use one of drop, allow"),
                                wrong(
                                        "'outbound': 'redirect', 'relay': 'east', 'fallback': 'redirect'",
                                        "fallback",
                                        "\"redirect\"",
                                        "use one of drop, allow"),
                                wrong(
                                        "'outbound': 'redirect'",
                                        "relay",
                                        "nothing",
                                        "use one of east, west, or name it in relays"),
                                wrong("'relay': 'east'", "relay", "\"east\"", REDIRECT_ONLY),
                                wrong(
                                        "'outbound': 'drop', 'relay': 'north'",
                                        "relay",
                                        "\"north\"",
                                        REDIRECT_ONLY),
                                wrong(
                                        "'outbound': 'allow', 'fallback': 'drop'",
                                        "fallback",
                                        "\"drop\"",
                                        REDIRECT_ONLY)),
                        Stream.of(
                                wrong(
                                        "'quarantine': 'mail', 'outbound': 'drop'",
                                        "outbound",
                                        "\"drop\"",
                                        QUARANTINE),
                                wrong(
                                        "'quarantine': 'walled-garden', 'outbound': 'allow'",
                                        "outbound",
                                        "\"allow\"",
                                        QUARANTINE),
                                wrong(
                                        "'quarantine': 'mail', 'mode': 'monitor'",
                                        "mode",
                                        "\"monitor\"",
                                        QUARANTINE),
                                wrong(
                                        "'quarantine': 'mail', 'mode': 'enforce'",
                                        "mode",
                                        "\"enforce\"",
                                        QUARANTINE),
                                wrong(
                                        "'quarantine': 'mail', 'relay': 'east'",
                                        "relay",
                                        "\"east\"",
                                        QUARANTINE),
                                wrong(
                                        "'quarantine': 'mail', 'fallback': 'drop'",
                                        "fallback",
                                        "\"drop\"",
                                        QUARANTINE)))
                .flatMap(s -> s);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("everyFieldWrongInEveryWay")
    void theMessageNamesFieldValueAndWhatIsAllowed(String fields, String expected) {
        assertEquals(
                List.of(expected),
                errors("{" + RELAYS + ", 'classes': [{'name': 'gold', " + fields + "}]}"));
    }

    @Test
    void withoutRelaysTheMessageSaysWhereTheyAreNamed() {
        assertEquals(
                List.of(
                        "field classes[0].relay: \"east\" is not acceptable:"
                                + " give the name of a relay, and name that in relays"),
                errors("{'classes': [{'name': 'gold', 'outbound': 'redirect', 'relay': 'east'}]}"));
    }

    @Test
    void ofARelayThatIsWrongOnlyTheRelayIsTold() {
        assertEquals(
                List.of(
                        "field relays[0].mac: 7 is not acceptable: it must be a unicast MAC, such as 02:00:00:00:00:25"),
                errors(
                        "{'relays': [{'name': 'east', 'mac': 7}],"
                                + " 'classes': [{'name': 'gold', 'outbound': 'redirect', 'relay': 'east'}]}"));
    }

    @Test
    void theDefaultClassIsNoQuarantine() {
        String expected = "\" is a quarantine: nobody is quarantined without being known";
        assertEquals(
                List.of(
                        "field defaultClass: \"quarantined\" is not acceptable: default class \"quarantined"
                                + expected),
                errors("{'defaultClass': 'quarantined'}"));
        assertEquals(
                List.of(
                        "field defaultClass: nothing is not acceptable: default class \"residential"
                                + expected),
                errors("{'classes': [{'name': 'residential', 'quarantine': 'mail'}]}"));
    }
}
