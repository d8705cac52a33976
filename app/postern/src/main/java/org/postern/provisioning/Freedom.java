package org.postern.provisioning;

import java.util.Collection;
import java.util.Set;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.postern.policy.InboundRule;
import org.postern.policy.Infrastructure;
import org.postern.policy.Mode;
import org.postern.policy.OutboundAction;
import org.postern.policy.ServiceClass;
import org.postern.policy.Subscriber;

/** What a line may do, as far as the class, mode and addresses of who has it say. Immutable. */
final class Freedom {
    /** Direct mail may get out, now or when a relay is unreachable. */
    private final boolean sends;

    /** Direct mail gets out by class: neither counted only, nor for want of a relay. */
    private final boolean isLetOut;

    /** Its port 25 can be reached. */
    private final boolean isReached;

    private final boolean tunnels;
    private final boolean isUnguarded;

    /** Whether somebody has registered it; else it is held to nothing, and has nothing to lose. */
    private final boolean isRegistered;

    private final Set<IpPrefix> prefixes;
    private final Set<MacAddress> macs;

    private Freedom(
            ServiceClass own,
            boolean monitored,
            boolean isRegistered,
            Set<IpPrefix> prefixes,
            Set<MacAddress> macs) {
        boolean free = monitored || own.mode() == Mode.MONITOR;
        sends =
                free
                        || own.allowsOutbound()
                        || own.outbound() == OutboundAction.REDIRECT
                                && own.fallback() == OutboundAction.ALLOW;
        isLetOut = own.allowsOutbound();
        isReached = free || own.inbound() == InboundRule.ALLOW;
        tunnels = free || !own.blocksTunnels();
        isUnguarded = free || !own.guardsSources();
        this.isRegistered = isRegistered;
        this.prefixes = prefixes;
        this.macs = macs;
    }

    static Freedom of(Subscriber subscriber, Infrastructure infrastructure) {
        return new Freedom(
                infrastructure
                        .classes()
                        .getOrDefault(subscriber.serviceClass(), infrastructure.defaultClass()),
                subscriber.mode() == Mode.MONITOR,
                true,
                subscriber.prefixes(),
                subscriber.macs());
    }

    /** That of a line that nobody registered. */
    static Freedom unregistered(Infrastructure infrastructure) {
        return new Freedom(infrastructure.defaultClass(), false, false, Set.of(), Set.of());
    }

    /**
     * Whether direct mail gets out by class. What is counted only, or has no relay for a while,
     * does not: an exemption outlasts that.
     */
    boolean isLetOut() {
        return isLetOut;
    }

    /** Whether it may do what another may not. */
    boolean exceeds(Freedom other) {
        return other.mayLess(this)
                || isUnguarded && !other.isUnguarded
                || other.isHeldTo(other.macs) && !isHeldTo(macs)
                || other.isHeldToPrefixes(true) && !isHeldToPrefixes(true)
                || other.isHeldToPrefixes(false) && !isHeldToPrefixes(false);
    }

    /**
     * Whether it may not do what another may; to use others' addresses is no loss, but to be held
     * to addresses without one that the other has is, and to be held to some where the other is
     * held to none: they may be wrong ones.
     */
    boolean lacks(Freedom other) {
        return mayLess(other)
                || isHeldTo(macs) && !macs.containsAll(other.macs)
                || other.isRegistered && isNewlyHeld(other)
                || other.prefixes.stream()
                        .anyMatch(p -> isHeldToPrefixes(p.isIp4()) && !isWithin(p, prefixes));
    }

    private boolean isNewlyHeld(Freedom before) {
        return isHeldTo(macs) && !before.isHeldTo(before.macs)
                || isHeldToPrefixes(true) && !before.isHeldToPrefixes(true)
                || isHeldToPrefixes(false) && !before.isHeldToPrefixes(false);
    }

    private boolean mayLess(Freedom other) {
        return !sends && other.sends || !isReached && other.isReached || !tunnels && other.tunnels;
    }

    private boolean isHeldTo(Collection<?> own) {
        return !isUnguarded && !own.isEmpty();
    }

    /** In a family without prefixes of its own any address passes. */
    private boolean isHeldToPrefixes(boolean ofIp4) {
        return !isUnguarded && prefixes.stream().anyMatch(p -> p.isIp4() == ofIp4);
    }

    /** Whether port 25 can be reached, as it cannot be for another. */
    boolean isReachedUnlike(Freedom other) {
        return isReached && !other.isReached;
    }

    /** Whether one has an address that another has not. */
    boolean hasMoreAddresses(Freedom other) {
        return !other.macs.containsAll(macs)
                || prefixes.stream().anyMatch(p -> !isWithin(p, other.prefixes));
    }

    private static boolean isWithin(IpPrefix prefix, Set<IpPrefix> others) {
        return others.contains(prefix) || others.stream().anyMatch(o -> o.contains(prefix));
    }
}
