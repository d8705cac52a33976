package org.postern.fakeswitch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A bridge of its own on a running Open vSwitch with a private run directory, with internal ports 1
 * to {@link #PORTS}. Removed when closed.
 */
final class OvsBridge implements AutoCloseable {
    /** How many ports the bridge has, numbered from 1. */
    static final int PORTS = 4;

    private final Path runDirectory;
    private final String name;

    private OvsBridge(Path runDirectory, String name) {
        this.runDirectory = runDirectory;
        this.name = name;
    }

    static OvsBridge create(Path runDirectory) {
        // Network interface names have at most 15 characters.
        OvsBridge bridge =
                new OvsBridge(
                        runDirectory,
                        "pf" + Long.toString(ProcessHandle.current().pid(), 36) + "x");
        List<String> command = new ArrayList<>(bridge.vsctl("add-br", bridge.name, "--"));
        command.addAll(
                List.of("set", "bridge", bridge.name, "datapath_type=netdev", "fail_mode=secure"));
        command.add("protocols=OpenFlow13");
        for (int port = 1; port <= PORTS; port++) {
            String interfaceName = bridge.name + port;
            command.addAll(List.of("--", "add-port", bridge.name, interfaceName));
            command.addAll(List.of("--", "set", "interface", interfaceName, "type=internal"));
            command.add("ofport_request=" + port);
        }
        bridge.run("", command);
        return bridge;
    }

    /** How many VLAN tags the switch looks behind; the bridge's old flows go. */
    void lookBehindTags(int limit) {
        run("", vsctl("set", "open", ".", "other_config:vlan-limit=" + limit));
    }

    String version() {
        return run("", List.of("ovs-vswitchd", "--version")).lines().findFirst().orElse("");
    }

    void replaceFlows(String flows) {
        run("", List.of("ovs-ofctl", "-O", "OpenFlow13", "del-flows", name));
        addFlows(flows);
    }

    void addFlows(String flows) {
        run(flows, List.of("ovs-ofctl", "-O", "OpenFlow13", "add-flows", name, "-"));
    }

    List<String> dumpFlows() {
        return run("", List.of("ovs-ofctl", "-O", "OpenFlow13", "dump-flows", name))
                .lines()
                .filter(line -> line.contains("cookie="))
                .collect(Collectors.toUnmodifiableList());
    }

    String trace(Packet packet, int inPort) {
        return run(
                "",
                List.of("ovs-appctl", "ofproto/trace", name, "in_port=" + inPort, packet.hex()));
    }

    void send(Packet packet, int inPort) {
        run(
                "",
                List.of(
                        "ovs-ofctl",
                        "-O",
                        "OpenFlow13",
                        "packet-out",
                        name,
                        "in_port=" + inPort + ",packet=" + packet.hex() + ",actions=TABLE"));
    }

    @Override
    public void close() {
        run("", vsctl("--if-exists", "del-br", name));
    }

    private List<String> vsctl(String... arguments) {
        return Stream.concat(
                        Stream.of("ovs-vsctl", "--db=unix:" + runDirectory.resolve("db.sock")),
                        Arrays.stream(arguments))
                .collect(Collectors.toUnmodifiableList());
    }

    private String run(String input, List<String> command) {
        Path typed = null;
        try {
            typed = Files.createTempFile("ovs", ".in");
            Files.writeString(typed, input);
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
            builder.redirectInput(typed.toFile());
            builder.environment().put("OVS_RUNDIR", runDirectory.toString());
            builder.environment().put("OVS_LOGDIR", runDirectory.toString());
            Process process = builder.start();
            String output =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IllegalStateException(String.join(" ", command) + " failed: " + output);
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while running " + command, e);
        } finally {
            delete(typed);
        }
    }

    private static void delete(Path file) {
        try {
            if (file != null) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
