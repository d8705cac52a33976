package org.postern.compile;

import com.google.common.collect.ArrayListMultimap;
import com.google.common.collect.ListMultimap;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.onosproject.net.PortNumber;
import org.postern.policy.Chain;
import org.postern.policy.Counted;
import org.postern.policy.PacketMatch;
import org.postern.policy.PolicyLine;
import org.postern.policy.Verdict;

/**
 * Which permits have room in crowded tables, beside the lines that must be there: what holds for
 * everybody first, then one subscriber after the other, in the order of what they lose without and
 * of their identifiers. Of two policies that differ little the choices differ little.
 */
final class PermitChoice {
    private final List<PolicyLine> lines;
    private final Set<Chain> crowded;
    private final TableSpace space;
    private final Comparator<String> order;

    /** Denials of crowded tables that stand above permits only, with those. */
    private final Map<PolicyLine, List<PolicyLine>> guards = new HashMap<>();

    /** The same the other way about. */
    private final ListMultimap<PolicyLine, PolicyLine> guardsOf = ArrayListMultimap.create();

    /** What has room, by crowded table: the rules. */
    private final Map<Chain, Set<Object>> taken = new EnumMap<>(Chain.class);

    private final Set<PolicyLine> chosen = new HashSet<>();
    private final List<PolicyLine> leftOut = new ArrayList<>();
    private final Set<String> unenforced = new HashSet<>();

    /**
     * Whose guards are not there: what counts for those would count what is lawful, and pass it.
     */
    private final Set<Chain> unguarded = EnumSet.noneOf(Chain.class);

    private boolean room = true;

    /**
     * Chooses.
     *
     * @param lines the lines of a device
     * @param crowded tables that have no room for all of them
     * @param space the room there is
     * @param order which subscribers' denials have room first
     */
    PermitChoice(
            List<PolicyLine> lines,
            Set<Chain> crowded,
            TableSpace space,
            Comparator<String> order) {
        this.lines = lines;
        this.crowded = crowded;
        this.space = space;
        this.order = order;
        crowded.forEach(this::findGuards);
        crowded.forEach(this::takeWhatMustBe);
        if (room) {
            permits().forEach(this::choose);
        }
    }

    /** Whether there is room for what must be there. */
    boolean hasRoom() {
        return room;
    }

    /** Of whom something that denies more than direct mail has no room. */
    Set<String> unenforced() {
        return unenforced;
    }

    /** Whether guards are left out, and with them what only counts. */
    boolean isBlind() {
        return lines.stream().anyMatch(l -> !l.isFloor() && unguarded.contains(l.chain()));
    }

    /** Permits that have no room. */
    List<PolicyLine> leftOut() {
        return leftOut;
    }

    /** Denials that are not needed without those permits. */
    List<PolicyLine> needless() {
        return guards.keySet().stream()
                .filter(l -> !chosen.contains(l))
                .collect(Collectors.toList());
    }

    /** The lines that have room, in order. */
    List<PolicyLine> chosen() {
        return lines.stream()
                .filter(l -> chosen.contains(l) || l.isFloor() && !crowded.contains(l.chain()))
                .collect(Collectors.toList());
    }

    // ------------------------------------------------------------------ denials above permits

    private void findGuards(Chain chain) {
        List<PolicyLine> ofAll = new ArrayList<>();
        ListMultimap<Optional<PortNumber>, PolicyLine> others = ArrayListMultimap.create();
        for (PolicyLine line : linesOf(chain)) {
            if (line.isFloor() && !line.subscriber().isPresent()) {
                ofAll.add(line);
            } else {
                others.put(line.match().inPort(), line);
            }
        }
        for (PolicyLine line : List.copyOf(others.values())) {
            if (line.isFloor() && line.verdict().denies()) {
                int bottom = bottomOf(line, ofAll);
                List<PolicyLine> below =
                        line.match().inPort().isPresent()
                                ? new ArrayList<>(others.get(line.match().inPort()))
                                : new ArrayList<>(others.values());
                if (line.match().inPort().isPresent()) {
                    below.addAll(others.get(Optional.empty()));
                }
                below.removeIf(l -> !isBelow(l, line) || l.rank() <= bottom);
                if (bottom >= 0
                        && below.stream().noneMatch(l -> l.isFloor() && !l.verdict().denies())) {
                    below.removeIf(PolicyLine::isFloor);
                    guards.put(line, below);
                    below.forEach(permit -> guardsOf.put(permit, line));
                }
            }
        }
    }

    /**
     * The rank of the line for everybody that denies, at the latest, what a denial does; -1 if it
     * is let pass before.
     */
    private static int bottomOf(PolicyLine denial, List<PolicyLine> ofAll) {
        for (PolicyLine line : ofAll) {
            if (isBelow(line, denial)) {
                if (!line.verdict().denies()) {
                    return -1;
                }
                if (covers(line.match(), denial.match())) {
                    return line.rank();
                }
            }
        }
        return -1;
    }

    private static boolean isBelow(PolicyLine line, PolicyLine other) {
        return line.rank() < other.rank() && line.match().and(other.match()).isPresent();
    }

    private static boolean covers(PacketMatch wide, PacketMatch narrow) {
        return wide.and(narrow).filter(narrow::equals).isPresent();
    }

    private List<PolicyLine> linesOf(Chain chain) {
        return lines.stream().filter(l -> l.chain() == chain).collect(Collectors.toList());
    }

    // ------------------------------------------------------------------ what must be there

    private void takeWhatMustBe(Chain chain) {
        List<PolicyLine> must =
                linesOf(chain).stream()
                        .filter(l -> l.isFloor() && !guards.containsKey(l))
                        .collect(Collectors.toList());
        Set<Object> rules = must.stream().map(CompactForm::ruleOf).collect(Collectors.toSet());
        int limit = limitOf(chain);
        if (rules.size() > limit) {
            must = withoutSomeSubscribers(chain, must, limit);
            rules = must.stream().map(CompactForm::ruleOf).collect(Collectors.toSet());
        }
        room = room && rules.size() <= limit;
        taken.put(chain, rules);
        chosen.addAll(must);
    }

    /**
     * What denies more than direct mail to single subscribers. Source guards go as a whole: of one
     * that is there in part the denials would be left without what its own addresses are let
     * through by. Whoever is not guarded keeps what leads elsewhere than where everybody goes: so
     * tunnels are blocked to some and not to others.
     */
    private List<PolicyLine> withoutSomeSubscribers(Chain chain, List<PolicyLine> must, int limit) {
        boolean guard = chain == Chain.MAC_GUARD || chain == Chain.GUARD;
        if (guard) {
            unguarded.add(chain);
        }
        List<PolicyLine> kept = new ArrayList<>();
        Map<String, List<PolicyLine>> bySubscriber = new TreeMap<>(order);
        for (PolicyLine line : must) {
            if (line.subscriber().isPresent()) {
                bySubscriber
                        .computeIfAbsent(line.subscriber().get(), s -> new ArrayList<>())
                        .add(line);
            } else if (!guard || !line.verdict().denies()) {
                kept.add(line);
            }
        }
        boolean allAlike =
                must.stream()
                                .map(PolicyLine::verdict)
                                .filter(Predicate.not(Verdict::denies))
                                .distinct()
                                .count()
                        <= 1;
        Set<Object> rules = kept.stream().map(CompactForm::ruleOf).collect(Collectors.toSet());
        bySubscriber.forEach(
                (subscriber, own) -> {
                    boolean denies = own.stream().anyMatch(l -> l.verdict().denies());
                    if (guard && allAlike && !denies) {
                        return;
                    }
                    Set<Object> more = new HashSet<>(rules);
                    own.forEach(l -> more.add(CompactForm.ruleOf(l)));
                    if (!(guard && denies) && more.size() <= limit) {
                        rules.addAll(more);
                        kept.addAll(own);
                    } else {
                        unenforced.add(subscriber);
                    }
                });
        return kept;
    }

    private int limitOf(Chain chain) {
        return space.of(FrontTableCompiler.tableOf(chain));
    }

    // ------------------------------------------------------------------ permits

    /** Permits that are there together or not at all. */
    private List<List<PolicyLine>> permits() {
        List<List<PolicyLine>> groups = new ArrayList<>();
        Map<String, List<PolicyLine>> bySubscriber = new TreeMap<>();
        for (PolicyLine line : lines) {
            if (!line.isFloor() && !unguarded.contains(line.chain())) {
                if (line.subscriber().isPresent()) {
                    bySubscriber
                            .computeIfAbsent(line.subscriber().get(), s -> new ArrayList<>())
                            .add(line);
                } else {
                    groups.add(List.of(line));
                }
            }
        }
        List<List<PolicyLine>> subscribers = new ArrayList<>(bySubscriber.values());
        subscribers.sort(Comparator.comparingInt(PermitChoice::lossOf));
        groups.addAll(subscribers);
        return groups;
    }

    /** What a subscriber loses without its permits: mail, being only watched, being told. */
    private static int lossOf(List<PolicyLine> permits) {
        return permits.stream()
                .mapToInt(
                        l ->
                                l.verdict().equals(Verdict.REJECT)
                                        ? 2
                                        : l.counted().filter(Counted::isMonitored).isPresent()
                                                ? 1
                                                : 0)
                .min()
                .orElse(0);
    }

    private void choose(List<PolicyLine> permits) {
        Set<PolicyLine> more = new HashSet<>(permits);
        permits.forEach(permit -> more.addAll(guardsOf.get(permit)));
        // who cannot be held to what its class says is not opened either
        boolean fits =
                permits.stream()
                        .flatMap(l -> l.subscriber().stream())
                        .noneMatch(unenforced::contains);
        Map<Chain, Set<Object>> rules = new EnumMap<>(Chain.class);
        for (PolicyLine line : more) {
            if (crowded.contains(line.chain())
                    && !taken.get(line.chain()).contains(CompactForm.ruleOf(line))) {
                rules.computeIfAbsent(line.chain(), c -> new HashSet<>())
                        .add(CompactForm.ruleOf(line));
            }
        }
        fits =
                fits
                        && rules.entrySet().stream()
                                .allMatch(
                                        e ->
                                                taken.get(e.getKey()).size() + e.getValue().size()
                                                        <= limitOf(e.getKey()));
        if (fits) {
            rules.forEach((chain, added) -> taken.get(chain).addAll(added));
            chosen.addAll(more);
        } else {
            leftOut.addAll(permits);
        }
    }
}
