package org.postern.compile;

import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.onlab.packet.IPv4;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.TpPort;
import org.onosproject.core.ApplicationId;
import org.onosproject.net.DeviceId;
import org.onosproject.net.flow.DefaultFlowRule;
import org.onosproject.net.flow.DefaultTrafficSelector;
import org.onosproject.net.flow.DefaultTrafficTreatment;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.TrafficSelector;
import org.onosproject.net.flow.TrafficTreatment;
import org.onosproject.net.meter.MeterId;
import org.postern.drivers.Floor;
import org.postern.drivers.FrontTable;
import org.postern.policy.Chain;
import org.postern.policy.PacketMatch;
import org.postern.policy.PolicyLine;
import org.postern.policy.Verdict;

/**
 * Compiles policy lines for a device with the front table: a chain is a table, a line is a rule,
 * passing is FORWARD. Chains that look behind the outer tag share a table ({@link TagPairs}).
 */
public final class FrontTableCompiler {
    private static final Map<Chain, Integer> TABLES =
            ImmutableMap.<Chain, Integer>builder()
                    .put(Chain.CLASSIFY, FrontTable.CLASSIFY)
                    .put(Chain.PAIRED_MAIL, FrontTable.TAG_PAIRS)
                    .put(Chain.PAIRED_FRAGMENTS, FrontTable.TAG_PAIRS)
                    .put(Chain.PAIRED_OTHERS, FrontTable.TAG_PAIRS)
                    .put(Chain.MAIL_OUT, FrontTable.MAIL_OUT)
                    .put(Chain.FRAGMENTS, FrontTable.FRAGMENTS)
                    .put(Chain.MAIL_IN, FrontTable.MAIL_IN)
                    .put(Chain.INBOUND, FrontTable.INBOUND)
                    .put(Chain.QUARANTINE, FrontTable.QUARANTINE)
                    .put(Chain.WALLED_GARDEN, FrontTable.WALLED_GARDEN)
                    .put(Chain.MAC_GUARD, FrontTable.MAC_GUARD)
                    .put(Chain.GUARD, FrontTable.GUARD)
                    .put(Chain.TUNNELS, FrontTable.TUNNELS)
                    .build();

    private static final int UDP = IPv4.PROTOCOL_UDP;

    private final ApplicationId floorOwner;
    private final ApplicationId permitOwner;

    /**
     * Creates a compiler.
     *
     * @param floorOwner identifier of the driver application, which keeps the floor
     * @param permitOwner identifier of Postern itself
     */
    public FrontTableCompiler(ApplicationId floorOwner, ApplicationId permitOwner) {
        this.floorOwner = floorOwner;
        this.permitOwner = permitOwner;
    }

    /**
     * Returns the table that a chain becomes.
     *
     * @param chain a chain of policy lines
     * @return its number
     */
    public static int tableOf(Chain chain) {
        return TABLES.get(chain);
    }

    /**
     * Compiles the lines of a device. Lines that come to one rule, because two subscribers claim
     * the same attachment, are one: the directory refuses that, but while an import swaps
     * attachments, or two nodes add at once, it may be so for a moment, and must not keep the other
     * devices from their rules.
     *
     * @param device the device
     * @param lines its policy lines
     * @return its rules
     */
    public DeviceRules compile(DeviceId device, List<PolicyLine> lines) {
        return compile(device, lines, RejectMeters.NONE);
    }

    /**
     * Tells which meters the lines of a device need.
     *
     * @param lines policy lines
     * @return purposes of the meters that lines which reject would name
     */
    public static Set<String> metersOf(List<PolicyLine> lines) {
        return lines.stream()
                .filter(line -> line.verdict().equals(Verdict.REJECT))
                .map(line -> RejectMeters.purposeOf(line.subscriber()))
                .collect(Collectors.toSet());
    }

    /**
     * Compiles the lines of a device, as {@link #compile(DeviceId, List)} does.
     *
     * @param device the device
     * @param lines its policy lines
     * @param meters the meters it has; a line that rejects drops as long as its meter is missing
     * @return its rules
     */
    public DeviceRules compile(DeviceId device, List<PolicyLine> lines, RejectMeters meters) {
        List<FlowRule> lasting = new ArrayList<>();
        List<FlowRule> passing = new ArrayList<>();
        List<FlowRule> permits = new ArrayList<>();
        Set<RuleKey> keys = new HashSet<>();
        Map<RuleKey, PolicyLine> counted = new LinkedHashMap<>();
        for (PolicyLine line : lines) {
            FlowRule rule = rule(device, line, meters);
            if (!keys.add(RuleKey.of(rule))) {
                // they agree: a denial and a permit have different ranks, so different priorities
                continue;
            }
            if (!line.isFloor()) {
                permits.add(rule);
            } else if (line.isGuarding()) {
                lasting.add(rule);
            } else {
                passing.add(rule);
            }
            if (line.counted().isPresent()) {
                counted.put(RuleKey.of(rule), line);
            }
        }
        if (permits.stream().anyMatch(rule -> !rule.treatment().meters().isEmpty())) {
            permits.addAll(PuntRule.of(device, permitOwner, meters.ofDevice().orElseThrow()));
        }
        return new DeviceRules(new Floor(device, lasting, passing), permits, counted);
    }

    private FlowRule rule(DeviceId device, PolicyLine line, RejectMeters meters) {
        return DefaultFlowRule.builder()
                .forDevice(device)
                .forTable(TABLES.get(line.chain()))
                .withPriority(
                        line.rank() == 0
                                ? FrontTable.PRIORITY_LAST
                                : FrontTable.PRIORITY_BASE + line.rank())
                .withSelector(selector(line.match(), line.chain()))
                .withTreatment(treatment(line, meters))
                .fromApp(line.isFloor() ? floorOwner : permitOwner)
                .makePermanent()
                .build();
    }

    private static TrafficTreatment treatment(PolicyLine line, RejectMeters meters) {
        Verdict verdict = line.verdict();
        Optional<MeterId> meter =
                verdict.equals(Verdict.REJECT) ? meters.of(line.subscriber()) : Optional.empty();
        if (meter.isPresent()) {
            return DefaultTrafficTreatment.builder()
                    .meter(meter.get())
                    .transition(FrontTable.REJECT)
                    .build();
        }
        if (verdict.denies()) {
            // NOACTION alone: beside CLEAR_ACTIONS it would not read back equal
            // (DefaultTrafficTreatment.equals)
            return DefaultTrafficTreatment.builder().drop().build();
        }
        TrafficTreatment.Builder treatment = DefaultTrafficTreatment.builder();
        TagPairs.write(treatment, line);
        verdict.nextHop().ifPresent(treatment::setEthDst);
        return treatment
                .transition(verdict.next().map(TABLES::get).orElse(FrontTable.FORWARD))
                .build();
    }

    static TrafficSelector selector(PacketMatch match, Chain chain) {
        TrafficSelector.Builder selector = DefaultTrafficSelector.builder();
        match.inPort().ifPresent(selector::matchInPort);
        TagPairs.match(selector, match, chain);
        match.sourceMac().ifPresent(selector::matchEthSrc);
        match.destinationMac().ifPresent(selector::matchEthDst);
        match.etherType().ifPresent(type -> selector.matchEthType((short) type));
        match.protocol().ifPresent(protocol -> selector.matchIPProtocol((byte) protocol));
        match.source().ifPresent(prefix -> source(selector, prefix));
        match.destination().ifPresent(prefix -> destination(selector, prefix));
        boolean udp = match.protocol().isPresent() && match.protocol().getAsInt() == UDP;
        match.sourcePort()
                .ifPresent(
                        port -> {
                            if (udp) {
                                selector.matchUdpSrc(TpPort.tpPort(port));
                            } else {
                                selector.matchTcpSrc(TpPort.tpPort(port));
                            }
                        });
        match.destinationPort()
                .ifPresent(
                        port -> {
                            if (udp) {
                                selector.matchUdpDst(TpPort.tpPort(port));
                            } else {
                                selector.matchTcpDst(TpPort.tpPort(port));
                            }
                        });
        match.icmpv6Type().ifPresent(type -> selector.matchIcmpv6Type((byte) type));
        match.neighbourTarget().ifPresent(selector::matchIPv6NDTargetAddress);
        match.arpOperation().ifPresent(selector::matchArpOp);
        match.arpSender().ifPresent(selector::matchArpSpa);
        match.arpSenderMac().ifPresent(selector::matchArpSha);
        return selector.build();
    }

    private static void source(TrafficSelector.Builder selector, IpPrefix prefix) {
        if (prefix.isIp4()) {
            selector.matchIPSrc(prefix);
        } else {
            selector.matchIPv6Src(prefix);
        }
    }

    private static void destination(TrafficSelector.Builder selector, IpPrefix prefix) {
        if (prefix.isIp4()) {
            selector.matchIPDst(prefix);
        } else {
            selector.matchIPv6Dst(prefix);
        }
    }
}
