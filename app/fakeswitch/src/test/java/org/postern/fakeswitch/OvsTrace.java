package org.postern.fakeswitch;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.onosproject.net.flow.FlowRule;

/**
 * The gist of one trace: cookies of the rules that matched, table of the miss, outputs, final
 * addresses and VLAN tags.
 */
final class OvsTrace {
    private static final Pattern RULE = Pattern.compile("^\\s*(\\d+)\\. .*cookie 0x([0-9a-f]+)$");
    private static final Pattern NO_COOKIE =
            Pattern.compile("^\\s*(\\d+)\\. (.*priority \\d+|priority \\d+)$");
    private static final Pattern MISS = Pattern.compile("^\\s*(\\d+)\\. No match\\.$");
    private static final Pattern OUTPUT =
            Pattern.compile("^\\s+(output:\\d+|CONTROLLER:\\d+|NORMAL|FLOOD|ALL|IN_PORT|LOCAL)$");
    private static final Pattern FINAL =
            Pattern.compile("^Final flow: .*dl_src=([0-9a-f:]{17}),dl_dst=([0-9a-f:]{17}).*");

    private static final Pattern TAG = Pattern.compile("dl_vlan1?=(\\d+),dl_vlan_pcp1?=(\\d+)");

    private final List<String> rules;
    private final List<String> outputs;
    private final String addresses;

    private OvsTrace(List<String> rules, List<String> outputs, String addresses) {
        this.rules = rules;
        this.outputs = outputs;
        this.addresses = addresses;
    }

    /**
     * Reads what {@code ofproto/trace} printed.
     *
     * @throws IllegalStateException if it is not understood
     */
    static OvsTrace parse(String text, Packet packet, int vlanLimit) {
        List<String> rules = new ArrayList<>();
        List<String> outputs = new ArrayList<>();
        String addresses = null;
        String drops = "";
        for (String line : (Iterable<String>) text.lines()::iterator) {
            Matcher rule = RULE.matcher(line);
            Matcher miss = MISS.matcher(line);
            Matcher output = OUTPUT.matcher(line);
            Matcher last = FINAL.matcher(line);
            if (rule.matches()) {
                rules.add(rule.group(1) + ":" + Long.parseLong(rule.group(2), 16));
            } else if (NO_COOKIE.matcher(line).matches()) {
                throw new IllegalStateException("a rule without cookie in " + text);
            } else if (miss.matches()) {
                rules.add(miss.group(1) + ":miss");
            } else if (output.matches()) {
                outputs.add(output.group(1));
            } else if (line.contains(">> skipping output to input port")) {
                outputs.remove(outputs.size() - 1);
            } else if (last.matches()) {
                StringBuilder tags = new StringBuilder();
                for (Matcher tag = TAG.matcher(line); tag.find(); ) {
                    tags.append(' ').append(tag.group(1)).append('p').append(tag.group(2));
                }
                addresses = last.group(1) + ">" + last.group(2) + tags;
            } else if (line.equals("Final flow: unchanged")) {
                addresses = addresses(packet, tags(packet, vlanLimit));
            } else if (line.startsWith("Datapath actions: ")) {
                drops = line.substring("Datapath actions: ".length());
            }
        }
        boolean plain =
                outputs.stream().noneMatch(List.of("NORMAL", "FLOOD", "ALL", "IN_PORT")::contains);
        boolean understood =
                !rules.isEmpty()
                        && addresses != null
                        && (!plain || drops.equals("drop") == outputs.isEmpty());
        if (!understood) {
            throw new IllegalStateException("not understood: " + text);
        }
        return new OvsTrace(rules, outputs, addresses);
    }

    /** The same of what the fake switch did; {@code cookies} are the rules' positions. */
    static OvsTrace of(Outcome outcome, List<FlowRule> cookies, Packet packet, int vlanLimit) {
        int tags = tags(packet, vlanLimit);
        tags += outcome.matched().stream().mapToInt(OvsTrace::tagsAdded).sum();
        List<String> rules = new ArrayList<>();
        outcome.matched()
                .forEach(
                        rule ->
                                rules.add(
                                        FakeSwitch.table(rule)
                                                + ":"
                                                + (cookies.indexOf(rule) + 1)));
        outcome.missedTable().ifPresent(table -> rules.add(table + ":miss"));
        List<String> outputs = new ArrayList<>();
        outcome.ports().forEach(port -> outputs.add(OvsText.output(port)));
        return new OvsTrace(rules, outputs, addresses(outcome.frame(), tags));
    }

    /** Addresses of a frame, and number and priority of the VLAN tags that the switch has seen. */
    private static String addresses(Packet frame, int tags) {
        FlowKey key = FlowKey.parse(frame, tags);
        byte[] bytes = frame.bytes();
        String outer = tags > 0 ? " " + key.vlan() + "p" + ((bytes[14] & 0xff) >> 5) : "";
        String inner = tags > 1 ? " " + key.innerVlan() + "p" + ((bytes[18] & 0xff) >> 5) : "";
        return frame.source() + ">" + frame.destination() + outer + inner;
    }

    private static int tags(Packet packet, int vlanLimit) {
        FlowKey key = FlowKey.parse(packet, vlanLimit);
        return (key.tagged() ? 1 : 0) + (key.taggedTwice() ? 1 : 0);
    }

    /** How many more tags a frame has after a rule. */
    private static int tagsAdded(FlowRule rule) {
        return RandomRules.pushes(rule) ? 1 : RandomRules.pops(rule) ? -1 : 0;
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof OvsTrace)) {
            return false;
        }
        OvsTrace that = (OvsTrace) other;
        boolean sameAddresses = addresses.equalsIgnoreCase(that.addresses);
        return sameAddresses && rules.equals(that.rules) && outputs.equals(that.outputs);
    }

    @Override
    public int hashCode() {
        return Objects.hash(rules, outputs);
    }

    @Override
    public String toString() {
        return "rules " + rules + " outputs " + outputs + " addresses " + addresses;
    }
}
