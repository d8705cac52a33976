package org.postern.sadis;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.onlab.packet.Ip4Address;
import org.onlab.packet.MacAddress;
import org.opencord.sadis.BandwidthProfileInformation;
import org.opencord.sadis.BaseInformationService;
import org.opencord.sadis.SadisService;
import org.opencord.sadis.SubscriberAndDeviceInformation;
import org.opencord.sadis.UniTagInformation;

/** A SADIS that knows whom a test tells it, and may fail or hang. */
final class FakeSadis
        implements SadisService, BaseInformationService<SubscriberAndDeviceInformation> {
    final List<String> asked = new CopyOnWriteArrayList<>();
    final Map<String, SubscriberAndDeviceInformation> entries = new ConcurrentHashMap<>();
    final Set<String> failing = ConcurrentHashMap.newKeySet();
    final Map<String, CountDownLatch> hanging = new ConcurrentHashMap<>();
    final AtomicInteger hangs = new AtomicInteger();
    volatile boolean serviceMissing;

    SubscriberAndDeviceInformation know(String port, String id) {
        SubscriberAndDeviceInformation entry = new SubscriberAndDeviceInformation();
        entry.setId(id);
        entries.put(port, entry);
        return entry;
    }

    void know(String port, String id, String mac, String ip, UniTagInformation... services) {
        SubscriberAndDeviceInformation entry = know(port, id);
        entry.setHardwareIdentifier(MacAddress.valueOf(mac));
        entry.setIPAddress(Ip4Address.valueOf(ip));
        entry.setUniTagList(List.of(services));
    }

    /** Lets a lookup hang that does not even mind being interrupted. */
    void hang(String port) {
        hanging.put(port, new CountDownLatch(1));
    }

    void release(String port) {
        hanging.remove(port).countDown();
    }

    @Override
    public SubscriberAndDeviceInformation get(String id) {
        asked.add(id);
        CountDownLatch latch = hanging.get(id);
        if (latch != null) {
            hangs.incrementAndGet();
            while (latch.getCount() > 0) {
                try {
                    latch.await();
                } catch (InterruptedException e) {
                    // as a read from a socket, which is not interrupted
                    continue;
                }
            }
            hangs.decrementAndGet();
        }
        if (failing.contains(id)) {
            throw new IllegalStateException("no route to " + id);
        }
        return entries.get(id);
    }

    @Override
    public SubscriberAndDeviceInformation getfromCache(String id) {
        throw new AssertionError("the cache does not have whom nobody asked for");
    }

    @Override
    public BaseInformationService<SubscriberAndDeviceInformation> getSubscriberInfoService() {
        return serviceMissing ? null : this;
    }

    @Override
    public BaseInformationService<BandwidthProfileInformation> getBandwidthProfileService() {
        throw new AssertionError("nobody needs it");
    }

    @Override
    public void clearLocalData() {
        throw new AssertionError("that is SADIS's own");
    }

    @Override
    public void invalidateAll() {
        throw new AssertionError("that is SADIS's own");
    }

    @Override
    public void invalidateId(String id) {
        throw new AssertionError("that is SADIS's own");
    }
}
