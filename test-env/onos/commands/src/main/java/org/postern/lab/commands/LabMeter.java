package org.postern.lab.commands;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.onosproject.core.ApplicationId;
import org.onosproject.net.DeviceId;
import org.onosproject.net.meter.Band;
import org.onosproject.net.meter.DefaultBand;
import org.onosproject.net.meter.DefaultMeterRequest;
import org.onosproject.net.meter.Meter;
import org.onosproject.net.meter.MeterContext;
import org.onosproject.net.meter.MeterFailReason;
import org.onosproject.net.meter.MeterRequest;
import org.onosproject.net.meter.MeterService;

/**
 * A meter for the sample rules, through ONOS's own service: ONOS removes meters from a switch that
 * it does not know.
 */
final class LabMeter {
    private static final long PATIENCE_SECONDS = 30;
    private static final long RATE_KBPS = 1_000;

    private LabMeter() {}

    /**
     * Adds a meter and waits until the switch has it; throws IllegalStateException if it never
     * does.
     */
    static Meter add(MeterService service, DeviceId device, ApplicationId application) {
        CompletableFuture<Void> added = new CompletableFuture<>();
        MeterContext context =
                new MeterContext() {
                    @Override
                    public void onSuccess(MeterRequest op) {
                        added.complete(null);
                    }

                    @Override
                    public void onError(MeterRequest op, MeterFailReason reason) {
                        added.completeExceptionally(
                                new IllegalStateException("Meter refused: " + reason));
                    }
                };
        Meter meter = service.submit(request(device, application).withContext(context).add());
        try {
            added.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while waiting for the meter", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("The switch does not have the meter", e);
        }
        return meter;
    }

    /** Removes every meter of the lab's commands. */
    static void remove(MeterService service, DeviceId device, ApplicationId application) {
        for (Meter meter : List.copyOf(service.getMeters(device))) {
            if (meter.appId().equals(application)) {
                service.withdraw(request(device, application).remove(), meter.meterCellId());
            }
        }
    }

    private static MeterRequest.Builder request(DeviceId device, ApplicationId application) {
        Band drop = DefaultBand.builder().ofType(Band.Type.DROP).withRate(RATE_KBPS).build();
        return DefaultMeterRequest.builder()
                .forDevice(device)
                .fromApp(application)
                .withUnit(Meter.Unit.KB_PER_SEC)
                .withBands(Set.of(drop));
    }
}
