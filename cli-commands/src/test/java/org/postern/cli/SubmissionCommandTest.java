package org.postern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.onlab.packet.IpAddress;
import org.postern.policy.Infrastructure;
import org.postern.policy.NextHop;
import org.postern.policy.Remediation;
import org.postern.policy.SubmissionServer;
import org.postern.probe.Verdict;
import org.postern.submission.Watched;

class SubmissionCommandTest {
    private final Console console = new Console();

    private void configure() {
        console.network.infrastructure =
                new Infrastructure(
                        List.of(
                                new SubmissionServer(
                                        "smtp.isp.example",
                                        Set.of(
                                                IpAddress.valueOf("198.51.100.25"),
                                                IpAddress.valueOf("2001:db8:51::25")),
                                        Set.of(587))),
                        List.of(),
                        List.of(),
                        "residential",
                        List.of(
                                new NextHop(
                                        "mx",
                                        Set.of(IpAddress.valueOf("10.64.0.25")),
                                        null,
                                        Set.of())),
                        Remediation.NONE);
    }

    private String shown(String... words) {
        return console.run(new SubmissionCommand(), words);
    }

    @Test
    void whoHasNoServersIsTold() {
        assertEquals(
                "Neither submission servers nor relays with addresses are configured.", shown());
    }

    @Test
    void serversAreListedWithWhatIsWrong() {
        configure();
        console.servers.found(
                Watched.Kind.SERVER,
                "smtp.isp.example",
                "198.51.100.25",
                587,
                Verdict.ENFORCED,
                Console.NOW.plus(Duration.ofDays(5)));
        console.servers.found(
                Watched.Kind.RELAY, "mx", "10.64.0.25", 25, Verdict.RELAY_SUSPECTED, null);

        assertEquals(
                String.join(
                        "\n",
                        "NAME              FOR         ADDRESS          PORT  VERDICT          LOOKED AT",
                        "smtp.isp.example  submission  198.51.100.25     587  enforced         08:01:30",
                        "  alarm for 0 s, certificate-expires: its certificate expires at",
                        "  2026-03-06T08:01:30Z",
                        "smtp.isp.example  submission  2001:db8:51::25   587  -                -",
                        "mx                redirect    10.64.0.25         25  relay-suspected  08:01:30",
                        "  alarm for 0 s, not-enforced: relay-suspected: 250 2.1.5 Ok",
                        "3 ports, 2 alarms; each is probed every 60 minutes."),
                shown());
    }

    @Test
    void jsonHasThemAll() {
        configure();
        console.servers.found(
                Watched.Kind.SERVER,
                "smtp.isp.example",
                "2001:db8:51::25",
                587,
                Verdict.AUTH_IN_CLEAR,
                null);

        JsonNode json = console.json(new SubmissionCommand(), "-j");
        assertEquals(3, json.size());
        assertTrue(json.get(0).get("verdict").isNull());
        assertEquals("auth-in-clear", json.get(1).get("verdict").asText());
        assertEquals("auth-in-clear", json.get(1).get("alarms").get(0).get("alarm").asText());
        assertEquals("relay", json.get(2).get("kind").asText());
    }
}
