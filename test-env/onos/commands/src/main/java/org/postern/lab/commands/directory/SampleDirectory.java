package org.postern.lab.commands.directory;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/** Subscribers spread over devices; their texts are made anew each time, so that none is kept. */
final class SampleDirectory {
    private final int subscribers;
    private final int devices;

    SampleDirectory(int subscribers, int devices) {
        this.subscribers = subscribers;
        this.devices = devices;
    }

    int size() {
        return subscribers;
    }

    int devices() {
        return devices;
    }

    SampleSubscriber subscriber(int number) {
        return SampleSubscriber.of(number, devices);
    }

    /** How many subscribers a device has, by its index from 0. */
    long sizeOf(int device) {
        return subscribers / devices + (device < subscribers % devices ? 1 : 0);
    }

    /** The numbers of the subscribers of each device. */
    Map<String, List<Integer>> byDevice() {
        Map<String, List<Integer>> numbers = new LinkedHashMap<>();
        IntStream.range(0, subscribers)
                .forEach(
                        n ->
                                numbers.computeIfAbsent(
                                                SampleSubscriber.device(n % devices),
                                                d -> new ArrayList<>())
                                        .add(n));
        return ImmutableMap.copyOf(numbers);
    }

    /** One write for each subscriber. */
    List<DirectoryStore.Step> writes(SingleWrite write) {
        return IntStream.range(0, subscribers)
                .<DirectoryStore.Step>mapToObj(n -> () -> write.start(subscriber(n)))
                .collect(ImmutableList.toImmutableList());
    }

    /** How a store writes one subscriber. */
    @FunctionalInterface
    interface SingleWrite {
        /** Starts it. */
        CompletableFuture<?> start(SampleSubscriber subscriber);
    }
}
