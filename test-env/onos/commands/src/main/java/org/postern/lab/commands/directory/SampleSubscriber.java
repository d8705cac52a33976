package org.postern.lab.commands.directory;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** A subscriber as it would be stored: identifier, device, and JSON text of some 220 bytes. */
final class SampleSubscriber {
    private final int number;
    private final String id;
    private final String device;
    private final String text;

    private SampleSubscriber(int number, String device, String comment) {
        this.number = number;
        this.id = String.format("sub-%07d", number);
        this.device = device;
        this.text = json(comment);
    }

    static SampleSubscriber of(int number, int devices) {
        return new SampleSubscriber(number, device(number % devices), "");
    }

    /** The same subscriber with a comment, so that it can be told from what it was. */
    SampleSubscriber commented(String comment) {
        return new SampleSubscriber(number, device, comment);
    }

    static String device(int index) {
        return String.format("of:%016x", index + 1);
    }

    String id() {
        return id;
    }

    String device() {
        return device;
    }

    String text() {
        return text;
    }

    private String json(String comment) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("v", 1).put("id", id).put("class", number % 20 == 0 ? "business" : "residential");
        json.putArray("attachments")
                .add(device + "/" + (1 + number % 48) + ":" + (100 + number % 3900));
        String prefix4 =
                String.format(
                        "100.%d.%d.%d/32", 64 + (number >> 16), number >> 8 & 255, number & 255);
        json.putArray("prefixes")
                .add(prefix4)
                .add(String.format("2001:db8:%x:%x::/64", number >> 16, number & 0xffff));
        json.putArray("macs")
                .add(
                        String.format(
                                "02:64:00:%02x:%02x:%02x",
                                number >> 16, number >> 8 & 255, number & 255));
        json.put("mode", "enforce");
        if (!comment.isEmpty()) {
            json.put("comment", comment);
        }
        return json.toString();
    }
}
