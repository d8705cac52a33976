package org.postern.compile;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.postern.policy.AccessDevice;
import org.postern.policy.Attachment;
import org.postern.policy.Chain;
import org.postern.policy.Mode;
import org.postern.policy.OutboundAction;
import org.postern.policy.Policy;
import org.postern.policy.PolicyLine;
import org.postern.policy.PolicyLines;
import org.postern.policy.Quarantine;
import org.postern.policy.ServiceClass;
import org.postern.policy.Subscriber;
import org.postern.policy.Subscribers;

/**
 * The lines of a device as far as they have room in its tables, and what was left out. Immutable.
 *
 * <p>What is left out, table by table and no more than that takes: first denials that are there to
 * count only, and what passes since it is only counted; then permits, all of a subscriber or none,
 * and with them the denials that stand above permits alone which are all left out. So more is
 * denied than should be, never less. If that is not enough, what else is said of subscribers,
 * quarantines and guards, is left out, and said not to be enforced; last everything but what holds
 * for everybody.
 */
public final class CompactForm {
    /** How many subscribers a sentence names. */
    private static final int NAMED = 10;

    private final ImmutableList<PolicyLine> lines;
    private final ImmutableList<String> limits;
    private final ImmutableSet<String> uncounted;
    private final ImmutableSet<String> closed;
    private final ImmutableSet<String> missing;
    private final ImmutableSet<String> unenforced;

    private CompactForm(
            List<PolicyLine> lines,
            List<String> limits,
            Collection<String> uncounted,
            Collection<String> closed,
            Collection<String> missing,
            Collection<String> unenforced) {
        this.lines = ImmutableList.copyOf(lines);
        this.limits = ImmutableList.copyOf(limits);
        this.uncounted = ImmutableSet.copyOf(uncounted);
        this.closed = ImmutableSet.copyOf(closed);
        this.missing = ImmutableSet.copyOf(missing);
        this.unenforced = ImmutableSet.copyOf(unenforced);
    }

    /**
     * Finds the form of a device's lines that has room.
     *
     * @param policy what is to be enforced
     * @param device an access device of the policy
     * @param space the room it has
     * @return the lines, all of them if they have room
     * @throws TableSpaceException if not even what holds for everybody has room
     */
    public static CompactForm of(Policy policy, AccessDevice device, TableSpace space) {
        List<PolicyLine> all = PolicyLines.of(policy, device);
        Set<Chain> crowded = crowded(all, space);
        if (crowded.isEmpty()) {
            return new CompactForm(all, List.of(), List.of(), List.of(), List.of(), List.of());
        }
        List<String> limits = limits(all, crowded, space);
        if (policy.suspensionOf(device.id()).isPresent()) {
            // whoever breaks the glass must not find it full of what is suspended
            return bare(policy, device, space, limits);
        }
        List<PolicyLine> counters =
                all.stream()
                        .filter(l -> crowded.contains(l.chain()))
                        .filter(l -> l.isFloor() && !l.isGuarding())
                        .collect(Collectors.toList());
        List<PolicyLine> lines = without(all, counters);
        Set<String> uncounted = subscribersOf(counters);
        Set<String> closed = new TreeSet<>();
        Set<String> missing = new LinkedHashSet<>();
        Set<String> unenforced = new TreeSet<>();
        Set<Chain> still = crowded(lines, space);
        Set<Chain> full = still;
        List<PolicyLine> watching =
                lines.stream()
                        .filter(l -> full.contains(l.chain()) && isWatching(l))
                        .collect(Collectors.toList());
        if (!watching.isEmpty()) {
            lines = without(lines, watching);
            missing.add("what cannot be read of who is monitored is dropped");
            still = crowded(lines, space);
        }
        if (isPairsCrowded(still)) {
            return withoutPairs(policy, device, space, limits);
        }
        if (!still.isEmpty()) {
            PermitChoice choice = new PermitChoice(lines, still, space, oldestFirst(policy));
            unenforced.addAll(choice.unenforced());
            if (!choice.hasRoom()) {
                return bare(policy, device, space, limits);
            }
            choice.leftOut()
                    .forEach(
                            line ->
                                    line.subscriber()
                                            .ifPresentOrElse(
                                                    closed::add, () -> missing.add(line.reason())));
            uncounted.addAll(
                    subscribersOf(
                            choice.needless().stream()
                                    .filter(line -> line.counted().isPresent())
                                    .collect(Collectors.toList())));
            if (choice.isBlind()) {
                missing.add("what source guards would hit of who is monitored is not counted");
            }
            lines = choice.chosen();
        }
        return new CompactForm(lines, limits, uncounted, closed, missing, unenforced);
    }

    /** Quarantines that came first have room first: none that holds is lost to a new one. */
    private static Comparator<String> oldestFirst(Policy policy) {
        return Comparator.<String, Instant>comparing(
                        id ->
                                Optional.ofNullable(policy.subscribers().get(id))
                                        .flatMap(Subscriber::quarantine)
                                        .map(Quarantine::since)
                                        .orElse(Instant.MAX))
                .thenComparing(Comparator.naturalOrder());
    }

    /** Lets pass and counts what is of who is monitored, and is of the floor for its order only. */
    private static boolean isWatching(PolicyLine line) {
        return line.isFloor() && !line.verdict().denies() && line.counted().isPresent();
    }

    /** What holds for everybody, and opens nothing to anybody. */
    private static CompactForm bare(
            Policy policy, AccessDevice device, TableSpace space, List<String> limits) {
        // where nothing is enforced, what holds for everybody is that everybody passes
        boolean open =
                device.mode() == Mode.MONITOR || policy.suspensionOf(device.id()).isPresent();
        List<PolicyLine> lines =
                PolicyLines.of(policy.withSubscribers(Subscribers.NONE), device).stream()
                        .filter(line -> open || line.isFloor() && !isWatching(line))
                        .collect(Collectors.toList());
        Set<Chain> crowded = crowded(lines, space);
        if (!crowded.isEmpty()) {
            throw new TableSpaceException(
                    String.join("; ", limits(lines, crowded, space))
                            + ": without these nothing can be enforced; raise ruleLimit, or the"
                            + " table size of the switch");
        }
        // inbound rules and guards speak of subscribers of the whole chain
        Set<String> all = subscribersOf(PolicyLines.of(policy, device));
        policy.subscribersOf(device.id()).forEach(s -> all.add(s.id()));
        return new CompactForm(lines, limits, all, all, List.of(), all);
    }

    /**
     * What is left out of one pair of VLANs would be taken for whoever has the rest of its line. So
     * all pairs go, and whoever has a line around one; and as those lose all their lines, whoever
     * has a line around one of these too. Nor is who remains alone in a VLAN that was others' too.
     */
    private static CompactForm withoutPairs(
            Policy policy, AccessDevice device, TableSpace space, List<String> limits) {
        ServiceClass byDefault = policy.infrastructure().defaultClass();
        if (byDefault.mode() == Mode.MONITOR
                || policy.isSuspended(byDefault)
                || policy.outboundOf(byDefault) == OutboundAction.ALLOW) {
            return bare(policy, device, space, limits);
        }
        Set<Attachment> left =
                policy.subscribersOf(device.id()).stream()
                        .flatMap(s -> s.attachments().stream())
                        .filter(a -> a.customerVlan().isPresent())
                        .collect(Collectors.toSet());
        Set<String> gone = new TreeSet<>();
        List<Subscriber> more;
        do {
            more =
                    policy.subscribersOf(device.id()).stream()
                            .filter(s -> !gone.contains(s.id()))
                            .filter(s -> s.attachments().stream().anyMatch(a -> meetsAny(a, left)))
                            .collect(Collectors.toList());
            for (Subscriber subscriber : more) {
                gone.add(subscriber.id());
                left.addAll(subscriber.attachments());
            }
        } while (!more.isEmpty());
        Subscribers rest = policy.directory();
        for (String id : gone) {
            rest = rest.without(id);
        }
        CompactForm form = of(policy.withSubscribers(rest), device, space);
        Set<Object> towards =
                PolicyLines.of(policy, device).stream()
                        .filter(CompactForm::isPermitTowardsVlan)
                        .map(CompactForm::placeOf)
                        .collect(Collectors.toSet());
        return new CompactForm(
                form.lines.stream()
                        .filter(l -> !isPermitTowardsVlan(l) || towards.contains(placeOf(l)))
                        .collect(Collectors.toList()),
                Stream.concat(limits.stream(), form.limits.stream())
                        .distinct()
                        .collect(Collectors.toList()),
                Sets.union(gone, form.uncounted),
                Sets.union(gone, form.closed),
                form.missing,
                Sets.union(gone, form.unenforced));
    }

    /** Lets pass what is for whoever is in a VLAN, as nobody else is. */
    private static boolean isPermitTowardsVlan(PolicyLine line) {
        return (line.chain() == Chain.MAIL_IN || line.chain() == Chain.INBOUND)
                && line.match().vlan().isPresent()
                && !line.verdict().denies();
    }

    private static Object placeOf(PolicyLine line) {
        return List.of(line.chain(), line.match());
    }

    private static boolean meetsAny(Attachment attachment, Set<Attachment> parts) {
        return parts.stream()
                .anyMatch(
                        part ->
                                part.wholePort().equals(attachment.wholePort())
                                        && (attachment.vlan().isEmpty()
                                                || attachment.vlan().equals(part.vlan())));
    }

    private static Set<Chain> crowded(List<PolicyLine> lines, TableSpace space) {
        Map<Integer, Set<Object>> rules = rulesByTable(lines);
        return EnumSet.allOf(Chain.class).stream()
                .filter(
                        chain -> {
                            int table = FrontTableCompiler.tableOf(chain);
                            return rules.getOrDefault(table, Set.of()).size() > space.of(table);
                        })
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(Chain.class)));
    }

    /** Lines of one rank and expression are one rule. */
    static Map<Integer, Set<Object>> rulesByTable(List<PolicyLine> lines) {
        Map<Integer, Set<Object>> rules = new TreeMap<>();
        for (PolicyLine line : lines) {
            // chains that share a table are told apart by what goes with the VLAN, see TagPairs
            Object rule =
                    line.match().vlan().isPresent()
                            ? List.of(line.chain(), ruleOf(line))
                            : ruleOf(line);
            rules.computeIfAbsent(FrontTableCompiler.tableOf(line.chain()), t -> new HashSet<>())
                    .add(rule);
        }
        return rules;
    }

    /** Whether room is wanting in a table of several chains, where pairs of tags are told apart. */
    private static boolean isPairsCrowded(Set<Chain> crowded) {
        return crowded.contains(Chain.PAIRED_MAIL);
    }

    private static List<String> limits(
            List<PolicyLine> lines, Set<Chain> crowded, TableSpace space) {
        Map<Integer, Set<Object>> rules = rulesByTable(lines);
        return crowded.stream()
                .map(FrontTableCompiler::tableOf)
                .distinct()
                .map(table -> space.told(table) + " and would need " + rules.get(table).size())
                .collect(Collectors.toList());
    }

    /** What makes a line a rule of its own in its table. */
    static Object ruleOf(PolicyLine line) {
        return List.of(line.rank(), line.match());
    }

    private static List<PolicyLine> without(List<PolicyLine> all, List<PolicyLine> some) {
        Set<PolicyLine> left = new HashSet<>(some);
        return all.stream().filter(Predicate.not(left::contains)).collect(Collectors.toList());
    }

    private static Set<String> subscribersOf(List<PolicyLine> lines) {
        return lines.stream()
                .flatMap(l -> l.subscriber().stream())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /**
     * Returns what there is room for.
     *
     * @return policy lines in their order
     */
    public List<PolicyLine> lines() {
        return lines;
    }

    /**
     * Tells whether nothing was left out.
     *
     * @return true if the lines are all there are
     */
    public boolean isWhole() {
        return limits.isEmpty();
    }

    /**
     * Returns whose attempts are not counted singly.
     *
     * @return identifiers of subscribers
     */
    public Set<String> uncounted() {
        return uncounted;
    }

    /**
     * Returns who is denied what the policy permits.
     *
     * @return identifiers of subscribers whose permits are left out, in order
     */
    public Set<String> closed() {
        return closed;
    }

    /**
     * Returns who is permitted what the policy denies: quarantines and guards that have no room.
     * Direct mail is denied to them.
     *
     * @return identifiers of subscribers, in order
     */
    public Set<String> unenforced() {
        return unenforced;
    }

    /**
     * Tells whether somebody gets less than the policy permits, or is held to less than it says.
     *
     * @return false if only counters are missing, or nothing is
     */
    public boolean isIncomplete() {
        return !closed.isEmpty() || !missing.isEmpty() || !unenforced.isEmpty();
    }

    /**
     * Says what is left out and why.
     *
     * @return sentences for operators; none if the form is whole
     */
    public List<String> sentences() {
        List<String> told = new ArrayList<>();
        if (isWhole()) {
            return told;
        }
        told.add("compact form: " + String.join("; ", limits));
        if (!uncounted.isEmpty()) {
            told.add(
                    "attempts of "
                            + uncounted.size()
                            + " subscribers are not counted singly, but with those of unknown"
                            + " attachments");
        }
        if (!closed.isEmpty()) {
            told.add(
                    "the permits of "
                            + closed.size()
                            + " subscribers are missing, their direct mail is dropped: "
                            + named(closed));
        }
        missing.forEach(reason -> told.add("missing: " + reason));
        if (!unenforced.isEmpty()) {
            told.add(
                    "quarantine, source guard or inbound rule of "
                            + unenforced.size()
                            + " subscribers is NOT enforced here: "
                            + named(unenforced));
        }
        return told;
    }

    private static String named(Set<String> ids) {
        String some = ids.stream().limit(NAMED).collect(Collectors.joining(", "));
        return ids.size() <= NAMED ? some : some + " and " + (ids.size() - NAMED) + " more";
    }
}
