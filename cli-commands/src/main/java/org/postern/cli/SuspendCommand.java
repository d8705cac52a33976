package org.postern.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.onosproject.net.DeviceId;
import org.postern.audit.Order;
import org.postern.device.EnforcementService;
import org.postern.json.Json;
import org.postern.policy.Suspension;

/** Break-glass: sets enforcement aside for a while, or ends that early. */
@Service
@Command(
        scope = "onos",
        name = "postern-suspend",
        description = "Sets enforcement aside for a while (break-glass), or ends that early",
        detailedDescription =
                "Usage: postern-suspend [-y] (--everywhere | --device DEVICE | --class CLASS)"
                        + " --for DURATION --reason TEXT\n"
                        + "       postern-suspend --resume [--everywhere | --device DEVICE | --class CLASS]"
                        + " [--reason TEXT]\n"
                        + "DURATION is 1s to 24h, such as 90s, 10m or 1h30m. Enforcement resumes by itself then."
                        + " --resume alone ends every suspension. Each step is audited.\n"
                        + "Example: postern-suspend --class business --for 10m --reason 'outage of the mail cluster'")
public class SuspendCommand extends DangerousCommand {

    @Option(name = "--everywhere", description = "on every device")
    boolean everywhere;

    @Option(name = "--device", description = "on this access device")
    @Completion(DeviceCompleter.class)
    String device;

    @Option(name = "--class", description = "for this class")
    @Completion(AnyClassCompleter.class)
    String serviceClass;

    @Option(name = "--for", description = "how long, such as 90s, 10m or 1h30m")
    @Completion(SuspensionTermCompleter.class)
    String duration;

    @Option(name = "--reason", description = "why, for the audit log")
    String reason;

    @Option(name = "--resume", description = "end the suspension now")
    boolean resume;

    @Override
    void run() {
        long scopes =
                Stream.of(everywhere, device != null, serviceClass != null).filter(s -> s).count();
        if (scopes > 1 || scopes == 0 && !resume) {
            throw new IllegalArgumentException(
                    "give one of --everywhere, --device DEVICE and --class CLASS");
        }
        if (resume) {
            resume();
        } else {
            suspend();
        }
    }

    private void suspend() {
        if (duration == null) {
            throw new IllegalArgumentException("give --for DURATION, such as --for 10m");
        }
        if (reason == null || reason.trim().isEmpty()) {
            throw new IllegalArgumentException("give --reason TEXT; it is audited");
        }
        Duration span = Moments.read(duration);
        EnforcementService enforcement = service(EnforcementService.class);
        confirm(
                "direct mail passes "
                        + (device != null
                                ? "on " + device
                                : serviceClass != null ? "for class " + serviceClass : "everywhere")
                        + " for "
                        + Moments.length(span));
        Suspension suspension = suspend(enforcement, span);
        showDone(
                "suspended: "
                        + suspension.scope()
                        + ", for "
                        + Moments.length(span)
                        + " until "
                        + Moments.moment(suspension.until(), clock.instant(), clock.getZone()),
                json -> json.setAll(Json.suspension(suspension)));
    }

    private Suspension suspend(EnforcementService enforcement, Duration span) {
        if (device != null) {
            return enforcement.suspendDevice(Operands.device(device), span, reason, order());
        }
        return serviceClass != null
                ? enforcement.suspendClass(serviceClass, span, reason, order())
                : enforcement.suspendEverywhere(span, reason, order());
    }

    private void resume() {
        if (duration != null) {
            throw new IllegalArgumentException("--resume takes no --for");
        }
        Order order = order(reason);
        EnforcementService enforcement = service(EnforcementService.class);
        List<String> scopes = scopesToResume(enforcement);
        scopes.forEach(scope -> enforcement.resume(scope, order));
        showDone(
                "resumed: " + String.join("\nresumed: ", scopes),
                json -> {
                    ArrayNode resumed = json.putArray("resumed");
                    scopes.forEach(resumed::add);
                });
    }

    private List<String> scopesToResume(EnforcementService enforcement) {
        if (device != null) {
            DeviceId id = Operands.device(device);
            return List.of("device " + id);
        }
        if (serviceClass != null) {
            return List.of("class " + serviceClass);
        }
        if (everywhere) {
            return List.of("everywhere");
        }
        List<String> all =
                enforcement.policy().suspensions().stream()
                        .map(Suspension::scope)
                        .collect(Collectors.toList());
        if (all.isEmpty()) {
            throw new IllegalArgumentException("nothing is suspended");
        }
        return all;
    }
}
