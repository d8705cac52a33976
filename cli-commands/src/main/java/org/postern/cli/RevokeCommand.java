package org.postern.cli;

import java.util.Optional;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.postern.exemption.ExemptionAdminService;
import org.postern.json.Json;
import org.postern.policy.Exemption;

/** Takes an exemption back. */
@Service
@Command(
        scope = "onos",
        name = "postern-revoke",
        description = "Ends an exemption now; options come before the argument",
        detailedDescription = "Usage: postern-revoke [-y] --reason TEXT EXEMPTION")
public class RevokeCommand extends DangerousCommand {

    @Option(name = "--reason", description = "why; it is audited", required = true)
    String reason;

    @Argument(
            index = 0,
            name = "EXEMPTION",
            description = "the exemption's identifier",
            required = true)
    @Completion(ExemptionCompleter.class)
    String id;

    @Override
    void run() {
        ExemptionAdminService desk = service(ExemptionAdminService.class);
        Optional<Exemption> stored = desk.stored(id);
        if (!stored.isPresent() && desk.isUnreadable(id)) {
            confirm("exemption " + id + ", which is not understood and has no effect, is removed");
            desk.discard(id, reason, order());
            showDone("removed " + id + ", which was not understood", json -> json.put("id", id));
            return;
        }
        Exemption exemption =
                stored.orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "there is no exemption \""
                                                + id
                                                + "\": postern-exemptions lists those that exist"));
        confirm(
                exemption.subscriber()
                        + " loses "
                        + ExemptionsText.what(exemption).replace("\n", ", ")
                        + " now");
        Exemption former = desk.revoke(id, reason, order());
        showDone(
                "revoked " + id + " of " + former.subscriber(),
                json -> json.setAll(Json.exemption(former)));
    }
}
