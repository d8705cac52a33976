package org.postern.cli;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.postern.exemption.ExemptionService;
import org.postern.infrastructure.InfrastructureService;
import org.postern.json.Json;
import org.postern.policy.Identification;
import org.postern.policy.Policy;
import org.postern.policy.Subscriber;
import org.postern.subscriber.SubscriberService;

/** What the commands share that change one subscriber: they say what the change does not reach. */
abstract class SubscriberChangeCommand extends PosternCommand {

    /**
     * Shows what was done, and a warning if there is one.
     *
     * @param done a sentence
     * @param after the subscriber as it is now
     */
    final void showChange(String done, Subscriber after) {
        showChange(done, after, Optional.empty());
    }

    /**
     * Shows what was done, and warnings if there are any.
     *
     * @param done a sentence
     * @param after the subscriber as it is now
     * @param unenforced a warning that this change brought about; empty if there is none
     */
    final void showChange(String done, Subscriber after, Optional<String> unenforced) {
        // not the policy that enforcement has: it follows the directory a moment later
        InfrastructureService configured = service(InfrastructureService.class);
        Policy policy =
                Policy.builder()
                        .infrastructure(configured.infrastructure())
                        .devices(configured.devices().values())
                        .subscribers(service(SubscriberService.class).directory())
                        .exemptions(service(ExemptionService.class).inForce())
                        .build();
        // a quarantine is begun and ended in spite of a flaw
        Optional<String> caveat =
                Identification.flaw(policy, after).or(() -> Identification.caveat(policy, after));
        List<String> warnings =
                Stream.of(unenforced, caveat)
                        .flatMap(Optional::stream)
                        .collect(Collectors.toList());
        if (outputJson()) {
            show(Json.change(after, warnings));
        } else {
            show(done);
            warnings.forEach(sentence -> show("warning: " + sentence));
        }
    }
}
