package org.postern.provisioning;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.postern.policy.Attachment;
import org.postern.policy.InboundRule;
import org.postern.policy.Infrastructure;
import org.postern.policy.Mode;
import org.postern.policy.ServiceClass;
import org.postern.policy.Subscriber;

/** What an import of a hundred subscribers is guarded against. */
class ReachTest {
    private static final int ALL = 100;

    private String defaultClass = "residential";

    private static Subscriber.Builder customer(int number, String serviceClass, int port) {
        return Subscriber.builder(String.format("r%03d", number))
                .serviceClass(serviceClass)
                .attachedAt(line(1, port));
    }

    private static Attachment line(int device, int port) {
        return Attachment.parse(String.format("of:%016x/%d", device, port));
    }

    private static IpPrefix address(int number) {
        return IpPrefix.valueOf("10.64.0." + number + "/32");
    }

    private static List<Subscriber> all(IntFunction<Subscriber.Builder> each) {
        return IntStream.rangeClosed(1, ALL)
                .mapToObj(i -> each.apply(i).build())
                .collect(Collectors.toList());
    }

    private Reach reach(List<Subscriber> before, List<Subscriber> file) {
        Infrastructure infrastructure =
                new Infrastructure(
                        List.of(),
                        List.of(),
                        List.of(
                                ServiceClass.named("watched").mode(Mode.MONITOR).build(),
                                ServiceClass.named("guarded").sourceGuard(true).build(),
                                ServiceClass.named("sheltered").inbound(InboundRule.DROP).build()),
                        defaultClass);
        return Reach.of(Difference.of(before, file, true), infrastructure, before, 5, 10);
    }

    private static String told(Reach reach) {
        return reach.opened()
                + " opened, "
                + reach.cutOff()
                + " cut off; attachments: "
                + reach.toJson().path("openedAttachments").asInt()
                + " opened, "
                + reach.toJson().path("cutOffAttachments").asInt()
                + " cut off, of "
                + reach.toJson().path("attachments").asInt();
    }

    @Test
    void whoeverLeavesALineToADefaultClassThatMayMoreOpensIt() {
        defaultClass = "watched";
        Reach moved =
                reach(
                        all(i -> customer(i, "residential", i)),
                        all(i -> customer(i, "residential", 500 + i)));
        assertEquals(
                "100 opened, 100 cut off; attachments: 100 opened, 100 cut off, of 100",
                told(moved));
        assertEquals(
                Optional.of(
                        "100 of 100 subscribers would be let send directly, or be opened otherwise,"
                                + " more than the 10 that may be without force (5 %): see what differs"
                                + " with a dry run, and force it if it is meant"),
                moved.excess());
        Reach removed =
                reach(
                        all(i -> customer(i, "residential", i)),
                        all(i -> customer(i, "residential", i)).subList(0, 94));
        assertEquals(
                "6 opened, 0 cut off; attachments: 6 opened, 6 cut off, of 100", told(removed));
    }

    @Test
    void whoeverComesToALineOfADefaultClassThatMayMoreCutsItOff() {
        defaultClass = "business";
        Reach moved =
                reach(
                        all(i -> customer(i, "residential", i)),
                        all(i -> customer(i, "residential", 500 + i)));
        assertEquals(100, moved.cutOff());
    }

    @Test
    void linesThatAreExchangedWithinAClassAreAsTheyWere() {
        Reach exchanged =
                reach(
                        all(i -> customer(i, "business", i)),
                        all(i -> customer(i, "business", 1 + i % ALL)));
        assertEquals(
                "0 opened, 0 cut off; attachments: 0 opened, 0 cut off, of 100", told(exchanged));
    }

    @Test
    void guardedSubscribersAreCutOffWithoutAnAddressThatTheyHad() {
        List<Subscriber> before = all(i -> customer(i, "guarded", i).prefix(address(i)));
        assertEquals(
                100,
                reach(before, all(i -> customer(i, "guarded", i).prefix(address(i + 1)))).cutOff());
        assertEquals(
                100,
                reach(
                                all(i -> customer(i, "guarded", i).mac(MacAddress.valueOf(i))),
                                all(
                                        i ->
                                                customer(i, "guarded", i)
                                                        .mac(MacAddress.valueOf(500 + i))))
                        .cutOff(),
                "by MAC");
        assertEquals(
                100,
                reach(before, all(i -> customer(i, "guarded", 1 + i % ALL).prefix(address(i))))
                        .cutOff(),
                "at each other's lines");
        // one more, or a wider one, is no loss
        assertEquals(
                Optional.empty(),
                reach(
                                before,
                                all(
                                        i ->
                                                customer(i, "guarded", i)
                                                        .prefix(
                                                                IpPrefix.valueOf(
                                                                        "10.64.0." + i + "/31"))))
                        .excess());
        // without any, all addresses pass
        assertEquals(100, reach(before, all(i -> customer(i, "guarded", i))).opened());
    }

    @Test
    void whosePortCanBeReachedIsCutOffFromAnAddressThatIsNotItsOwnAnyMore() {
        defaultClass = "sheltered";
        Reach moved =
                reach(
                        all(i -> customer(i, "business", i).prefix(address(i))),
                        all(i -> customer(i, "business", i).prefix(address(100 + i))));
        assertEquals(
                "100 opened, 100 cut off; attachments: 0 opened, 0 cut off, of 100", told(moved));
        assertEquals(
                Optional.empty(),
                reach(
                                all(i -> customer(i, "sheltered", i).prefix(address(i))),
                                all(i -> customer(i, "sheltered", i).prefix(address(100 + i))))
                        .excess(),
                "nobody reaches those");
    }

    @Test
    void tenSubscribersWithAThousandLinesAreAThousand() {
        List<Subscriber> before = all(i -> customer(i, "residential", i));
        List<Subscriber> file = new ArrayList<>(before);
        for (int i = 1; i <= 10; i++) {
            Subscriber.Builder many = Subscriber.builder("b" + i).serviceClass("business");
            for (int port = 1; port <= 100; port++) {
                many.attachedAt(line(1 + i, port));
            }
            file.add(many.build());
        }
        assertEquals(
                Optional.of(
                        "1000 of 1100 attachments would be let send directly, or be opened otherwise,"
                                + " more than the 55 that may be without force (5 %): see what differs"
                                + " with a dry run, and force it if it is meant"),
                reach(before, file).excess());
        assertEquals(
                Optional.of(
                        "1000 of 1100 attachments would be cut off, or be nobody's, more than the 55"
                                + " that may be without force (5 %): see what differs with a dry run,"
                                + " and force it if it is meant"),
                reach(file, before).excess());
    }
}
