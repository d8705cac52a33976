package org.postern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.postern.cli.Console.NOW;
import static org.postern.cli.Console.S1;
import static org.postern.cli.Console.S2;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onlab.packet.IpPrefix;
import org.postern.observe.Counts;
import org.postern.policy.Attachment;
import org.postern.policy.Infrastructure;
import org.postern.policy.Subscriber;

class SubscriberCommandsTest {
    private final Console console = new Console();

    @BeforeEach
    void twoSubscribers() {
        console.run(new SubscriberAddCommand(), "r1", S1 + "/1");
        console.run(
                new SubscriberAddCommand(),
                "-c",
                "business",
                "-p",
                "10.64.1.7/32",
                "-p",
                "2001:db8:64:7::/64",
                "-m",
                "02:64:00:00:00:07",
                "shop",
                S1 + "/2",
                S2 + "/2/100");
        console.orders.clear();
    }

    private String refusal(PosternCommand command, String... words) {
        String message =
                assertThrows(IllegalArgumentException.class, () -> console.run(command, words))
                        .getMessage();
        assertEquals(1, message.lines().count(), message);
        assertEquals(List.of(), console.orders);
        return message;
    }

    @Test
    void subscriberIsRegisteredWithEverythingGiven() {
        Subscriber shop = console.directory.subscribers.get("shop");
        assertEquals("business", shop.serviceClass());
        assertEquals(
                "[of:0000000000000001/2, of:0000000000000002/2/100]",
                shop.attachments().toString());
        assertEquals("[10.64.1.7/32, 2001:db8:64:7::/64]", shop.prefixes().toString());
        assertEquals("[02:64:00:00:00:07]", shop.macs().toString());
        assertEquals("residential", console.directory.subscribers.get("r1").serviceClass());
    }

    @Test
    void whoOrdersIsTheUserOfTheSessionElseTheConsole() {
        console.run(new SubscriberAddCommand(), "r2", S1 + "/3");
        console.forgetUser();
        console.run(new SubscriberRemoveCommand(), "-y", "r2");
        assertEquals(List.of("put 1 by ada", "remove r2 by console"), console.orders);
    }

    @Test
    void whoIsKnownToTheClusterOnlyOrNotUnderstoodIsNotRemovedUnasked() {
        Subscriber other = Subscriber.builder("r9").attachedAt(Attachment.parse(S1 + "/8")).build();
        console.directory.elsewhere.put("r9", other);
        console.directory.unreadable.add("r8");
        console.orders.clear();
        for (String id : List.of("r8", "r9")) {
            String refused = refusal(new SubscriberRemoveCommand(), id);
            assertTrue(refused.contains("subscriber " + id), refused);
            assertTrue(refused.contains("give -y to confirm"), refused);
        }
        assertEquals(List.of(), console.orders);
        assertTrue(
                refusal(new SubscriberRemoveCommand(), "-y", "nobody").contains("no subscriber"));
        SubscriberRemoveCommand command = new SubscriberRemoveCommand();
        command.question =
                text -> {
                    assertEquals(
                            "subscriber r8, which is not understood, is removed, with its exemptions"
                                    + " and quarantine. Go on? (yes/no) ",
                            text);
                    return "yes";
                };
        console.run(command, "r8");
        console.run(new SubscriberRemoveCommand(), "-y", "r9");
        assertEquals(List.of("remove r8 by ada", "remove r9 by ada"), console.orders);
    }

    @Test
    void whoIsChangedWhileTheOperatorIsAskedIsNotRemoved() {
        SubscriberRemoveCommand command = new SubscriberRemoveCommand();
        command.question =
                text -> {
                    console.run(new SetClassCommand(), "r1", "business");
                    return "yes";
                };
        IllegalStateException refused =
                assertThrows(IllegalStateException.class, () -> console.run(command, "r1"));
        assertTrue(refused.getMessage().startsWith("subscriber r1 is not as it was seen"));
        assertEquals("business", console.directory.subscribers.get("r1").serviceClass());
    }

    @Test
    void whoIsRemovedIsToldInJson() {
        assertEquals(
                "{\"removed\":\"r1\",\"class\":\"residential\"}",
                console.run(new SubscriberRemoveCommand(), "-j", "-y", "r1"));
    }

    @Test
    void existingSubscriberIsReplacedOnlyIfAskedFor() {
        String message = refusal(new SubscriberAddCommand(), "r1", S1 + "/9");
        assertTrue(message.contains("\"r1\"") && message.contains("--replace"), message);
        assertEquals(
                "replaced r1(residential at [of:0000000000000001/9])",
                console.run(new SubscriberAddCommand(), "--replace", "r1", S1 + "/9"));
    }

    @Test
    void whoIsRegisteredElsewhereMeanwhileIsNotReplaced() {
        Subscriber other = Subscriber.builder("r9").attachedAt(Attachment.parse(S1 + "/8")).build();
        console.directory.meanwhile = () -> console.directory.subscribers.put("r9", other);
        IllegalStateException refused =
                assertThrows(
                        IllegalStateException.class,
                        () -> console.run(new SubscriberAddCommand(), "r9", S1 + "/9"));
        assertTrue(
                refused.getMessage().startsWith("subscriber r9 is not as it was seen"),
                refused.getMessage());
        assertEquals(other, console.directory.subscribers.get("r9"));
    }

    @Test
    void optionAfterTheArgumentsIsToldThatItComesTooLate() {
        String message = refusal(new SubscriberAddCommand(), "r9", S1 + "/9", "-c", "business");
        assertTrue(message.contains("\"-c\"") && message.contains("before the arguments"), message);
    }

    @Test
    void malformedPartOfASubscriberIsQuoted() {
        assertTrue(refusal(new SubscriberAddCommand(), "r9", "nonsense").contains("nonsense"));
        assertTrue(
                refusal(new SubscriberAddCommand(), "-p", "10.64.1.7/33", "r9", S1 + "/9")
                        .contains("10.64.1.7/33"));
        assertTrue(
                refusal(new SubscriberAddCommand(), "-m", "02:64:zz:00:00:00", "r9", S1 + "/9")
                        .contains("02:64:zz:00:00:00"));
        assertTrue(refusal(new SubscriberAddCommand(), "r 9", S1 + "/9").contains("\"r 9\""));
    }

    @Test
    void refusalOfTheDirectoryIsShownInOneLine() {
        console.directory.refusal = "there is no class\n\"gold\"";
        assertEquals("there is no class \"gold\"", refusal(new SetClassCommand(), "r1", "gold"));
        assertEquals(
                "there is no class \"gold\"",
                refusal(new SubscriberRemoveCommand(), "-y", "nobody"));
    }

    @Test
    void classIsSet() {
        assertEquals(
                "r1(business at [of:0000000000000001/1]) now",
                console.run(new SetClassCommand(), "r1", "business"));
    }

    @Test
    void whatAChangeDoesNotReachIsSaidAfterIt() {
        console.network.infrastructure = dualStack();
        String warning =
                " cannot be told from its neighbours over IPv6: there the answers to its mail are dropped; if it uses"
                        + " IPv6, give it an IPv6 prefix, a MAC address or a VLAN of its own";
        assertEquals(
                "added r4(residential at [of:0000000000000001/4])",
                console.run(new SubscriberAddCommand(), "-p", "10.64.1.4/32", "r4", S1 + "/4"));
        assertEquals(
                "r4(business at [of:0000000000000001/4]) now\nwarning: subscriber r4" + warning,
                console.run(new SetClassCommand(), "r4", "business"));
        assertEquals(
                "added r5(business at [of:0000000000000001/5])\nwarning: subscriber r5" + warning,
                console.run(
                        new SubscriberAddCommand(),
                        "-c",
                        "business",
                        "-p",
                        "10.64.1.5/32",
                        "r5",
                        S1 + "/5"));
    }

    @Test
    void jsonOfAChangeIsTheSubscriberAndTheWarning() {
        console.network.infrastructure = dualStack();
        assertEquals(
                "{\"id\":\"shop\",\"class\":\"residential\","
                        + "\"attachments\":[\"of:0000000000000001/2\",\"of:0000000000000002/2/100\"],"
                        + "\"prefixes\":[\"10.64.1.7/32\",\"2001:db8:64:7::/64\"],"
                        + "\"macs\":[\"02:64:00:00:00:07\"],\"mode\":\"enforce\",\"quarantine\":null,\"warning\":null}",
                console.json(new SetClassCommand(), "-j", "shop", "residential").toString());
        String warning =
                console.json(
                                new SubscriberAddCommand(),
                                "-j",
                                "-c",
                                "business",
                                "-p",
                                "10.64.1.5/32",
                                "r5",
                                S1 + "/5")
                        .get("warning")
                        .textValue();
        assertTrue(warning.startsWith("subscriber r5 cannot be told"), warning);
    }

    private static Infrastructure dualStack() {
        return new Infrastructure(
                List.of(),
                List.of(IpPrefix.valueOf("10.64.0.0/16"), IpPrefix.valueOf("2001:db8:64::/48")),
                List.of(),
                "residential");
    }

    @Test
    void subscribersAreListedInATable() {
        console.attempts.add(Counts.of("r1", S1, 5, NOW, NOW));
        console.attempts.add(Counts.of("r1", S2, 7, NOW, null));
        console.attempts.add(Counts.of(null, S1, 100, NOW, null));
        assertEquals(
                "SUBSCRIBER  CLASS        ATTACHED AT                ATTEMPTS\n"
                        + "r1          residential  of:0000000000000001/1            12\n"
                        + "shop        business     of:0000000000000001/2             0\n"
                        + "                         of:0000000000000002/2/100\n"
                        + "  prefixes 10.64.1.7/32, 2001:db8:64:7::/64\n"
                        + "  MACs 02:64:00:00:00:07\n"
                        + "2 subscribers",
                console.run(new SubscribersCommand()));
    }

    @Test
    void jsonOfSubscribersHasTheDocumentedFields() {
        console.attempts.add(Counts.of("shop", S1, 5, NOW, NOW));
        assertEquals(
                "[{\"id\":\"r1\",\"class\":\"residential\",\"attachments\":[\"of:0000000000000001/1\"],"
                        + "\"prefixes\":[],\"macs\":[],\"mode\":\"enforce\",\"quarantine\":null,\"attempts\":0},"
                        + "{\"id\":\"shop\",\"class\":\"business\","
                        + "\"attachments\":[\"of:0000000000000001/2\",\"of:0000000000000002/2/100\"],"
                        + "\"prefixes\":[\"10.64.1.7/32\",\"2001:db8:64:7::/64\"],"
                        + "\"macs\":[\"02:64:00:00:00:07\"],\"mode\":\"enforce\",\"quarantine\":null,\"attempts\":5}]",
                console.json(new SubscribersCommand(), "-j").toString());
    }

    @Test
    void subscribersOfAClassOrADeviceAreListed() {
        assertEquals(
                "shop",
                console.json(new SubscribersCommand(), "-j", "--class", "business")
                        .at("/0/id")
                        .textValue());
        assertEquals(
                "shop",
                console.json(new SubscribersCommand(), "--device", S2, "-j")
                        .at("/0/id")
                        .textValue());
        assertEquals(
                0,
                console.json(
                                new SubscribersCommand(),
                                "--device",
                                S2,
                                "--class",
                                "residential",
                                "-j")
                        .size());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--address 10.64.1.7",
                "--address 2001:db8:64:7::99",
                "--prefix 10.64.0.0/16",
                "--mac 02:64:00:00:00:07",
                "--device " + S2 + " --port 2",
                "--begin sh"
            })
    void whoHasAnAddressOrAPortIsFound(String words) {
        List<String> given = new ArrayList<>(List.of(words.split(" ")));
        given.add("-j");
        JsonNode found = console.json(new SubscribersCommand(), given.toArray(String[]::new));
        assertEquals(1, found.size(), found::toString);
        assertEquals("shop", found.at("/0/id").textValue());
    }

    @Test
    void whatNobodyHasFindsNobodyAndAPortAloneIsRefused() {
        assertEquals(
                "No subscribers.", console.run(new SubscribersCommand(), "--address", "10.64.1.8"));
        assertEquals("No subscribers.", console.run(new SubscribersCommand(), "--monitored"));
        assertTrue(refusal(new SubscribersCommand(), "--port", "2").contains("--device"));
        assertTrue(refusal(new SubscribersCommand(), "--address", "10.64").contains("10.64"));
    }

    @Test
    void listOfAnUnknownClassOrDeviceIsRefused() {
        assertTrue(refusal(new SubscribersCommand(), "--class", "gold").contains("\"gold\""));
        String unknown = "of:00000000000000ff";
        assertTrue(refusal(new SubscribersCommand(), "--device", unknown).contains(unknown));
        assertTrue(refusal(new SubscribersCommand(), "--device", "x").contains("\"x\""));
    }

    @Test
    void attemptsAreListedInATable() {
        console.attempts.add(
                Counts.of(null, S1, 100, NOW.minusSeconds(7500), NOW.minusSeconds(42)));
        console.attempts.add(Counts.of("shop", S1, 5, NOW.minusSeconds(200), null));
        assertEquals(
                "SUBSCRIBER  CLASS        DEVICE               WHAT     PACKETS  FOR     LAST AGO\n"
                        + "(unknown)   residential  of:0000000000000001  blocked      100  2h 5m   42 s\n"
                        + "shop        business     of:0000000000000001  blocked        5  3m 20s  -",
                console.run(new AttemptsCommand()));
    }

    @Test
    void jsonOfAttemptsHasTheDocumentedFields() {
        console.attempts.add(Counts.of(null, S1, 100, NOW, NOW));
        console.attempts.add(Counts.of("shop", S2, 5, NOW, null));
        assertEquals(
                "[{\"subscriber\":\"\",\"device\":\"of:0000000000000001\",\"class\":\"residential\","
                        + "\"kind\":\"attempt\",\"attempts\":100,\"since\":\"2026-03-01T08:01:30Z\",\"last\":\"2026-03-01T08:01:30Z\"},"
                        + "{\"subscriber\":\"shop\",\"device\":\"of:0000000000000002\",\"class\":\"business\","
                        + "\"kind\":\"attempt\",\"attempts\":5,\"since\":\"2026-03-01T08:01:30Z\",\"last\":null}]",
                console.json(new AttemptsCommand(), "-j").toString());
    }

    @Test
    void attemptsOfOneSubscriberAreListed() {
        console.attempts.add(Counts.of(null, S1, 100, NOW, NOW));
        console.attempts.add(Counts.of("shop", S2, 5, NOW, null));
        assertEquals(1, console.json(new AttemptsCommand(), "-j", "shop").size());
        assertEquals("No attempts.", console.run(new AttemptsCommand(), "r1"));
        assertTrue(refusal(new AttemptsCommand(), "nobody").contains("\"nobody\""));
    }

    @Test
    void aSubscriberIsQuarantinedListedAndReleased() {
        assertEquals(
                "quarantined r1, walled-garden since 2026-03-01T08:01:30Z by ada: sends spam",
                console.run(
                        new QuarantineCommand(),
                        "-c",
                        "walled-garden",
                        "--reason",
                        "sends spam",
                        "r1"));
        assertEquals(
                "[{\"subscriber\":\"r1\",\"class\":\"walled-garden\",\"depth\":\"walled-garden\","
                        + "\"reason\":\"sends spam\",\"since\":\"2026-03-01T08:01:30Z\",\"by\":\"ada\","
                        + "\"attachments\":[\"of:0000000000000001/1\"],\"prefixes\":[]}]",
                console.json(new QuarantinesCommand(), "-j").toString());
        assertTrue(console.run(new QuarantinesCommand()).contains("sends spam"));
        assertTrue(console.run(new ReleaseCommand(), "r1").startsWith("released r1"));
        assertEquals("Nobody is quarantined.", console.run(new QuarantinesCommand()));
    }
}
