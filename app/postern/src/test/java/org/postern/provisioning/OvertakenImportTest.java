package org.postern.provisioning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postern.audit.Order;
import org.postern.policy.Attachment;
import org.postern.policy.Subscriber;
import org.postern.provisioning.FileResult.Outcome;

/** What others change once it is decided what an import writes. */
class OvertakenImportTest extends ProvisioningWorld {
    @Test
    void theOneWhomOthersChangeAfterItWasDecidedIsLeftAsTheyMadeHim() {
        run(rows(3, 0, ""));
        directory.meanwhile = () -> directory.setClass("r002", "sheltered", Order.console("bea"));
        ImportResult result = run(HEAD + row(2, "business"));
        assertEquals(Outcome.DONE, result.outcome());
        assertEquals(Set.of("r002"), result.overtaken());
        assertEquals("sheltered", directory.subscriber("r002").get().serviceClass());
        assertEquals(
                List.of("postern import-overtaken", "import-overtaken r002"),
                audit,
                "nothing was put");
        assertEquals(Set.of(), run(HEAD + row(2, "business")).overtaken());
        assertEquals("business", directory.subscriber("r002").get().serviceClass());
    }

    @Test
    void ofManyWhomOthersChangeAfterItWasDecidedIsLeftAsTheyMadeHim() {
        run(rows(3, 0, ""));
        directory.meanwhile =
                () -> {
                    directory.setClass("r002", "sheltered", Order.console("bea"));
                    directory.put(
                            List.of(
                                    Subscriber.builder("r009")
                                            .attachedAt(Attachment.parse(S1 + "/9"))
                                            .build()),
                            Order.console("bea"));
                };
        ImportResult result = run(HEAD + row(2, "business") + row(3, "business") + row(9, "held"));
        assertEquals(Set.of("r002", "r009"), result.overtaken());
        assertEquals("sheltered", directory.subscriber("r002").get().serviceClass());
        assertEquals("business", directory.subscriber("r003").get().serviceClass());
        assertEquals("residential", directory.subscriber("r009").get().serviceClass());
        assertTrue(audit.contains("put-subscribers r003 was is"), audit.toString());
        assertFalse(audit.contains("put-subscribers r002 was is"), audit.toString());
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void whomOthersChangeOrRemoveAfterItWasDecidedAMirrorDoesNotRemove(int before) {
        run(rows(before, 0, ""));
        directory.meanwhile = () -> directory.setClass("r002", "business", Order.console("bea"));
        ImportResult result = run(rows(1, 0, ""), request().mirror(true));
        assertEquals(Set.of("r002"), result.overtaken());
        assertEquals(Set.of("r001", "r002"), ids());
        directory.meanwhile = () -> directory.remove("r002", Order.console("bea"));
        ImportResult again = run(rows(1, 0, ""), request().mirror(true));
        assertEquals(Set.of(), again.overtaken(), "he is as the file wants him");
        assertEquals(Set.of("r001"), ids());
        assertEquals(List.of(), audit);
    }

    @Test
    void whatTheGuardDidNotCountIsNotWritten() {
        provisioning = new Manager(directory, isp, "guardShare", "0", "guardFloor", "0");
        run(rows(2, 2, "business"), request().forced(true));
        directory.meanwhile = () -> directory.setClass("r001", "residential", Order.console("bea"));
        // the import moves nobody out of business, so nothing is opened by it
        ImportResult result =
                run(HEAD + row(1, "business", 1, "enforce").replace("10.0.0.1", "10.0.0.7"));
        assertEquals(Outcome.DONE, result.outcome());
        assertEquals(Set.of("r001"), result.overtaken());
        assertEquals("residential", directory.subscriber("r001").get().serviceClass());
    }
}
