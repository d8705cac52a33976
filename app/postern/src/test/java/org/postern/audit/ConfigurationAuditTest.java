package org.postern.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.util.concurrent.MoreExecutors;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;
import org.onlab.packet.IpAddress;
import org.onosproject.cluster.ClusterServiceAdapter;
import org.onosproject.cluster.ControllerNode;
import org.onosproject.cluster.DefaultControllerNode;
import org.onosproject.cluster.NodeId;
import org.onosproject.store.service.StorageException;
import org.postern.fakecontroller.FakeCore;
import org.postern.fakecontroller.FakeStorage;

/** What several nodes take down of configuration that all of them are told of. */
class ConfigurationAuditTest {
    private final FakeStorage storage = new FakeStorage();
    private final List<Change> taken = new ArrayList<>();

    /** What is put off, by the first node. */
    private final Deque<Runnable> later = new ArrayDeque<>();

    private final Set<String> gone = new HashSet<>();
    private Duration passed = Duration.ZERO;
    private boolean logFailsFirst;

    private ConfigurationAudit node(String name, Executor storing) {
        return new ConfigurationAudit(
                storage,
                new FakeCore().registerApplication("org.postern"),
                new ClusterServiceAdapter() {
                    @Override
                    public ControllerNode getLocalNode() {
                        return new DefaultControllerNode(
                                new NodeId(name), IpAddress.valueOf("192.0.2.1"));
                    }

                    @Override
                    public ControllerNode.State getState(NodeId node) {
                        return gone.contains(node.toString())
                                ? ControllerNode.State.INACTIVE
                                : ControllerNode.State.READY;
                    }
                },
                (order, change) -> {
                    if (logFailsFirst && name.equals("n1")) {
                        throw new StorageException("no quorum");
                    }
                    taken.add(change);
                },
                ConfigurationAudit.NETWORK,
                "the defaults hold",
                storing,
                () -> passed.toNanos());
    }

    private ConfigurationAudit node(String name) {
        return node(name, MoreExecutors.directExecutor());
    }

    private List<String> taken() {
        List<String> all = new ArrayList<>();
        for (Change change : taken) {
            all.add(
                    change.subject()
                            + " "
                            + change.before().orElse("nothing")
                            + " to "
                            + change.after().orElse("nothing"));
        }
        return all;
    }

    private void work() {
        while (!later.isEmpty()) {
            later.remove().run();
        }
    }

    /** The first node has told the second change, and not taken it down. */
    private ConfigurationAudit[] owing() {
        ConfigurationAudit first = node("n1", later::add);
        ConfigurationAudit second = node("n2");
        first.told("k", Optional.of("1"));
        work();
        second.told("k", Optional.of("1"));
        logFailsFirst = true;
        first.told("k", Optional.of("2"));
        work();
        second.told("k", Optional.of("2"));
        assertEquals(List.of("k nothing to 1"), taken());
        second.told("k", Optional.of("3"));
        assertEquals(List.of("k nothing to 1"), taken());
        return new ConfigurationAudit[] {first, second};
    }

    @Test
    void whatOneNodeOwesIsTakenDownBeforeTheNextChange() {
        ConfigurationAudit[] nodes = owing();
        logFailsFirst = false;
        nodes[0].told("k", Optional.of("3"));
        work();
        nodes[1].told("k", Optional.of("4"));
        assertEquals(List.of("k nothing to 1", "k 1 to 2", "k 2 to 3", "k 3 to 4"), taken());
    }

    @Test
    void whatANodeOwesThatIsGoneIsTakenDownByAnotherOne() {
        ConfigurationAudit[] nodes = owing();
        gone.add("n1");
        nodes[1].told("k", Optional.of("4"));
        assertEquals(List.of("k nothing to 1", "k 1 to 2", "k 2 to 3", "k 3 to 4"), taken());
    }

    @Test
    void whatANodeOwesForAMinuteThoughItIsUpIsTakenDownByAnotherOne() {
        ConfigurationAudit[] nodes = owing();
        passed = Duration.ofSeconds(59);
        nodes[1].told("k", Optional.of("4"));
        assertEquals(List.of("k nothing to 1"), taken());
        passed = Duration.ofSeconds(60);
        nodes[1].told("k", Optional.of("5"));
        assertEquals(
                List.of("k nothing to 1", "k 1 to 2", "k 2 to 3", "k 3 to 4", "k 4 to 5"), taken());
    }

    @Test
    void aConfigurationThatTheStoreDoesNotTakeHoldsNoOther() {
        ConfigurationAudit node = node("n1");
        storage.failWrites("apps/postern"::equals);
        node.told("apps/postern", Optional.of("{}"));
        node.told("devices/small", Optional.of("{\"uplink\":[1]}"));
        node.told("apps/postern", Optional.of("{\"pools\":[]}"));
        assertEquals(List.of("devices/small nothing to {\"uplink\":[1]}"), taken());
        storage.failWrites(key -> false);
        node.told("devices/small", Optional.empty());
        assertEquals(
                List.of(
                        "devices/small nothing to {\"uplink\":[1]}",
                        "apps/postern nothing to {}",
                        "apps/postern {} to {\"pools\":[]}",
                        "devices/small {\"uplink\":[1]} to nothing"),
                taken());
    }

    @Test
    void aLargeConfigurationIsTakenDownWhole() {
        StringBuilder ports = new StringBuilder("{\"ports\":{");
        for (int port = 1; ports.length() < 900_000; port++) {
            ports.append('"').append(port).append("\":\"access\",");
        }
        String before = ports + "\"up\":\"uplink\"}}";
        String after = ports + "\"up\":\"server\"}}";
        node("n1").told("devices/large", Optional.of(before));
        node("n2").told("devices/large", Optional.of(after));
        assertTrue(taken.get(1).before().filter(before::equals).isPresent(), "before");
        assertTrue(taken.get(1).after().filter(after::equals).isPresent(), "after");
    }

    @Test
    void ofOneThatCannotBeCompressedIsTakenDownHowItBeginsAndItsDigest() {
        StringBuilder noise = new StringBuilder("\"");
        Random random = new Random(1);
        while (noise.length() < 1_000_000) {
            noise.append(Long.toString(random.nextLong(), 36));
        }
        ConfigurationAudit node = node("n1");
        node.told("apps/postern", Optional.of(noise + "1\""));
        node.told("apps/postern", Optional.of(noise + "2\""));
        assertEquals(2, taken.size());
        String after = taken.get(1).after().orElseThrow();
        assertTrue(after.startsWith(noise.substring(0, 10_000)), "its beginning");
        assertTrue(
                after.endsWith(
                        " ("
                                + (noise.length() + 2)
                                + " characters, SHA-256 "
                                + ConfigurationHistory.digest(noise + "2\"")
                                + ")"),
                after.substring(16_000));
    }
}
