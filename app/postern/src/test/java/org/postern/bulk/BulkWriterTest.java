package org.postern.bulk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.onlab.packet.IpAddress;
import org.onosproject.cluster.ClusterServiceAdapter;
import org.onosproject.cluster.ControllerNode;
import org.onosproject.cluster.DefaultControllerNode;
import org.onosproject.cluster.NodeId;
import org.postern.audit.AuditLog;
import org.postern.audit.Order;
import org.postern.fakecontroller.FakeCore;
import org.postern.fakecontroller.FakeStorage;

/** A node that stands still in the middle of a change. */
class BulkWriterTest {
    private static final AuditLog UNHEARD = (order, change) -> {};

    private final FakeStorage storage = new FakeStorage();
    private final AtomicLong nanos = new AtomicLong();

    /** One at a time: who is taken for gone stands still. */
    private final class Rows implements BulkStore {
        private final List<String> written = new ArrayList<>();
        private Runnable beforeFirst = () -> {};

        @Override
        public String count(int number) {
            return BulkStore.count(number, "row");
        }

        @Override
        public synchronized boolean write(ChangeJournal.Row row, Order order) {
            Runnable first = beforeFirst;
            beforeFirst = () -> {};
            first.run();
            written.add(row.id());
            return true;
        }
    }

    private ChangeJournal journal() {
        return new ChangeJournal(
                storage, new FakeCore().registerApplication("org.postern.test"), "rows", "row");
    }

    private BulkWriter node(String name, Rows rows) {
        return new BulkWriter(
                rows,
                journal(),
                new ClusterServiceAdapter() {
                    @Override
                    public ControllerNode getLocalNode() {
                        return new DefaultControllerNode(
                                NodeId.nodeId(name), IpAddress.valueOf("192.0.2.1"));
                    }

                    @Override
                    public ControllerNode.State getState(NodeId id) {
                        return null; // it is taken for gone
                    }
                },
                UNHEARD,
                nanos::get);
    }

    private static List<ChangeJournal.Row> rows(int number) {
        return IntStream.range(0, number)
                .mapToObj(i -> ChangeJournal.Row.stored("r" + i, 0, "text"))
                .collect(Collectors.toList());
    }

    @Test
    void nodeThatStoodStillWritesNothingOfWhatAnotherHasFinished() {
        Rows finished = new Rows();
        BulkWriter second = node("n2", finished);
        Rows rows = new Rows();
        BulkWriter first = node("n1", rows);
        rows.beforeFirst =
                () -> {
                    assertTrue(second.finishOthers());
                    nanos.addAndGet(Duration.ofMinutes(1).toNanos());
                };
        assertThrows(
                IllegalStateException.class,
                () -> first.write(rows(500), Order.POSTERN, done -> {}));
        assertEquals(500, finished.written.size());
        // those that had begun before it stood still: one a writer
        assertTrue(rows.written.size() <= 16, rows.written.size() + " written again");
    }

    @Test
    void nodeThatGoesOnWritesAll() {
        Rows rows = new Rows();
        rows.beforeFirst = () -> nanos.addAndGet(Duration.ofMinutes(1).toNanos());
        assertEquals(Set.of(), node("n1", rows).write(rows(500), Order.POSTERN, done -> {}));
        assertEquals(500, rows.written.size());
        assertTrue(journal().commitment().isEmpty());
    }
}
