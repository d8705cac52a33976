package org.postern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.postern.cli.Console.S1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Why something is ordered goes with the order, whatever is ordered. */
class ReasonOptionTest {
    private static final String WHY = "HD-17: new contract";

    private final Console console = new Console();

    @TempDir Path folder;

    @BeforeEach
    void aSubscriber() {
        console.run(new SubscriberAddCommand(), "r1", S1 + "/1");
        console.orders.clear();
    }

    private String file() throws IOException {
        return Files.writeString(
                        folder.resolve("r2.csv"), "id,attachments\nr2,of:0000000000000001/2\n")
                .toString();
    }

    @Test
    void everyOrderTakesAReason() throws Exception {
        console.run(new SetClassCommand(), "--reason", WHY, "r1", "business");
        console.run(new SubscriberAddCommand(), "--replace", "--reason", WHY, "r1", S1 + "/3");
        console.run(new ReleaseCommand(), "--reason", WHY, "r1");
        console.run(new SubscriberRemoveCommand(), "-y", "--reason", WHY, "r1");
        console.run(new ImportCommand(), "--reason", WHY, file());
        console.run(new WithdrawCommand(), "-y", "--reason", WHY, S1);
        console.run(new EnforceCommand(), "--reason", WHY, S1);
        console.run(new SuspendCommand(), "--resume", "--everywhere", "--reason", WHY);
        assertEquals(
                List.of(
                        "set class by ada because " + WHY,
                        "put 1 by ada because " + WHY,
                        "release by ada because " + WHY,
                        "remove r1 by ada because " + WHY,
                        "put 1 by ada because " + WHY,
                        "withdraw " + S1 + " former driver by ada because " + WHY,
                        "enforce " + S1 + " by ada because " + WHY,
                        "resume everywhere by ada because " + WHY),
                console.orders);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  ", "two\nlines", "long"})
    void reasonThatCannotBeAuditedIsRefusedBeforeAnythingIsAskedOrDone(String reason)
            throws Exception {
        String given = reason.equals("long") ? "x".repeat(201) : reason;
        refused(new SetClassCommand(), "--reason", given, "r1", "business");
        refused(new SubscriberAddCommand(), "--reason", given, "r9", S1 + "/3");
        refused(new ReleaseCommand(), "--reason", given, "r1");
        refused(new ImportCommand(), "--reason", given, file());
        refused(new EnforceCommand(), "--reason", given, S1);
        refused(new SuspendCommand(), "--resume", "--everywhere", "--reason", given);
        refused(unasked(new SubscriberRemoveCommand()), "--reason", given, "r1");
        refused(unasked(new WithdrawCommand()), "--reason", given, S1);
    }

    private static DangerousCommand unasked(DangerousCommand command) {
        command.question =
                text -> {
                    throw new AssertionError("asked: " + text);
                };
        return command;
    }

    private void refused(PosternCommand command, String... words) {
        assertEquals(
                "give a reason of 1 to 200 characters in one line; it is audited",
                assertThrows(IllegalArgumentException.class, () -> console.run(command, words))
                        .getMessage());
        assertEquals(List.of(), console.orders);
    }
}
