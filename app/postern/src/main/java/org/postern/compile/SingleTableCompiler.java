package org.postern.compile;

import com.google.common.collect.ImmutableSet;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.onosproject.core.ApplicationId;
import org.onosproject.net.PortNumber;
import org.onosproject.net.flow.DefaultFlowRule;
import org.onosproject.net.flow.DefaultTrafficTreatment;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.TrafficSelector;
import org.onosproject.net.flow.TrafficTreatment;
import org.onosproject.net.flow.criteria.Criterion;
import org.postern.drivers.Floor;
import org.postern.drivers.FrontTable;
import org.postern.policy.AccessDevice;
import org.postern.policy.Chain;
import org.postern.policy.Policy;
import org.postern.policy.PolicyLine;
import org.postern.policy.PolicyLines;
import org.postern.policy.PortRole;

/**
 * Compiles policy lines for a device that has one table for everybody. What is denied is dropped
 * above everybody's rules, ingress port by ingress port; what passes has no rule, but where
 * something below would deny it: there it is output to the port where it belongs, since in one
 * table "permit" cannot mean "carry on". What can be told neither way is said to be a limit.
 */
public final class SingleTableCompiler {
    /** Priorities from {@link FrontTable#PRIORITY_BASE} on that rules may have. */
    static final int BAND = 1000;

    /** For each level of rules that overlap, so many priorities. */
    private static final int KINDS = 8;

    /** What every provider of OpenFlow rules encodes, and encodes exactly. */
    private static final Set<Criterion.Type> ENCODED =
            ImmutableSet.of(
                    Criterion.Type.IN_PORT,
                    Criterion.Type.ETH_DST,
                    Criterion.Type.ETH_SRC,
                    Criterion.Type.ETH_TYPE,
                    Criterion.Type.VLAN_VID,
                    Criterion.Type.IP_PROTO,
                    Criterion.Type.IPV4_SRC,
                    Criterion.Type.IPV4_DST,
                    Criterion.Type.IPV6_SRC,
                    Criterion.Type.IPV6_DST,
                    Criterion.Type.TCP_SRC,
                    Criterion.Type.TCP_DST,
                    Criterion.Type.UDP_SRC,
                    Criterion.Type.UDP_DST,
                    Criterion.Type.ICMPV6_TYPE,
                    Criterion.Type.IPV6_ND_TARGET,
                    Criterion.Type.ARP_OP,
                    Criterion.Type.ARP_SPA,
                    Criterion.Type.ARP_SHA);

    private final ApplicationId owner;

    /**
     * Creates a compiler.
     *
     * @param owner identifier of Postern, which owns all rules
     */
    public SingleTableCompiler(ApplicationId owner) {
        this.owner = owner;
    }

    /**
     * Compiles the policy of a device.
     *
     * @param policy what is to be enforced
     * @param device an access device of the policy whose backend is a single table
     * @param ports the access ports that it has; those that its configuration names are taken too
     * @return its rules: a floor of denials that may be laid in any order, and what is output
     * @throws IllegalArgumentException if the rules cannot be told to a switch
     */
    public DeviceRules compile(Policy policy, AccessDevice device, Collection<PortNumber> ports) {
        List<PolicyLine> lines = PolicyLines.of(policy, device);
        SingleTableLimits limits = new SingleTableLimits(lines);
        limits.notePairs(policy, device);
        return compile(device, lines, limits, ports);
    }

    /** Compiles lines, and takes note of what of them one table cannot do. */
    DeviceRules compile(
            AccessDevice device,
            List<PolicyLine> lines,
            SingleTableLimits limits,
            Collection<PortNumber> ports) {
        // every port would need a rule for every address that is not its own, and name the way of
        // what is
        ChainLines chains =
                new ChainLines(
                        lines.stream()
                                .filter(line -> !SingleTableLimits.isGuard(line))
                                .collect(Collectors.toList()));
        Compilation compilation = new Compilation(device, limits);
        ingressPorts(device, ports)
                .forEach(port -> compilation.add(IngressPaths.of(chains, port), port));
        return compilation.rules();
    }

    /** Every port but the transit ports, whose packets are examined elsewhere. */
    private static List<PortNumber> ingressPorts(
            AccessDevice device, Collection<PortNumber> ports) {
        Set<PortNumber> all =
                ImmutableSet.<PortNumber>builder()
                        .addAll(device.roles().keySet())
                        .addAll(ports)
                        .build();
        return all.stream()
                .filter(port -> device.roleOf(port) != PortRole.TRANSIT)
                .sorted(Comparator.comparingLong(PortNumber::toLong))
                .collect(Collectors.toList());
    }

    /** The rules of one device as they come together. */
    private final class Compilation {
        private final AccessDevice device;
        private final SingleTableLimits limits;
        private final List<FlowRule> denials = new ArrayList<>();
        private final List<FlowRule> outputs = new ArrayList<>();
        private final Map<RuleKey, PolicyLine> counted = new LinkedHashMap<>();

        private Compilation(AccessDevice device, SingleTableLimits limits) {
            this.device = device;
            this.limits = limits;
        }

        private DeviceRules rules() {
            return new DeviceRules(
                    new Floor(device.id(), denials, List.of()),
                    outputs,
                    counted,
                    device.backend(),
                    limits.sentences());
        }

        private void add(IngressPaths paths, PortNumber port) {
            boolean access = device.roleOf(port) == PortRole.ACCESS;
            OneTable table = OneTable.of(paths, access, device.singleTable().orElseThrow());
            table.unexpressed().forEach(path -> limits.unexpressed(path, port));
            for (OneTable.Entry entry : table.entries()) {
                FlowRule rule = rule(entry);
                if (entry.path().denies()) {
                    denials.add(rule);
                } else {
                    outputs.add(rule);
                    limits.output(entry.way().orElseThrow());
                }
                entry.counting().ifPresent(line -> counted.put(RuleKey.of(rule), line));
            }
        }

        private FlowRule rule(OneTable.Entry entry) {
            return DefaultFlowRule.builder()
                    .forDevice(device.id())
                    .forTable(FrontTable.CLASSIFY)
                    .withPriority(priority(entry))
                    .withSelector(selector(entry))
                    .withTreatment(treatment(entry))
                    .fromApp(owner)
                    .makePermanent()
                    .build();
        }

        /** A kind each: the counter of a rule never becomes that of another kind. */
        private int priority(OneTable.Entry entry) {
            int offset = entry.level() * KINDS + entry.kind();
            if (offset >= BAND) {
                throw new IllegalArgumentException(
                        "the policy of "
                                + device.id()
                                + " needs more than "
                                + BAND / KINDS
                                + " levels of rules that overlap on one port, more than one table has room for;"
                                + " use the front table, or put fewer subscribers on a port");
            }
            return FrontTable.PRIORITY_BASE + offset;
        }

        private TrafficSelector selector(OneTable.Entry entry) {
            TrafficSelector selector =
                    FrontTableCompiler.selector(entry.path().match(), Chain.CLASSIFY);
            for (Criterion criterion : selector.criteria()) {
                if (!ENCODED.contains(criterion.type())) {
                    throw new IllegalArgumentException(
                            "criterion "
                                    + criterion
                                    + " would be left out on the way to "
                                    + device.id()
                                    + ", and the rule match more than it is meant to: "
                                    + entry.path());
                }
            }
            return selector;
        }

        private TrafficTreatment treatment(OneTable.Entry entry) {
            TrafficTreatment.Builder treatment = DefaultTrafficTreatment.builder();
            if (entry.path().denies()) {
                return treatment.drop().build();
            }
            entry.path().nextHop().ifPresent(treatment::setEthDst);
            return treatment.setOutput(entry.way().orElseThrow()).build();
        }
    }
}
