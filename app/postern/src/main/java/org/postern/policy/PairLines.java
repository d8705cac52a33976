package org.postern.policy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Subscribers that are told apart by the inner of two VLAN tags. OpenFlow sees the outer one only,
 * so it is taken off, what is within is told, and it is put back: chains PAIRED MAIL, PAIRED
 * FRAGMENTS and PAIRED OTHERS, after which packets go on as they would have from CLASSIFY.
 *
 * <p>Only mail and fragments are told so; nothing else of a line with pairs is touched. But if
 * somebody on it is quarantined, guarded or not treated as the default class with tunnels, all of
 * it is.
 */
final class PairLines {
    private static final int PAIR = 40;
    private static final int PAIR_GUARDING = 41;
    private static final int PAIR_QUARANTINED = 42;

    /** Above it, twice the level of the attachment. */
    private static final int PART = 20;

    private static final int LINE = 10;

    /** Above what holds for any inner tag, and none: the same for frames without one. */
    private static final int SINGLE_TAG = 1;

    private static final int LAST = 0;

    private static final List<Chain> TOLD =
            List.of(Chain.PAIRED_MAIL, Chain.PAIRED_FRAGMENTS, Chain.PAIRED_OTHERS);

    private final DeviceScope scope;

    /** Everybody's attachments, by whom they are. */
    private final Map<Attachment, Subscriber> attachments = new LinkedHashMap<>();

    /** Ports and outer VLANs within which there are pairs, with all attachments that meet them. */
    private final Map<Attachment, List<Attachment>> lines = new LinkedHashMap<>();

    PairLines(DeviceScope scope) {
        this.scope = scope;
        scope.eachAttachment((subscriber, attachment) -> attachments.put(attachment, subscriber));
        attachments.keySet().stream()
                .filter(PairLines::isPair)
                .map(Attachment::wholeLine)
                .distinct()
                .forEach(
                        line ->
                                lines.put(
                                        line,
                                        attachments.keySet().stream()
                                                .filter(a -> AttachmentsByPort.meets(a, line))
                                                .collect(Collectors.toList())));
    }

    private static boolean isPair(Attachment attachment) {
        return attachment.customerVlan().isPresent();
    }

    /** Goes through the lines that have pairs: ports with an outer VLAN. */
    void each(Consumer<Attachment> line) {
        lines.keySet().forEach(line);
    }

    /** Whether more than mail is treated unlike between those on a line. */
    boolean areAllToldApart(Attachment line) {
        return lines.get(line).stream().anyMatch(a -> isQuarantined(a) || isApart(a));
    }

    private boolean isQuarantined(Attachment attachment) {
        return scope.quarantineOf(attachments.get(attachment)).isPresent();
    }

    /** Whether an attachment has lines in GUARD or TUNNELS of its own. */
    private boolean isApart(Attachment attachment) {
        Subscriber subscriber = attachments.get(attachment);
        ServiceClass own = scope.classOf(subscriber);
        return own.guardsSources()
                || own.blocksTunnels() != scope.defaultClass().blocksTunnels()
                || own.blocksTunnels()
                        && scope.isMonitored(subscriber) != scope.isDefaultMonitored();
    }

    /** Whether those that have a line beside its pairs are not just examined as everybody is. */
    private boolean isSpecialBelow(Attachment line) {
        return wider(line).anyMatch(a -> isQuarantined(a) || isApart(a));
    }

    /** Attachments that have packets of a line if no pair has. */
    private Stream<Attachment> wider(Attachment line) {
        return lines.get(line).stream().filter(a -> !isPair(a));
    }

    void add() {
        lines.keySet().forEach(this::add);
        if (!lines.isEmpty()) {
            for (Chain chain : TOLD) {
                scope.floor(
                        chain, LAST, PacketMatch.ANY, Verdict.DROP, "not of a line with tag pairs");
            }
        }
    }

    private void add(Attachment line) {
        for (Chain chain : TOLD) {
            if (chain == Chain.PAIRED_OTHERS && !areAllToldApart(line)) {
                continue;
            }
            eitherTag(
                            chain,
                            LINE,
                            DeviceScope.at(line),
                            examined(chain),
                            "no subscriber has the inner VLAN")
                    .forEach(scope::add);
            if (wider(line).anyMatch(this::isQuarantined)) {
                wider(line).forEach(a -> part(chain, line, a));
            }
            lines.get(line).stream().filter(PairLines::isPair).forEach(a -> pair(chain, line, a));
        }
    }

    /** The line as CLASSIFY knows it: whose packets on it are quarantined and whose are not. */
    private void part(Chain chain, Attachment line, Attachment part) {
        Subscriber subscriber = attachments.get(part);
        DeviceScope.at(line)
                .and(DeviceScope.at(part))
                .ifPresent(
                        match ->
                                eitherTag(
                                                chain,
                                                PART + 2 * AttachmentsByPort.levelOf(part),
                                                match,
                                                verdict(chain, subscriber),
                                                "the inner VLAN is of no subscriber of its own")
                                        .map(one -> one.about(subscriber.id()))
                                        .forEach(scope::add));
    }

    /**
     * What holds for any inner tag and for none. A frame that came with one tag gets that back as
     * the customer tag it was: what is behind it may know no other type.
     */
    private Stream<PolicyLine> eitherTag(
            Chain chain, int rank, PacketMatch match, Verdict verdict, String reason) {
        return Stream.of(
                PolicyLine.floor(chain, rank, match, puttingBack(verdict), reason),
                PolicyLine.floor(
                        chain,
                        rank + SINGLE_TAG,
                        match.withoutCustomerTag(),
                        verdict.puttingBack(EtherTypes.TAG),
                        "no inner tag"));
    }

    private void pair(Chain chain, Attachment line, Attachment pair) {
        Subscriber subscriber = attachments.get(pair);
        PacketMatch match = DeviceScope.at(pair);
        Verdict verdict = puttingBack(verdict(chain, subscriber));
        String reason = "an inner VLAN of its own";
        if (isQuarantined(pair)) {
            scope.add(
                    PolicyLine.floor(chain, PAIR_QUARANTINED, match, verdict, "quarantined")
                            .about(subscriber.id()));
        } else if (isSpecialBelow(line) || isApart(pair) || isPermittedBelow(chain, pair)) {
            scope.add(
                    PolicyLine.floor(chain, PAIR_GUARDING, match, verdict, reason)
                            .about(subscriber.id()));
        } else if (chain == Chain.PAIRED_MAIL
                || chain == Chain.PAIRED_FRAGMENTS && mayHaveFragments(subscriber, pair)) {
            // without it the packet is one of the line, and dropped
            scope.permit(chain, PAIR, match, verdict, reason, subscriber.id());
        }
    }

    /** Whether some fragments of a pair are let out. */
    private boolean mayHaveFragments(Subscriber subscriber, Attachment pair) {
        return scope.isOpen(subscriber) || !scope.exemptDestinationsAt(subscriber, pair).isEmpty();
    }

    /** Whether a packet that is not told to be of a pair could pass where the pair's does not. */
    private boolean isPermittedBelow(Chain chain, Attachment pair) {
        switch (chain) {
            case PAIRED_MAIL:
                return scope.isHandledBelow(pair);
            case PAIRED_FRAGMENTS:
                return scope.isOpenBelow(pair);
            default:
                return false;
        }
    }

    private Verdict verdict(Chain chain, Subscriber subscriber) {
        return scope.quarantineOf(subscriber)
                .map(depth -> Verdict.jump(QuarantineLines.chainOf(depth)))
                .orElseGet(() -> examined(chain));
    }

    /** Where CLASSIFY would have led. */
    private Verdict examined(Chain chain) {
        switch (chain) {
            case PAIRED_MAIL:
                return Verdict.jump(Chain.MAIL_OUT);
            case PAIRED_FRAGMENTS:
                return Verdict.jump(Chain.FRAGMENTS);
            default:
                return scope.onward();
        }
    }

    private Verdict puttingBack(Verdict verdict) {
        return verdict.puttingBack(scope.device().outerTag());
    }
}
