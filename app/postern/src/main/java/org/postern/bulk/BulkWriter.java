package org.postern.bulk;

import static org.onlab.util.Tools.groupedThreads;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.onlab.util.Tools;
import org.onosproject.cluster.ClusterService;
import org.onosproject.store.service.StorageException;
import org.postern.audit.AuditLog;
import org.postern.audit.Change;
import org.postern.audit.Order;
import org.postern.replica.Peers;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes many rows as one change, by way of the journal. */
public final class BulkWriter {
    /** A write waits for the cluster, not for a processor: several at a time are quicker. */
    private static final int WRITERS = 16;

    /**
     * How often a row is written again that a busy store did not answer. It may have been written:
     * a second time changes nothing then.
     */
    private static final int RETRIES = 4;

    /**
     * How long it is not asked again whether a change is left to this node: far less than others
     * wait.
     */
    private static final Duration HELD = Duration.ofSeconds(1);

    /** Most time between two tries. Milliseconds. */
    private static final int RETRY_PAUSE = 500;

    private final Logger log = LoggerFactory.getLogger(getClass());
    private final BulkStore store;
    private final ChangeJournal journal;
    private final ClusterService cluster;
    private final AuditLog audit;
    private final LongSupplier nanos;

    /** Name of the import that this node is doing; empty if it does none. */
    private volatile String doing = "";

    /**
     * Begins.
     *
     * @param store where rows are written
     * @param journal where a change is written down before
     * @param cluster which nodes there are
     * @param audit is told what was finished, given up or overtaken
     */
    public BulkWriter(
            BulkStore store, ChangeJournal journal, ClusterService cluster, AuditLog audit) {
        this(store, journal, cluster, audit, System::nanoTime);
    }

    /**
     * Begins.
     *
     * @param nanos time that only goes forward, in nanoseconds
     */
    BulkWriter(
            BulkStore store,
            ChangeJournal journal,
            ClusterService cluster,
            AuditLog audit,
            LongSupplier nanos) {
        this.nanos = nanos;
        this.store = store;
        this.journal = journal;
        this.cluster = cluster;
        this.audit = audit;
        journal.sweepUncommitted(node());
    }

    private String node() {
        return cluster.getLocalNode().id().toString();
    }

    /**
     * Does a change.
     *
     * @param rows what is written and removed, no two of the same identifier
     * @param order who orders it
     * @param progress is told how many rows are done, now and then
     * @return identifiers of those whom others changed meanwhile, who are as those made them
     * @throws IllegalStateException if the store fails; the message says whether nothing was
     *     changed, or all will be
     */
    public Set<String> write(List<ChangeJournal.Row> rows, Order order, IntConsumer progress) {
        ChangeJournal.Commitment commitment;
        try {
            doing = "?";
            commitment = journal.commit(rows, node(), order.by());
            doing = commitment.name();
        } catch (IllegalStateException e) {
            doing = "";
            throw e;
        } catch (RuntimeException e) {
            doing = "";
            throw new NothingChangedException(
                    "the store of the cluster failed before the change was complete in it; nothing"
                            + " was changed; see whether most nodes are up (nodes), and try again",
                    e);
        }
        try {
            return perform(commitment, rows, order, progress, done -> {});
        } catch (RuntimeException e) {
            throw new IllegalStateException(
                    "the store of the cluster failed in the middle of the change. It is committed:"
                            + " the rest follows by itself when the store answers again; see whether"
                            + " most nodes are up (nodes)",
                    e);
        } finally {
            doing = "";
        }
    }

    /**
     * Does what a node committed the cluster to that does not do it any more.
     *
     * @return whether there was something
     */
    public boolean finishOthers() {
        Optional<ChangeJournal.Commitment> found = journal.commitment();
        if (!found.isPresent() || isBeingDone(found.get())) {
            return false;
        }
        Optional<ChangeJournal.Commitment> claimed = journal.claim(found.get(), node());
        if (!claimed.isPresent()) {
            return false;
        }
        ChangeJournal.Commitment left = found.get();
        Optional<List<ChangeJournal.Row>> rows = journal.rows(left);
        if (!rows.isPresent()) {
            giveUp(left, claimed.get());
            return false;
        }
        log.warn("Finishing the import that {} ordered on node {}", left.by(), left.node());
        try {
            doing = left.name();
            perform(claimed.get(), rows.get(), Order.POSTERN, done -> {}, this::finished);
        } finally {
            doing = "";
        }
        return true;
    }

    private void finished(ChangeJournal.Commitment commitment) {
        audit.record(
                Order.POSTERN,
                Change.of(
                        "import-finished", "", "the import that " + commitment.by() + " ordered"));
    }

    /** What was committed after whoever ordered it had been told that it was not. */
    private void giveUp(ChangeJournal.Commitment left, ChangeJournal.Commitment claimed) {
        if (!journal.done(claimed)) {
            return;
        }
        String text =
                "the import that "
                        + left.by()
                        + " ordered on node "
                        + left.node()
                        + " was given up before it was complete in the store: nothing of it is done";
        log.warn("Not done: {}", text);
        audit.record(Order.POSTERN, Change.of("not-done", "", text));
    }

    private boolean isBeingDone(ChangeJournal.Commitment commitment) {
        if (commitment.node().equals(node())) {
            return !doing.isEmpty();
        }
        return !Peers.isGone(cluster, commitment.node());
    }

    private Set<String> perform(
            ChangeJournal.Commitment commitment,
            List<ChangeJournal.Row> rows,
            Order order,
            IntConsumer progress,
            Consumer<ChangeJournal.Commitment> whenDone) {
        Queue<ChangeJournal.Row> waiting = new ConcurrentLinkedQueue<>(rows);
        Queue<String> overtaken = new ConcurrentLinkedQueue<>();
        AtomicInteger done = new AtomicInteger();
        Holding holding = new Holding(commitment);
        Predicate<ChangeJournal.Row> writing = row -> writeInTheEnd(holding, row, order);
        ExecutorService writers =
                Executors.newFixedThreadPool(WRITERS, groupedThreads("postern", "import-%d", log));
        try {
            List<Future<?>> all =
                    IntStream.range(0, Math.min(WRITERS, rows.size()))
                            .mapToObj(
                                    i ->
                                            writers.submit(
                                                    () ->
                                                            writeAll(
                                                                    waiting, writing, overtaken,
                                                                    done, progress)))
                            .collect(Collectors.toList());
            for (Future<?> each : all) {
                each.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("the store fails", e.getCause());
        } finally {
            writers.shutdownNow();
        }
        if (journal.done(commitment)) {
            whenDone.accept(commitment);
        } else {
            log.warn("Another node has taken over this import, and ends it");
        }
        Set<String> left = new TreeSet<>(overtaken);
        tellOvertaken(left);
        return left;
    }

    /**
     * Tells what others changed before it was written; nothing, if that is nothing.
     *
     * @param overtaken identifiers
     */
    public void tellOvertaken(Set<String> overtaken) {
        if (overtaken.isEmpty()) {
            return;
        }
        String text =
                store.count(overtaken.size())
                        + (overtaken.size() == 1 ? " was" : " were")
                        + " changed by others meanwhile and left: ";
        log.warn("{}{}", text, overtaken);
        Change change =
                Change.of(
                        "import-overtaken",
                        "",
                        text
                                + overtaken.stream().limit(10).collect(Collectors.joining(", "))
                                + (overtaken.size() > 10 ? ", …" : ""));
        try {
            audit.record(
                    Order.POSTERN,
                    change,
                    overtaken.stream()
                            .map(
                                    id ->
                                            Change.of(
                                                    "import-overtaken",
                                                    store.subject(id),
                                                    id + " is as others made it"))
                            .collect(Collectors.toList()));
        } catch (RuntimeException e) {
            // the import is done all the same
            log.error("Not taken down: {}", change.text(), e);
        }
    }

    private static void writeAll(
            Queue<ChangeJournal.Row> left,
            Predicate<ChangeJournal.Row> writing,
            Queue<String> overtaken,
            AtomicInteger done,
            IntConsumer progress) {
        for (ChangeJournal.Row row = left.poll(); row != null; row = left.poll()) {
            try {
                if (!writing.test(row)) {
                    overtaken.add(row.id());
                }
            } catch (RuntimeException e) {
                // the others would only wait for the same store
                left.clear();
                throw e;
            }
            progress.accept(done.incrementAndGet());
        }
    }

    private boolean writeInTheEnd(Holding holding, ChangeJournal.Row row, Order order) {
        AtomicInteger tries = new AtomicInteger();
        Supplier<Boolean> write =
                () -> {
                    holding.require(tries.getAndIncrement() > 0);
                    return store.write(row, order);
                };
        return Tools.retryable(write, StorageException.class, RETRIES, RETRY_PAUSE).get();
    }

    /**
     * That a change is left to this node. Of one that stood still another one may have taken it
     * over and finished it, and anybody have changed the rows since: they are not to be written
     * again.
     */
    private final class Holding {
        private final ChangeJournal.Commitment commitment;
        private final AtomicLong seen = new AtomicLong(nanos.getAsLong());

        private Holding(ChangeJournal.Commitment commitment) {
            this.commitment = commitment;
        }

        /**
         * Checks it, if that was not done a moment ago.
         *
         * @param now whether to check it in any case
         * @throws IllegalStateException if another node has it, or it is done
         */
        private void require(boolean now) {
            long at = nanos.getAsLong();
            if (now || at - seen.get() > HELD.toNanos()) {
                journal.requireHeld(commitment);
                seen.set(at);
            }
        }
    }
}
