package org.postern.lab.commands.directory;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.base.Strings;
import com.google.common.base.Throwables;
import com.google.common.collect.ImmutableMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.onosproject.store.service.StorageService;

/**
 * Measures one way to hold the directory: import, change, listener, reading, memory, size limit.
 */
public final class DirectoryMeasurement {
    private static final double NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

    /** Reading the devices ends after this, but not before the first three. */
    private static final long READ_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final int FEWEST_READS = 3;
    private static final int MOST_READS = 200;

    /** Prime, so that the changed subscribers are spread over all devices. */
    private static final int STRIDE = 7_919;

    /** A value is so much smaller than a round number: key and header stand beside it. */
    private static final int AROUND = 1 << 10;

    private static final int SMALLEST_VALUE = 64 << 10;
    private static final int LARGEST_VALUE = 32 << 20;

    /** Twice what a synchronous operation of ONOS waits. */
    private static final long VALUE_SECONDS = 30;

    private final StorageService storage;
    private final String candidate;
    private final SampleDirectory directory;
    private int made;

    /**
     * A measurement of a candidate.
     *
     * @param storage of the ONOS to measure in
     * @param candidate one of {@link #candidates}
     * @param subscribers how many, at least 1
     * @param devices how many the subscribers are spread over, at least 1
     * @throws IllegalArgumentException if there is no such candidate, or a number is too small
     */
    public DirectoryMeasurement(
            StorageService storage, String candidate, int subscribers, int devices) {
        this.storage = storage;
        this.candidate = candidate;
        if (!makers(storage).containsKey(candidate)) {
            throw new IllegalArgumentException(
                    "No candidate " + candidate + "; there are " + candidates(storage));
        }
        if (devices < 1 || subscribers < devices) {
            throw new IllegalArgumentException(
                    "At least one device, and a subscriber on each, are needed");
        }
        directory = new SampleDirectory(subscribers, devices);
    }

    /**
     * What can be measured.
     *
     * @param storage of the ONOS to measure in
     * @return the candidates' names
     */
    public static Iterable<String> candidates(StorageService storage) {
        return makers(storage).keySet();
    }

    private static Map<String, DirectoryStore.Maker> makers(StorageService storage) {
        return ImmutableMap.<String, DirectoryStore.Maker>builder()
                .put("subscriber-map", (name, told) -> new SubscriberMap(storage, name, told))
                .put(
                        "subscriber-map+index",
                        (name, told) -> new IndexedSubscriberMap(storage, name, told))
                .put("device-map", (name, told) -> new DeviceMap(storage, name, told))
                .put("tree-map", (name, told) -> new SubscriberTreeMap(storage, name, told))
                .put("multimap", (name, told) -> new DeviceMultimap(storage, name, told))
                .put("document-tree", (name, told) -> new DocumentTreeStore(storage, name, told))
                .put("eventual-map", (name, told) -> new EventualMap(storage, name, told))
                .build();
    }

    private DirectoryStore make(Listening listening) {
        String name = "lab-directory-" + candidate + "-" + System.nanoTime() + "-" + made++;
        return makers(storage).get(candidate).make(name, listening::told);
    }

    /**
     * Brings all subscribers in, one write after the other, changes some, and reads; then brings
     * them in once more with many writes at a time. Everything is removed at the end.
     *
     * @param window how many writes are under way at a time in the second import, at least 1
     * @param changes how many subscribers are changed, at least 1
     * @return the figures
     * @throws InterruptedException if interrupted
     * @throws IllegalStateException if something is not found again, or nobody is told
     */
    public ObjectNode costs(int window, int changes) throws InterruptedException {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("candidate", candidate)
                .put("subscribers", directory.size())
                .put("devices", directory.devices())
                .put("textBytes", directory.subscriber(directory.size() / 2).text().length())
                .put("window", window);
        Listening listening = new Listening();
        DirectoryStore store = make(listening);
        try {
            bringIn(store, listening, 1, json.putObject("oneByOne"));
            change(store, listening, changes, json);
            readAll(store, json);
            readDevices(store, json.putObject("readDevice"));
        } finally {
            store.destroy();
        }
        Listening again = new Listening();
        DirectoryStore second = make(again);
        try {
            bringIn(second, again, window, json.putObject("windowed"));
        } finally {
            second.destroy();
        }
        return json;
    }

    /**
     * Brings all subscribers in and sees what is used of the heap before and then, after full
     * collections. To be asked of an ONOS in which nothing was measured: what another candidate
     * left goes later.
     *
     * @param window how many writes are under way at a time, at least 1
     * @return the figures
     * @throws InterruptedException if interrupted
     */
    public ObjectNode memory(int window) throws InterruptedException {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("candidate", candidate);
        long before = UsedHeap.afterCollection();
        Listening listening = new Listening();
        DirectoryStore store = make(listening);
        try {
            bringIn(store, listening, window, json.putObject("windowed"));
            long after = UsedHeap.afterCollection();
            return json.put("heapBefore", before)
                    .put("heapAfter", after)
                    .put("heapBytesPerSubscriber", (double) (after - before) / directory.size());
        } finally {
            store.destroy();
        }
    }

    /** Seconds of an import, of one write after the other if the window is 1. */
    private static void bringIn(
            DirectoryStore store, List<DirectoryStore.Step> steps, int window, ObjectNode json)
            throws InterruptedException {
        Semaphore free = new Semaphore(window);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        for (DirectoryStore.Step step : steps) {
            free.acquire();
            step.start()
                    .whenComplete(
                            (written, error) -> {
                                failure.compareAndSet(null, error);
                                free.release();
                            });
        }
        free.acquire(window);
        if (failure.get() != null) {
            throw new IllegalStateException("A write of the import failed", failure.get());
        }
    }

    private void bringIn(DirectoryStore store, Listening listening, int window, ObjectNode json)
            throws InterruptedException {
        List<DirectoryStore.Step> steps = store.writes(directory);
        long begun = System.nanoTime();
        bringIn(store, steps, window, json);
        double seconds = (System.nanoTime() - begun) / NANOS_PER_SECOND;
        listening.awaitCount(steps.size());
        json.put("writes", steps.size())
                .put("seconds", seconds)
                .put("subscribersPerSecond", directory.size() / seconds)
                .put("toldSeconds", (System.nanoTime() - begun) / NANOS_PER_SECOND);
    }

    private void change(DirectoryStore store, Listening listening, int changes, ObjectNode json)
            throws InterruptedException {
        Timings done = new Timings(changes);
        Timings told = new Timings(changes);
        for (int i = 0; i < changes; i++) {
            String comment = "change-" + i;
            SampleSubscriber changed =
                    directory
                            .subscriber((int) ((long) i * STRIDE % directory.size()))
                            .commented(comment);
            listening.lookOutFor('"' + comment + '"');
            long begun = System.nanoTime();
            store.change(changed);
            done.add(System.nanoTime() - begun);
            told.add(listening.momentOfMark() - begun);
        }
        done.to(json.putObject("change"));
        told.to(json.putObject("told"));
    }

    private void readAll(DirectoryStore store, ObjectNode json) {
        long begun = System.nanoTime();
        require("all", directory.size(), store.readAll());
        json.put("readAllSeconds", (System.nanoTime() - begun) / NANOS_PER_SECOND);
    }

    private void readDevices(DirectoryStore store, ObjectNode json) {
        Timings took = new Timings(MOST_READS);
        long end = System.nanoTime() + READ_NANOS;
        for (int i = 0; i < MOST_READS && (i < FEWEST_READS || System.nanoTime() < end); i++) {
            int device = (int) ((long) i * STRIDE % directory.devices());
            String name = SampleSubscriber.device(device);
            long begun = System.nanoTime();
            long read = store.readDevice(name);
            took.add(System.nanoTime() - begun);
            require(name, directory.sizeOf(device), read);
        }
        took.to(json);
    }

    private static void require(String what, long wanted, long found) {
        if (wanted != found) {
            throw new IllegalStateException(
                    "Read " + found + " subscribers of " + what + ", and there are " + wanted);
        }
    }

    /**
     * Writes larger and larger values until one is refused or is not written in time, and looks
     * whether a small one is written afterwards. What is left of the refused one may trouble ONOS:
     * to be measured last.
     *
     * @return the figures
     * @throws InterruptedException if interrupted
     */
    public ObjectNode limit() throws InterruptedException {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("candidate", candidate);
        DirectoryStore store = make(new Listening());
        SampleSubscriber small = directory.subscriber(0);
        int least = small.commented("x").text().length() - 1;
        int written = 0;
        String refusal = "";
        for (int size = SMALLEST_VALUE; size <= LARGEST_VALUE && refusal.isEmpty(); size *= 2) {
            int bytes = size - AROUND;
            refusal = refusal(store, small.commented(Strings.repeat("x", bytes - least)));
            if (refusal.isEmpty()) {
                written = bytes;
            } else {
                json.put("refusedBytes", bytes).put("refusal", refusal);
            }
        }
        String afterwards = refusal(store, small.commented("small again"));
        if (afterwards.isEmpty()) {
            store.destroy();
        }
        return json.put("writtenBytes", written).put("afterwards", afterwards);
    }

    /** Why a subscriber is not written; empty if it is. */
    private static String refusal(DirectoryStore store, SampleSubscriber subscriber)
            throws InterruptedException {
        try {
            store.write(subscriber).get(VALUE_SECONDS, TimeUnit.SECONDS);
            return "";
        } catch (ExecutionException | CompletionException e) {
            return Throwables.getRootCause(e).toString();
        } catch (TimeoutException e) {
            return "no answer in " + VALUE_SECONDS + " s";
        }
    }
}
