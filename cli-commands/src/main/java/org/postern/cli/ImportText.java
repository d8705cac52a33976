package org.postern.cli;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.postern.policy.Mode;
import org.postern.policy.Subscriber;
import org.postern.provisioning.Difference;
import org.postern.provisioning.Fault;
import org.postern.provisioning.FileResult;
import org.postern.provisioning.ImportResult;
import org.postern.provisioning.Reach;

/** Tells what becomes of an import. */
final class ImportText {
    /** So many subscribers are listed of each kind; {@code -j} lists more. */
    private static final int LISTED = 20;

    /** So many are named in a sentence. */
    private static final int NAMED = 5;

    private ImportText() {}

    /** What is to be shown; nothing if the refusal says it all. */
    static Optional<Lines> of(ImportResult result) {
        Lines lines = new Lines();
        switch (result.outcome()) {
            case FAULTY:
                return faults(result);
            case UNCHANGED:
                lines.add(
                        "nothing to do: "
                                + SubscribersText.count(
                                        result.difference().orElseThrow().unchanged())
                                + " of the file are in the directory as they are");
                kept(lines, result);
                return Optional.of(lines);
            case DONE:
                lines.add("imported: " + numbers(result));
                kept(lines, result);
                overtaken(lines, result, SubscribersText.count(result.overtaken().size()));
                return Optional.of(lines);
            default:
                differences(lines, result.difference().orElseThrow());
                lines.add("would be imported: " + numbers(result));
                kept(lines, result);
                lines.add(reach(result.reach().orElseThrow()));
                lines.add("Nothing was changed.");
                return Optional.of(lines);
        }
    }

    /** Why an import was refused, in one line; empty if it was not. */
    static Optional<String> refusal(String file, FileResult result) {
        switch (result.outcome()) {
            case FAULTY:
                Fault first = result.faults().get(0);
                return Optional.of(
                        file
                                + ": "
                                + (result.faultCount() == 1
                                        ? first.toString()
                                        : result.faultCount()
                                                + " errors, nothing was changed; the first: "
                                                + first));
            case GUARDED:
                return Optional.of(
                        file + ": " + result.excess().orElseThrow() + " (--dry-run, --force)");
            default:
                return Optional.empty();
        }
    }

    /** What is wrong; nothing if the refusal says it all. */
    static Optional<Lines> faults(FileResult result) {
        if (result.faultCount() == 1) {
            return Optional.empty();
        }
        Lines lines = new Lines();
        result.faults().forEach(fault -> lines.add("", fault.toString()));
        int more = result.faultCount() - result.faults().size();
        return Optional.of(more == 0 ? lines : lines.add("and " + more + " more errors"));
    }

    private static String numbers(ImportResult result) {
        Difference difference = result.difference().orElseThrow();
        return difference.added().size()
                + " added, "
                + difference.changed().size()
                + " changed, "
                + difference.removed().size()
                + " removed, "
                + difference.unchanged()
                + " unchanged";
    }

    /** Tells what others changed, and how many they are. */
    static void overtaken(Lines lines, FileResult result, String count) {
        Set<String> overtaken = result.overtaken();
        if (!overtaken.isEmpty()) {
            lines.add(
                    count
                            + " changed by others meanwhile and left as they made it (import again): "
                            + named(overtaken.stream(), overtaken.size()));
        }
    }

    private static String named(Stream<String> ids, int number) {
        return ids.limit(NAMED).collect(Collectors.joining(", ")) + (number > NAMED ? ", …" : "");
    }

    private static void kept(Lines lines, ImportResult result) {
        List<Subscriber> kept = result.difference().orElseThrow().kept();
        if (!kept.isEmpty()) {
            lines.add(
                    SubscribersText.count(kept.size())
                            + " not in the file and quarantined, so kept (release first, or"
                            + " postern-subscriber-remove): "
                            + named(kept.stream().map(Subscriber::id), kept.size()));
        }
    }

    private static String reach(Reach reach) {
        return reach(reach.opened(), reach.cutOff(), reach.excess());
    }

    /** Tells how far it goes. */
    static String reach(int opened, int cutOff, Optional<String> excess) {
        return opened
                + " opened, "
                + cutOff
                + " cut off"
                + excess.map(text -> ": " + text).orElse("");
    }

    private static void differences(Lines lines, Difference difference) {
        for (Subscriber subscriber : some(difference.added())) {
            lines.add("+ ", subscriber + mode(subscriber));
        }
        rest(lines, "+ ", difference.added());
        for (Difference.Changed changed : some(difference.changed())) {
            lines.add("~ ", changed.after().id());
            changed.fields().forEach((field, text) -> lines.add("    " + field + ": ", text));
        }
        rest(lines, "~ ", difference.changed());
        for (Subscriber subscriber : some(difference.removed())) {
            lines.add("- ", subscriber + mode(subscriber));
        }
        rest(lines, "- ", difference.removed());
    }

    private static String mode(Subscriber subscriber) {
        return subscriber.mode() == Mode.MONITOR ? ", monitored" : "";
    }

    /** Those that are listed. */
    static <T> List<T> some(List<T> all) {
        return all.subList(0, Math.min(LISTED, all.size()));
    }

    /** Tells how many are not listed. */
    static void rest(Lines lines, String first, List<?> all) {
        if (all.size() > LISTED) {
            lines.add(first, "and " + (all.size() - LISTED) + " more; -j lists 1000");
        }
    }
}
