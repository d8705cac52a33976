package org.postern.subscriber;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.onlab.packet.IpAddress;
import org.onlab.packet.IpPrefix;

class PrefixIndexTest {

    /** Prefixes of both families that overlap often: few bits vary. */
    @Provide
    Arbitrary<List<IpPrefix>> prefixes() {
        Arbitrary<IpPrefix> v4 =
                Combinators.combine(
                                Arbitraries.integers().between(0, 255),
                                Arbitraries.integers().between(24, 32))
                        .as(
                                (last, length) ->
                                        IpPrefix.valueOf(
                                                IpAddress.valueOf("10.64.0." + last), length));
        Arbitrary<IpPrefix> wide4 =
                Arbitraries.integers()
                        .between(1, 24)
                        .map(length -> IpPrefix.valueOf(IpAddress.valueOf("10.64.0.0"), length));
        Arbitrary<IpPrefix> v6 =
                Combinators.combine(
                                Arbitraries.integers().between(0, 255),
                                Arbitraries.integers().between(120, 128))
                        .as(
                                (last, length) ->
                                        IpPrefix.valueOf(
                                                IpAddress.valueOf(
                                                        "2001:db8::" + Integer.toHexString(last)),
                                                length));
        // the IPv6 addresses whose numbers are those of the IPv4 addresses
        Arbitrary<IpPrefix> alike =
                Arbitraries.integers()
                        .between(0, 255)
                        .map(
                                last ->
                                        IpPrefix.valueOf(
                                                IpAddress.valueOf(
                                                        "::a40:" + Integer.toHexString(last)),
                                                128));
        return Arbitraries.oneOf(v4, wide4, v6, alike).list().ofMinSize(1).ofMaxSize(40);
    }

    private static Optional<String> put(PrefixIndex index, IpPrefix prefix, String owner) {
        Optional<String> other = index.other(prefix, owner);
        if (!other.isPresent()) {
            index.add(prefix, owner);
        }
        return other;
    }

    private static boolean overlap(IpPrefix one, IpPrefix other) {
        return one.version() == other.version() && (one.contains(other) || other.contains(one));
    }

    @Property
    void aPrefixIsRefusedExactlyIfOneThatIsThereOverlapsIt(
            @ForAll("prefixes") List<IpPrefix> prefixes) {
        PrefixIndex index = new PrefixIndex();
        Map<String, IpPrefix> taken = new HashMap<>();
        for (int i = 0; i < prefixes.size(); i++) {
            IpPrefix prefix = prefixes.get(i);
            String owner = "owner-" + i;
            Set<String> inTheWay =
                    taken.entrySet().stream()
                            .filter(e -> overlap(e.getValue(), prefix))
                            .map(Map.Entry::getKey)
                            .collect(Collectors.toSet());
            Optional<String> answer = put(index, prefix, owner);
            if (inTheWay.isEmpty()) {
                assertEquals(Optional.empty(), answer);
                taken.put(owner, prefix);
            } else {
                assertTrue(answer.isPresent() && inTheWay.contains(answer.get()), answer::toString);
            }
        }
    }

    @Example
    void bothEndsOfAWidePrefixAreSeen() {
        PrefixIndex index = new PrefixIndex();
        assertEquals(Optional.empty(), put(index, IpPrefix.valueOf("10.0.0.0/8"), "a"));
        assertEquals(Optional.of("a"), put(index, IpPrefix.valueOf("10.0.0.0/32"), "b"));
        assertEquals(Optional.of("a"), put(index, IpPrefix.valueOf("10.255.255.255/32"), "b"));
        assertEquals(Optional.empty(), put(index, IpPrefix.valueOf("9.255.255.255/32"), "b"));
        assertEquals(Optional.empty(), put(index, IpPrefix.valueOf("11.0.0.0/32"), "c"));
        assertTrue(put(index, IpPrefix.valueOf("8.0.0.0/5"), "d").isPresent());
    }

    @Example
    void theAddressesOfTheTwoFamiliesNeverMeet() {
        PrefixIndex index = new PrefixIndex();
        assertEquals(Optional.empty(), put(index, IpPrefix.valueOf("0.0.0.0/1"), "a"));
        assertEquals(Optional.empty(), put(index, IpPrefix.valueOf("::/1"), "b"));
        assertEquals(Optional.empty(), put(index, IpPrefix.valueOf("8000::/1"), "c"));
        assertEquals(Optional.empty(), put(index, IpPrefix.valueOf("128.0.0.0/1"), "d"));
        assertEquals(Optional.of("b"), put(index, IpPrefix.valueOf("::1/128"), "e"));
    }

    @Example
    void whatIsRemovedIsFreeAgainAndWhatTwoHaveStaysTheOthers() {
        PrefixIndex index = new PrefixIndex();
        IpPrefix prefix = IpPrefix.valueOf("10.64.7.0/29");
        index.add(prefix, "alice");
        index.add(prefix, "bob");
        index.remove(prefix, "alice");
        assertEquals(Optional.of("bob"), index.other(IpPrefix.valueOf("10.64.0.0/16"), "carol"));
        assertEquals(Optional.empty(), index.other(prefix, "bob"));
        index.remove(prefix, "bob");
        assertEquals(Optional.empty(), index.other(prefix, "carol"));
        assertTrue(index.isEmpty());
    }
}
