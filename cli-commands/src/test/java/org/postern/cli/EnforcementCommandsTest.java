package org.postern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.postern.cli.Console.S1;
import static org.postern.cli.Console.S2;

import java.util.List;
import org.apache.karaf.shell.support.CommandException;
import org.junit.jupiter.api.Test;

class EnforcementCommandsTest {
    private final Console console = new Console();

    private String refusal(PosternCommand command, String... words) {
        String message =
                assertThrows(IllegalArgumentException.class, () -> console.run(command, words))
                        .getMessage();
        assertEquals(1, message.lines().count(), message);
        assertEquals(List.of(), console.orders);
        return message;
    }

    @Test
    void enforcementIsSuspendedEverywhereOnADeviceOrForAClass() {
        assertEquals(
                "suspended: everywhere, for 10m 0s until 08:11:30",
                console.run(
                        new SuspendCommand(),
                        "-y",
                        "--everywhere",
                        "--for",
                        "10m",
                        "--reason",
                        "outage"));
        console.run(new SuspendCommand(), "-y", "--device", S2, "--for", "15s", "--reason", "line");
        console.run(
                new SuspendCommand(), "-y", "--for", "1h30m", "--reason", "x", "--class", "strict");
        assertEquals(
                List.of(
                        "suspend everywhere until 2026-03-01T08:11:30Z by ada: outage after 600 s",
                        "suspend device of:0000000000000002 until 2026-03-01T08:01:45Z by ada: line after 15 s",
                        "suspend class strict until 2026-03-01T09:31:30Z by ada: x after 5400 s"),
                console.orders);
    }

    @Test
    void whatIsMissingInASuspensionIsNamed() {
        assertTrue(
                refusal(new SuspendCommand(), "-y", "--everywhere", "--for", "10m")
                        .contains("--reason"));
        assertTrue(
                refusal(new SuspendCommand(), "-y", "--everywhere", "--reason", "x")
                        .contains("--for"));
        assertTrue(
                refusal(new SuspendCommand(), "-y", "--for", "10m", "--reason", "x")
                        .contains("--everywhere"));
        assertTrue(
                refusal(
                                new SuspendCommand(),
                                "-y",
                                "--everywhere",
                                "--class",
                                "strict",
                                "--for",
                                "10m",
                                "--reason",
                                "x")
                        .contains("give one of"));
    }

    @Test
    void badDurationOfASuspensionIsQuoted() {
        assertTrue(
                refusal(
                                new SuspendCommand(),
                                "-y",
                                "--everywhere",
                                "--for",
                                "banana",
                                "--reason",
                                "x")
                        .contains("\"banana\""));
        assertTrue(
                refusal(new SuspendCommand(), "-y", "--everywhere", "--for", "0m", "--reason", "x")
                        .contains("\"0m\""));
    }

    @Test
    void suspensionIsEndedEarlyInItsOwnScope() {
        console.run(new SuspendCommand(), "-y", "--resume", "--everywhere");
        console.run(new SuspendCommand(), "-y", "--resume", "--device", S2);
        assertEquals(
                "resumed: class strict",
                console.run(new SuspendCommand(), "-y", "--class", "strict", "--resume"));
        assertEquals(
                List.of(
                        "resume everywhere by ada",
                        "resume device of:0000000000000002 by ada",
                        "resume class strict by ada"),
                console.orders);
    }

    @Test
    void resumeWithoutAScopeEndsEverySuspension() {
        assertTrue(
                refusal(new SuspendCommand(), "-y", "--resume").contains("nothing is suspended"));
        console.run(new SuspendCommand(), "-y", "--device", S2, "--for", "15s", "--reason", "x");
        console.run(
                new SuspendCommand(), "-y", "--class", "strict", "--for", "15s", "--reason", "x");
        console.orders.clear();
        assertEquals(
                "resumed: device of:0000000000000002\nresumed: class strict",
                console.run(new SuspendCommand(), "-y", "--resume"));
    }

    @Test
    void resumeTakesNoDuration() {
        assertTrue(
                refusal(new SuspendCommand(), "-y", "--resume", "--everywhere", "--for", "10m")
                        .contains("--for"));
    }

    @Test
    void posternIsWithdrawnFromADeviceAndPutBack() {
        console.run(new WithdrawCommand(), "-y", S1);
        console.run(new WithdrawCommand(), "-y", "--driver", "ovs", S1);
        console.run(new EnforceCommand(), S1);
        assertEquals(
                List.of(
                        "withdraw of:0000000000000001 former driver by ada",
                        "withdraw of:0000000000000001 ovs by ada",
                        "enforce of:0000000000000001 by ada"),
                console.orders);
    }

    @Test
    void whatIsNoDeviceIsQuoted() {
        assertTrue(
                refusal(new WithdrawCommand(), "-y", "not-a-device").contains("\"not-a-device\""));
        assertTrue(refusal(new EnforceCommand(), "not-a-device").contains("\"not-a-device\""));
        assertTrue(
                refusal(
                                new SuspendCommand(),
                                "-y",
                                "--device",
                                "not-a-device",
                                "--for",
                                "1m",
                                "--reason",
                                "x")
                        .contains("\"not-a-device\""));
    }

    @Test
    void refusalIsShownByTheConsoleInOneLineAndNotAsAFault() {
        SuspendCommand command = new SuspendCommand();
        command.resume = true;
        command.services = console;
        assertEquals(
                "Error executing command: nothing is suspended",
                assertThrows(CommandException.class, command::doExecute).getNiceHelp());
    }

    @Test
    void switchThatDoesNotConfirmIsToldAsItIs() {
        console.enforcement.refusal =
                new IllegalStateException("the switch did not confirm the withdrawal");
        assertEquals(
                "the switch did not confirm the withdrawal",
                assertThrows(
                                IllegalStateException.class,
                                () -> console.run(new WithdrawCommand(), "-y", S1))
                        .getMessage());
    }

    @Test
    void whatIsOrderedIsToldAsJsonToo() {
        assertEquals(
                "{\"device\":\"" + Console.S1 + "\",\"enforced\":true}",
                console.run(new EnforceCommand(), "-j", Console.S1));
        assertEquals(
                "{\"device\":\"" + Console.S1 + "\",\"enforced\":false}",
                console.run(new WithdrawCommand(), "-j", "-y", Console.S1));
        assertEquals(
                "everywhere",
                console.json(
                                new SuspendCommand(),
                                "-j",
                                "-y",
                                "--everywhere",
                                "--for",
                                "10m",
                                "--reason",
                                "x")
                        .get("scope")
                        .asText());
        assertEquals(
                "{\"resumed\":[\"everywhere\"]}",
                console.run(new SuspendCommand(), "-j", "--resume", "--everywhere"));
    }
}
