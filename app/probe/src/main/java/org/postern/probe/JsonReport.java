package org.postern.probe;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collection;
import java.util.Locale;

/** Tells programs what was found. Moments are in UTC, in the form of ISO 8601. */
public final class JsonReport {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /** Characters of a list; each of its texts has those of a reply at most. */
    private static final int LIST = 8 << 10;

    private JsonReport() {}

    /**
     * Tells what was found of a host.
     *
     * @param result what was found
     * @param transcript whether to tell what was said, too
     * @return an object
     */
    public static ObjectNode of(ProbeResult result, boolean transcript) {
        ObjectNode json =
                NODES.objectNode()
                        .put("host", result.host())
                        .put("at", result.at().toString())
                        .put("summary", result.summary().name().toLowerCase(Locale.ROOT));
        ArrayNode ports = json.putArray("ports");
        result.ports().forEach(p -> ports.add(of(p, transcript)));
        json.set("notes", texts(result.notes()));
        ArrayNode dns = json.putArray("dns");
        result.lookups().forEach(lookup -> dns.add(of(lookup)));
        return json;
    }

    private static ObjectNode of(Lookup lookup) {
        ObjectNode json =
                NODES.objectNode()
                        .put("name", lookup.name())
                        .put("type", lookup.type())
                        .put("server", lookup.server())
                        .put("outcome", lookup.outcome().text())
                        .put("reason", lookup.reason().isEmpty() ? null : lookup.reason())
                        .put("more", lookup.more())
                        .put("at", lookup.at().toString())
                        .put("milliseconds", lookup.took().toMillis());
        json.set("records", texts(lookup.records()));
        return json;
    }

    private static ObjectNode of(PortResult result, boolean transcript) {
        ObjectNode json =
                NODES.objectNode()
                        .put("host", result.host().orElse(null))
                        .put("service", result.service().map(Service::label).orElse(null))
                        .put("port", result.port())
                        .put("family", result.family().map(Family::text).orElse(null))
                        .put("address", result.address().map(a -> a.getHostAddress()).orElse(null))
                        .put("verdict", result.verdict().text())
                        .put("reason", shown(result.reason()))
                        .put("at", result.at().toString())
                        .put("milliseconds", result.took().toMillis());
        json.set("warnings", texts(result.warnings()));
        json.set("greeting", result.greeting().map(JsonReport::reply).orElse(null));
        json.put("startTls", result.startTls().orElse(null));
        json.set("authBeforeTls", texts(result.authBeforeTls()));
        json.set("authWithinTls", texts(result.authWithinTls()));
        json.set("tls", result.tls().map(JsonReport::tls).orElse(null));
        json.set("beforeTls", result.clear().map(JsonReport::trial).orElse(null));
        json.set("withinTls", result.withinTls().map(JsonReport::trial).orElse(null));
        if (transcript) {
            ArrayNode said = json.putArray("transcript");
            result.transcript()
                    .entries()
                    .forEach(
                            e ->
                                    said.addObject()
                                            .put("at", e.at().toString())
                                            .put("by", e.speaker().name().toLowerCase(Locale.ROOT))
                                            .put("text", e.text()));
        }
        return json;
    }

    private static ObjectNode tls(TlsEvidence tls) {
        ObjectNode json =
                NODES.objectNode()
                        .put("version", tls.version().orElse(null))
                        .put("cipher", tls.cipher().orElse(null));
        json.set("certificate", tls.certificate().map(JsonReport::certificate).orElse(null));
        return json;
    }

    private static ObjectNode certificate(CertificateCheck check) {
        ObjectNode json =
                NODES.objectNode()
                        .put("valid", check.isValid())
                        .put(
                                "chainProblem",
                                check.chainProblem().map(JsonReport::shown).orElse(null))
                        .put("nameProblem", check.nameProblem().map(JsonReport::shown).orElse(null))
                        .put("subject", shown(check.subject()))
                        .put("issuer", shown(check.issuer()))
                        .put("notBefore", check.notBefore().toString())
                        .put("notAfter", check.notAfter().toString())
                        .put("chainLength", check.chainLength());
        json.set("names", texts(check.names()));
        return json;
    }

    private static ObjectNode trial(Trial trial) {
        ObjectNode json = NODES.objectNode();
        json.set("mail", trial.mail().map(JsonReport::reply).orElse(null));
        json.set("rcpt", trial.rcpt().map(JsonReport::reply).orElse(null));
        json.set("rcptLocal", trial.local().map(JsonReport::reply).orElse(null));
        return json;
    }

    private static ObjectNode reply(Reply reply) {
        return NODES.objectNode()
                .put("code", reply.code())
                .put("enhanced", reply.enhanced().map(EnhancedCode::toString).orElse(null))
                .put("text", reply.shownText());
    }

    private static String shown(String text) {
        return Printable.abridged(text, Reply.SHOWN);
    }

    /** Texts that a server has a say in: those that are too much are counted in the last. */
    private static ArrayNode texts(Collection<String> texts) {
        ArrayNode json = NODES.arrayNode();
        int taken = 0;
        for (String text : texts) {
            String shown = shown(text);
            taken += shown.length();
            if (taken > LIST) {
                return json.add("... (" + (texts.size() - json.size()) + " more)");
            }
            json.add(shown);
        }
        return json;
    }
}
