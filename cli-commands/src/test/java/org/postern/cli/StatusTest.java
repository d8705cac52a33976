package org.postern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.postern.cli.Console.NOW;
import static org.postern.cli.Console.S1;
import static org.postern.cli.Console.S2;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.onlab.packet.IpAddress;
import org.onosproject.net.DeviceId;
import org.onosproject.store.service.StorageException;
import org.postern.device.DeviceState;
import org.postern.device.DeviceStatus;
import org.postern.device.Statuses;
import org.postern.infrastructure.ConfigurationStatus;
import org.postern.policy.Attachment;
import org.postern.policy.Infrastructure;
import org.postern.policy.NextHop;
import org.postern.policy.Remediation;
import org.postern.policy.SubmissionServer;
import org.postern.policy.Subscriber;
import org.postern.policy.Suspension;
import org.postern.probe.Verdict;
import org.postern.submission.Watched;
import org.postern.subscriber.DoubleClaim;

class StatusTest {
    private static final String S3 = "of:0000000000000003";
    private static final String S4 = "of:0000000000000004";
    private static final String S5 = "of:0000000000000005";

    private final Console console = new Console();

    private static DeviceStatus inForce(String device) {
        return Statuses.of(device, DeviceState.IN_FORCE, "", NOW.minusSeconds(200))
                .rules(120, 120, 120, 0)
                .build();
    }

    private static DeviceStatus offline(String device) {
        return Statuses.of(
                        device,
                        DeviceState.OFFLINE,
                        "not connected; the switch goes on with the rules it has",
                        NOW.minusSeconds(42))
                .rules(120, 118, 0, 3)
                .build();
    }

    private static DeviceStatus withdrawn(String device) {
        return Statuses.of(device, DeviceState.WITHDRAWN, "withdrawn by an operator", NOW).build();
    }

    private static DeviceStatus another(String device) {
        return Statuses.of(device, DeviceState.NOT_MASTER, "master is 10.0.0.2", NOW).build();
    }

    /** Text and JSON tell the same. */
    private void assertSays(boolean inForce, String beginning) {
        String text = status();
        assertTrue(text.startsWith(beginning), text);
        assertEquals(
                inForce, console.json(new StatusCommand(), "-j").get("inForce").booleanValue());
    }

    private String status() {
        String text = console.run(new StatusCommand());
        text.lines().forEach(line -> assertTrue(line.length() <= 80, line));
        return text;
    }

    @Test
    void firstLineSaysThatThePolicyIsInForceOnEveryDeviceSinceTheLastOneWas() {
        console.enforcement.devices.add(
                Statuses.of(S1, DeviceState.IN_FORCE, "", NOW.minusSeconds(7500)).build());
        console.enforcement.devices.add(inForce(S2));
        assertEquals(
                "The policy is in force on every device (2) for 3m 20s, since 07:58:10.",
                status().lines().findFirst().get());
    }

    @Test
    void firstLinesSayWhereThePolicyIsNotInForceAndWhy() {
        console.enforcement.devices.addAll(List.of(inForce(S1), offline(S2)));
        List<String> lines = ImmutableList.copyOf(status().split("\n"));
        assertEquals("The policy is NOT in force on 1 of 2 devices:", lines.get(0));
        assertEquals(
                "  " + S2 + " OFFLINE for 42 s: not connected; the switch goes on with",
                lines.get(1));
        assertEquals("  the rules it has", lines.get(2));
    }

    @Test
    void ofManyDevicesThoseAreShownOfWhichThereIsSomethingToBeTold() {
        for (int i = 10; i < 40; i++) {
            String device = "of:00000000000000" + i;
            console.enforcement.devices.add(i == 17 ? offline(device) : inForce(device));
        }
        console.enforcement.devices.add(another(S4));
        String text = status();
        assertTrue(text.contains("of:0000000000000017  OFFLINE"), text);
        assertFalse(text.contains("of:0000000000000018"), text);
        assertFalse(text.contains(S4), text);
        assertTrue(text.endsWith("30 devices more: see postern-devices."), text);
        assertEquals(31, console.json(new StatusCommand(), "-j").get("devices").size());
    }

    @Test
    void devicesOfAStateOrOneAloneCanBeAskedFor() {
        console.enforcement.devices.addAll(List.of(inForce(S1), offline(S2)));
        assertEquals(
                S2,
                console.json(new DevicesCommand(), "--state", "offline", "-j")
                        .at("/0/device")
                        .textValue());
        assertEquals(1, console.json(new DevicesCommand(), "-j", S1).size());
        assertEquals(1, console.json(new DevicesCommand(), "--state", "IN_FORCE", "-j").size());
        String message =
                assertThrows(
                                IllegalArgumentException.class,
                                () -> console.run(new DevicesCommand(), "--state", "sleepy"))
                        .getMessage();
        assertTrue(message.contains("\"sleepy\"") && message.contains("in-force"), message);
    }

    @Test
    void withdrawnDevicesAndThoseOfAnotherNodeAreToldApart() {
        console.enforcement.devices.add(inForce(S1));
        console.enforcement.devices.add(withdrawn(S2));
        assertSays(
                true,
                "The policy is in force on 1 of 2 devices for 3m 20s, since 07:58:10.\n"
                        + "  1 device withdrawn.\n"
                        + "Configuration");
        console.enforcement.devices.addAll(List.of(another(S3), another(S4)));
        assertSays(
                true,
                "The policy is in force on 1 of 4 devices for 3m 20s, since 07:58:10.\n"
                        + "  1 device withdrawn.\n"
                        + "  2 devices are another node's: ask there.\n"
                        + "Configuration");
        console.enforcement.devices.add(offline(S5));
        assertSays(
                false,
                "The policy is NOT in force on 1 of 2 devices:\n"
                        + "  "
                        + S5
                        + " OFFLINE for 42 s: not connected; the switch goes on with\n"
                        + "  the rules it has\n"
                        + "  1 device withdrawn.\n"
                        + "  2 devices are another node's: ask there.\n");
    }

    @Test
    void whereThisNodeEnforcesNothingThePolicyIsNotInForce() {
        console.enforcement.devices.add(withdrawn(S1));
        assertSays(
                false,
                "The policy is NOT in force: there is no access device on which this node\n"
                        + "enforces it.\n"
                        + "  1 device withdrawn.\n");
        console.enforcement.devices.clear();
        console.enforcement.devices.add(another(S1));
        assertSays(
                false,
                "The policy is NOT in force: there is no access device on which this node\n"
                        + "enforces it.\n"
                        + "  1 device is another node's: ask there.\n");
    }

    @Test
    void withoutAccessDevicesThePolicyIsNotInForce() {
        assertSays(false, "The policy is NOT in force: there is no access device.\n");
    }

    @Test
    void withAClassSuspendedThePolicyIsNotInForceAndTheFirstLineNamesTheClass() {
        console.enforcement.devices.add(inForce(S1));
        console.enforcement.suspensions.add(
                Suspension.ofClass("strict", NOW.plusSeconds(580), "migration", "ada"));
        assertSays(false, "The policy is NOT in force: suspended for class strict.\n");
        String text = status();
        assertTrue(
                text.contains(
                        "  suspended: class strict, for another 9m 40s until 08:11:10, by ada: migration"),
                text);
    }

    @Test
    void suspendedDevicesAreListedAndTheFirstLineSaysWhatIsSuspended() {
        console.enforcement.devices.add(inForce(S1));
        console.enforcement.devices.add(
                Statuses.of(S2, DeviceState.SUSPENDED, "outage", NOW.minusSeconds(5)).build());
        console.enforcement.suspensions.add(
                Suspension.ofDevice(DeviceId.deviceId(S2), NOW.plusSeconds(60), "outage", "ada"));
        assertSays(
                false,
                "The policy is NOT in force on 1 of 2 devices, suspended for device\n"
                        + S2
                        + ":\n  "
                        + S2
                        + " SUSPENDED for 5 s: outage\n");
        console.enforcement.suspensions.clear();
        console.enforcement.suspensions.add(
                Suspension.everywhere(NOW.plusSeconds(60), "outage", "ada"));
        assertSays(false, "The policy is NOT in force on 1 of 2 devices, suspended everywhere:\n");
    }

    @Test
    void refusedConfigurationIsShownWithItsErrors() {
        console.network.status =
                new ConfigurationStatus(
                        List.of("pools[0] \"10.64.0.0/33\" is refused", "defaultClass \"gold\""),
                        NOW.minusSeconds(30));
        String text = status();
        assertTrue(
                text.contains(
                        "Configuration is refused since 08:01:00; the last good one stays in force:\n"
                                + "  pools[0] \"10.64.0.0/33\" is refused\n"
                                + "  defaultClass \"gold\"\n"),
                text);
        assertFalse(text.contains("Configuration is in force"));
    }

    @Test
    void deviceIsShownWithItsStateRulesAndWhatAnOperatorShouldSeeTo() {
        console.enforcement.devices.add(
                Statuses.of(
                                S1,
                                DeviceState.DEGRADED,
                                "1 rules stand in the way",
                                NOW.minusSeconds(200))
                        .rules(120, 118, 117, 3)
                        .unverified(
                                NOW.minusSeconds(60), NOW.minusSeconds(18), "OFFLINE, PROGRAMMING")
                        .warnings("port 3 carries a link")
                        .tableSpace("compact form: table 2 is full", "2 subscribers are closed")
                        .foreign(0, 65000, "org.other")
                        .foreign(0, 10, "org.harmless")
                        .build());
        List<String> lines = List.of(console.run(new DevicesCommand()).split("\n"));
        assertEquals(
                List.of(
                        "DEVICE               STATE     FOR     RULES  PRESENT  VERIFIED  REPAIRED",
                        S1 + "  DEGRADED  3m 20s    120      118       117         3",
                        "  driver postern-ovs",
                        "  1 rules stand in the way",
                        "  not verified from 08:00:30 to 08:01:12 (42 s): OFFLINE, PROGRAMMING",
                        "  table space: compact form: table 2 is full",
                        "  table space: 2 subscribers are closed",
                        "  warning: port 3 carries a link",
                        "  foreign rule, in the way of the policy: table 0, priority 65000, by org.other:",
                        "  [IN_PORT:7] -> [OUTPUT:8]",
                        "  foreign rule: table 0, priority 10, by org.harmless: [IN_PORT:7] -> [OUTPUT:8]"),
                lines);
    }

    @Test
    void deviceWithASingleTableIsShownWithWhatThatDoesNotDo() {
        console.enforcement.devices.add(
                Statuses.of(S1, DeviceState.IN_FORCE, "", NOW).limits("no reset").build());
        String text = console.run(new DevicesCommand());
        assertTrue(
                text.contains("  driver postern-ovs, single table\n  limit: no reset"), () -> text);
    }

    @Test
    void manyForeignRulesAreCounted() {
        Statuses status = Statuses.of(S1, DeviceState.DEGRADED, "", NOW);
        for (int i = 0; i < 7; i++) {
            status.foreign(0, 10 + i, "org.other");
        }
        console.enforcement.devices.add(status.build());
        String text = console.run(new DevicesCommand());
        assertEquals(5, text.split("foreign rule:", -1).length - 1);
        assertTrue(text.contains("2 more foreign rules: postern-devices -j shows them"), text);
    }

    @Test
    void policyIsSummedUpInOneLine() {
        assertTrue(
                status().lines()
                        .anyMatch(
                                "Postern unknown: 0 subscribers, 0 submission servers, default class residential."
                                        ::equals));
    }

    @Test
    void subscribersOfWhatIsNoAccessDeviceAreNamed() {
        for (int i = 1; i <= 7; i++) {
            console.directory.subscribers.put(
                    "b" + i,
                    Subscriber.builder("b" + i)
                            .attachedAt(Attachment.parse("of:0000000000000009/" + i))
                            .build());
        }
        String text = status();
        assertTrue(
                text.replaceAll("\\s+", " ")
                        .contains(
                                "7 subscribers attached to what is no access device (any more), not filtered there:"
                                        + " b1, b2, b3, b4, b5, …."),
                text);
        assertEquals(7, console.json(new StatusCommand(), "-j").get("subscribersElsewhere").size());
    }

    @Test
    void relayThatCannotBeReachedIsToldWithTheReason() {
        console.network.infrastructure =
                new Infrastructure(
                        List.of(),
                        List.of(),
                        List.of(),
                        "residential",
                        List.of(
                                new NextHop(
                                        "east",
                                        Set.of(IpAddress.valueOf("10.64.0.25")),
                                        null,
                                        Set.of())),
                        Remediation.NONE);
        console.unreachable.put("east", "east is not among ONOS's hosts");
        assertTrue(status().contains("unreachable: east is not among ONOS's hosts"), status());
        assertEquals(
                "[{\"name\":\"east\",\"reachable\":false,\"refused\":false,\"mac\":null,"
                        + "\"reason\":\"east is not among ONOS's hosts\"}]",
                console.json(new StatusCommand(), "-j").get("nextHops").toString());
        console.unreachable.clear();
        assertFalse(status().contains("unreachable"), status());
        assertTrue(
                console.json(new StatusCommand(), "-j")
                        .get("nextHops")
                        .get(0)
                        .get("reachable")
                        .asBoolean());
    }

    @Test
    void whatIsWrongWithOnesOwnServersIsTold() {
        console.network.infrastructure =
                new Infrastructure(
                        List.of(
                                new SubmissionServer(
                                        "smtp.isp.example",
                                        Set.of(IpAddress.valueOf("192.0.2.25")),
                                        Set.of(465, 587))),
                        List.of(),
                        List.of(),
                        "residential");
        assertFalse(status().contains("alarm"), status());
        console.servers.found(
                Watched.Kind.SERVER,
                "smtp.isp.example",
                "192.0.2.25",
                587,
                Verdict.RELAY_SUSPECTED,
                null);

        assertTrue(
                status().replaceAll("\\s+", " ")
                        .contains(
                                "submission server smtp.isp.example (192.0.2.25) port 587: alarm for 0 s,"
                                        + " not-enforced: relay-suspected: 250 2.1.5 Ok"),
                status());
        JsonNode alarm = console.json(new StatusCommand(), "-j").get("alarms").get(0);
        assertEquals("not-enforced", alarm.get("alarm").asText());
        assertEquals(587, alarm.get("port").asInt());
    }

    @Test
    void whatTwoSubscribersHaveIsNamed() {
        assertFalse(status().contains("claimed twice"), status());
        console.directory.doubles.add(
                new DoubleClaim("bob", "alice", "attachment of:0000000000000001/7"));
        String told =
                "  claimed twice: subscribers alice and bob both have attachment of:0000000000000001/7;";
        assertTrue(status().replaceAll("\\s+", " ").contains(told.trim()), status());
        assertEquals(
                "[{\"what\":\"attachment of:0000000000000001/7\",\"subscribers\":[\"alice\",\"bob\"]}]",
                console.json(new StatusCommand(), "-j").get("doubleClaims").toString());
    }

    @Test
    void jsonOfTheStatusHasTheDocumentedFields() {
        console.enforcement.devices.add(
                Statuses.of(S1, DeviceState.IN_FORCE, "", NOW)
                        .rules(120, 118, 117, 3)
                        .unverified(
                                NOW.minusSeconds(60), NOW.minusSeconds(18), "OFFLINE, PROGRAMMING")
                        .warnings("w")
                        .limits("no reset")
                        .tableSpace("compact form")
                        .foreign(2, 65000, "org.other")
                        .build());
        console.enforcement.suspensions.add(
                Suspension.everywhere(NOW.plusSeconds(60), "outage", "ada"));
        JsonNode json = console.json(new StatusCommand(), "-j");
        assertEquals(
                "{\"version\":\"unknown\","
                        + "\"configuration\":{\"valid\":true,\"error\":null,\"since\":\"2026-03-01T06:01:30Z\"},"
                        + "\"inForce\":false,\"subscribers\":0,\"subscribersElsewhere\":[],\"doubleClaims\":[],\"sadis\":null,"
                        + "\"suspensions\":[{\"scope\":\"everywhere\",\"until\":\"2026-03-01T08:02:30Z\","
                        + "\"reason\":\"outage\",\"by\":\"ada\"}],"
                        + "\"nextHops\":[],"
                        + "\"devices\":[{\"device\":\"of:0000000000000001\",\"driver\":\"postern-ovs\","
                        + "\"backend\":\"single-table\",\"state\":\"IN_FORCE\",\"reason\":\"\","
                        + "\"since\":\"2026-03-01T08:01:30Z\","
                        + "\"rules\":{\"desired\":120,\"present\":118,\"verified\":117},\"driftRepaired\":3,\"rejected\":0,"
                        + "\"unverified\":{\"from\":\"2026-03-01T08:00:30Z\",\"to\":\"2026-03-01T08:01:12Z\","
                        + "\"seconds\":42,\"reason\":\"OFFLINE, PROGRAMMING\"},"
                        + "\"foreignRules\":[{\"table\":2,\"priority\":65000,\"application\":\"org.other\","
                        + "\"selector\":\"[IN_PORT:7]\",\"treatment\":\"[OUTPUT:8]\"}],"
                        + "\"tableSpace\":[\"compact form\"],\"warnings\":[\"w\"],\"limits\":[\"no reset\"]}],\"exemptions\":0,\"exemptionsEnding\":[],\"alarms\":[]}",
                json.toString());
        assertEquals(json.get("devices"), console.json(new DevicesCommand(), "-j"));
    }

    @Test
    void jsonOfARefusedConfigurationHasAllErrorsAndOfADeviceNeverUnverifiedNull() {
        console.network.status = new ConfigurationStatus(List.of("one", "two"), Instant.EPOCH);
        console.enforcement.devices.add(offline(S1));
        JsonNode json = console.json(new StatusCommand(), "--json");
        assertFalse(json.at("/configuration/valid").booleanValue());
        assertEquals("one; two", json.at("/configuration/error").textValue());
        assertFalse(json.get("inForce").booleanValue());
        assertTrue(json.at("/devices/0/unverified").isNull());
    }

    @Test
    void withPosternDeactivatedTheCommandFailsAndSaysSo() {
        console.deactivate();
        String message =
                assertThrows(
                                IllegalStateException.class,
                                () -> console.run(new StatusCommand(), "-j"))
                        .getMessage();
        assertTrue(message.startsWith("Postern is not running"), message);
    }

    @Test
    void silentStoreIsToldInWordsOfTheOperator() {
        console.enforcement.refusal = new StorageException.Timeout();
        String message =
                assertThrows(IllegalStateException.class, () -> console.run(new DevicesCommand()))
                        .getMessage();
        assertTrue(message.startsWith("the store of the cluster does not answer"), message);
    }
}
