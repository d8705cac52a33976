package org.postern.lab.commands;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.onosproject.cli.AbstractShellCommand;
import org.onosproject.core.ApplicationId;
import org.onosproject.core.CoreService;
import org.onosproject.net.DeviceId;
import org.onosproject.net.device.DeviceService;

/**
 * What the lab's commands share: they print one JSON object, and their rules belong to one
 * application.
 */
abstract class LabCommand extends AbstractShellCommand {
    /** Owner of every rule that the lab's commands install. */
    static final String APPLICATION = "org.postern.lab.commands";

    /**
     * Rules of {@link LoadCommand} and {@link RefusedCommand}: beyond every table that carries
     * traffic.
     */
    static final int TABLE = 210;

    static ApplicationId application() {
        return get(CoreService.class).registerApplication(APPLICATION);
    }

    static DeviceId availableDevice(String id) {
        DeviceId device = DeviceId.deviceId(id);
        if (!get(DeviceService.class).isAvailable(device)) {
            throw new IllegalArgumentException("Device " + id + " is not available");
        }
        return device;
    }

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    void print(JsonNode json) {
        print("%s", json.toString());
    }
}
