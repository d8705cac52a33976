package org.postern.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.postern.device.EnforcementService;
import org.postern.exemption.ExemptionService;
import org.postern.exemption.ExemptionState;
import org.postern.json.Json;
import org.postern.observe.AttemptCount;
import org.postern.observe.AttemptService;
import org.postern.observe.Sighting;
import org.postern.observe.SightingService;
import org.postern.policy.Exemption;
import org.postern.policy.Identification;
import org.postern.policy.Policy;
import org.postern.policy.Subscriber;
import org.postern.subscriber.SubscriberService;

/** Shows all that is known of a subscriber. */
@Service
@Command(
        scope = "onos",
        name = "postern-subscriber",
        description =
                "Shows a subscriber: lines, class, exemptions, quarantine, attempts, warnings",
        detailedDescription = "Usage: postern-subscriber [-j] SUBSCRIBER")
public class SubscriberCommand extends PosternCommand {

    @Argument(
            index = 0,
            name = "SUBSCRIBER",
            description = "the subscriber's identifier",
            required = true)
    @Completion(SubscriberCompleter.class)
    String id;

    @Override
    void run() {
        Subscriber subscriber =
                service(SubscriberService.class)
                        .subscriber(id)
                        .orElseThrow(
                                () ->
                                        new IllegalArgumentException(
                                                "there is no subscriber \""
                                                        + id
                                                        + "\": postern-subscribers lists those that exist"));
        Policy policy = service(EnforcementService.class).policy();
        List<Exemption> exemptions =
                service(ExemptionService.class).exemptions().stream()
                        .filter(e -> e.subscriber().equals(id))
                        .filter(this::isNotOver)
                        .collect(Collectors.toList());
        List<AttemptCount> counts =
                service(AttemptService.class).attempts().stream()
                        .filter(c -> c.subscriber().filter(id::equals).isPresent())
                        .collect(Collectors.toList());
        List<String> warnings =
                Stream.of(
                                Identification.flaw(policy, subscriber),
                                Identification.caveat(policy, subscriber))
                        .flatMap(Optional::stream)
                        .collect(Collectors.toList());
        if (outputJson()) {
            show(json(subscriber, policy, exemptions, counts, warnings));
        } else {
            show(text(subscriber, policy, exemptions, counts, warnings).toString());
        }
    }

    private boolean isNotOver(Exemption exemption) {
        return service(ExemptionService.class).stateOf(exemption) != ExemptionState.ENDED;
    }

    private ObjectNode json(
            Subscriber subscriber,
            Policy policy,
            List<Exemption> exemptions,
            List<AttemptCount> counts,
            List<String> warnings) {
        ObjectNode json = Json.subscriber(subscriber);
        json.put("effectiveClass", policy.classOf(subscriber).name());
        ArrayNode list = json.putArray("exemptions");
        ExemptionService service = service(ExemptionService.class);
        exemptions.forEach(
                e -> list.add(Json.exemption(e).put("state", Json.lower(service.stateOf(e)))));
        json.set("attempts", Json.attempts(counts, policy));
        ArrayNode hosts = json.putArray("hosts");
        SightingService sightings = service(SightingService.class);
        sightings.at(subscriber).forEach(s -> hosts.add(sighting(s)));
        ArrayNode strays = json.putArray("strays");
        sightings.strays(subscriber).forEach(s -> strays.add(sighting(s)));
        ArrayNode told = json.putArray("warnings");
        warnings.forEach(told::add);
        return json;
    }

    private static ObjectNode sighting(Sighting sighting) {
        ObjectNode json =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("mac", sighting.mac().toString())
                        .put("attachment", sighting.where().toString())
                        .put("since", sighting.since().map(Instant::toString).orElse(null));
        ArrayNode ips = json.putArray("addresses");
        sighting.ips().forEach(ip -> ips.add(ip.toString()));
        return json;
    }

    private Lines text(
            Subscriber subscriber,
            Policy policy,
            List<Exemption> exemptions,
            List<AttemptCount> counts,
            List<String> warnings) {
        Instant now = clock.instant();
        String holds = policy.classOf(subscriber).name();
        Lines lines =
                new Lines()
                        .add("subscriber  ", subscriber.id())
                        .add(
                                "class       ",
                                subscriber.serviceClass()
                                        + (holds.equals(subscriber.serviceClass())
                                                ? ""
                                                : " (now: " + holds + ")"))
                        .add("mode        ", Json.lower(subscriber.mode()));
        subscriber.attachments().forEach(a -> lines.add("attached at ", a.toString()));
        subscriber.prefixes().forEach(p -> lines.add("prefix      ", p.toString()));
        subscriber.macs().forEach(m -> lines.add("MAC         ", m.toString()));
        subscriber.quarantine().ifPresent(q -> lines.add("quarantine  ", q.toString()));
        for (Exemption exemption : exemptions) {
            lines.add(
                    "exemption   ",
                    exemption.id()
                            + ": "
                            + ExemptionsText.what(exemption).replace("\n", ", ")
                            + ", "
                            + Json.lower(service(ExemptionService.class).stateOf(exemption))
                            + ", until "
                            + Moments.moment(exemption.until(), now, clock.getZone())
                            + ": "
                            + exemption.reason());
        }
        for (AttemptCount count : counts) {
            lines.add(
                    "attempts    ",
                    count.packets()
                            + " "
                            + Json.lower(count.kind())
                            + " on "
                            + count.device()
                            + " since "
                            + Moments.moment(count.since(), now, clock.getZone())
                            + count.last()
                                    .map(l -> ", last " + Moments.age(l, now) + " ago")
                                    .orElse(""));
        }
        SightingService sightings = service(SightingService.class);
        sightings.at(subscriber).forEach(s -> lines.add("host        ", s.toString()));
        sightings
                .strays(subscriber)
                .forEach(
                        s ->
                                lines.add(
                                        "warning     ",
                                        "its address is seen elsewhere, moved or stolen: " + s));
        warnings.forEach(w -> lines.add("warning     ", w));
        return lines;
    }
}
