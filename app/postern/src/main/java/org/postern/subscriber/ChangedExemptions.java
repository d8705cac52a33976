package org.postern.subscriber;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.postern.audit.Order;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Does to exemptions what follows from changes of their subscribers. */
final class ChangedExemptions {
    private final Logger log = LoggerFactory.getLogger(getClass());
    private final SubscriberExemptions exemptions;
    private final Directory directory;
    private final Predicate<String> isStored;

    /** Strangers who have the identifier of those whose exemptions could not be ended yet. */
    private final Set<String> strangersLeft = ConcurrentHashMap.newKeySet();

    /** Who was changed or removed, and whose exemptions could not go on, or be ended, yet. */
    private final Set<String> unsettled = ConcurrentHashMap.newKeySet();

    /**
     * Follows the changes of a directory.
     *
     * @param isStored asks the store whether it has a subscriber, understood or not
     */
    ChangedExemptions(
            SubscriberExemptions exemptions, Directory directory, Predicate<String> isStored) {
        this.exemptions = exemptions;
        this.directory = directory;
        this.isStored = isStored;
    }

    /**
     * Before a change, which may be made in vain: who is removed by a directory of the ISP is
     * awaited, and what is left of who is no more ends.
     *
     * @param changed who is put
     * @param gone who is removed
     * @return strangers: who gets the identifier of somebody who is still awaited; the mark of that
     *     keeps the exemptions without effect until the change is certain and they can be ended
     */
    Set<String> begin(Set<String> changed, Set<String> gone, Order order) {
        boolean ofIsp = order.via() == Order.Interface.DIRECTORY;
        Set<String> fresh = new HashSet<>(changed);
        fresh.removeAll(present(fresh));
        exemptions.refuseWhileImported(fresh);
        // whoever had the identifier before; one that is left would be the new one's
        Set<String> strangers = new HashSet<>(exemptions.exempted());
        strangers.retainAll(changed);
        strangers.removeAll(present(strangers));
        // who is there but not understood keeps its own
        strangers.removeIf(isStored);
        Set<String> awaited =
                strangers.stream().filter(exemptions::isAwaited).collect(Collectors.toSet());
        strangers.removeAll(awaited);
        exemptions.endOf(strangers, order);
        if (ofIsp) {
            exemptions.await(gone, order);
        }
        return ofIsp ? Set.of() : awaited;
    }

    /**
     * Before strangers are put: should this node end then, another one would take them for those
     * who are awaited.
     */
    void expect(Set<String> strangers) {
        exemptions.expectStrangers(strangers);
    }

    /** Once strangers are put, or nobody can say: the exemptions are those of somebody else. */
    void endStrangers(Set<String> strangers, Order order) {
        try {
            exemptions.endOf(strangers, order);
        } catch (RuntimeException e) {
            log.warn("Exemptions of who had the identifiers {} end soon", strangers, e);
            strangersLeft.addAll(strangers);
        }
    }

    /**
     * Who was to be removed by a directory of the ISP, but is there still, is awaited no more;
     * should the store fail, the next comparison finds it.
     */
    void stay(Set<String> gone, Order order) {
        if (order.via() != Order.Interface.DIRECTORY) {
            return;
        }
        try {
            Set<String> there = new HashSet<>(exemptions.exempted());
            there.retainAll(gone);
            there.removeIf(id -> !isStored.test(id));
            exemptions.goOn(there, order);
        } catch (RuntimeException e) {
            log.warn("Exemptions of {} may wait for them in vain for some minutes", gone, e);
        }
    }

    /** After a change, which is made and stays so: what the store refuses now is done soon. */
    void settle(Set<String> changed, Set<String> gone, Order order) {
        Set<String> back = new HashSet<>(changed);
        back.removeAll(strangersLeft);
        // whoever removed one since has its exemptions wait, or end
        back.removeIf(id -> !directory.subscriber(id).isPresent() && !isStored.test(id));
        try {
            exemptions.goOn(back, order);
            if (order.via() != Order.Interface.DIRECTORY) {
                exemptions.endOf(gone, order);
            }
        } catch (RuntimeException e) {
            Set<String> some = new HashSet<>(exemptions.exempted());
            some.removeIf(id -> !back.contains(id) && !gone.contains(id));
            log.warn("Exemptions of {} go on, or end, soon", some, e);
            unsettled.addAll(some);
        }
        stay(gone, order);
    }

    /** Does what could not be done when it was due, or tries it again the next time. */
    void catchUp() {
        try {
            doWhatIsDue();
        } catch (RuntimeException e) {
            log.warn("Exemptions still are not as their subscribers; it is tried again", e);
        }
    }

    private void doWhatIsDue() {
        for (String id : strangersLeft) {
            if (exemptions.isAwaited(id)) {
                exemptions.endOf(Set.of(id), Order.POSTERN);
            }
            strangersLeft.remove(id);
        }
        for (String id : unsettled) {
            if (isStored.test(id)) {
                exemptions.goOn(Set.of(id), Order.POSTERN);
            } else if (!exemptions.isAwaited(id)) {
                exemptions.endOf(Set.of(id), Order.POSTERN);
            }
            unsettled.remove(id);
        }
    }

    /**
     * Ends exemptions whose subscribers were removed by a node that is gone since, and the waiting
     * of those whose subscribers are there.
     */
    void settleAll() {
        doWhatIsDue();
        exemptions.goOnIfThere(isStored, Order.POSTERN);
        Set<String> missing = new HashSet<>(exemptions.exempted());
        missing.removeAll(present(missing));
        missing.removeIf(isStored);
        missing.removeIf(exemptions::isAwaited);
        // once more: it may have been brought back between the two answers
        missing.removeIf(isStored);
        exemptions.endOf(missing, Order.POSTERN);
    }

    private Set<String> present(Collection<String> ids) {
        return ids.stream()
                .filter(id -> directory.subscriber(id).isPresent())
                .collect(Collectors.toSet());
    }
}
