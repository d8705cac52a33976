package org.postern.sadis;

import static org.onlab.util.Tools.groupedThreads;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Asks a directory that may never answer: several questions at once, each for a limited time. One
 * that is given up may go on for ever, and does so on a thread of its own; of those there are few,
 * or nothing is asked any more until one ends.
 *
 * <p>For use by one thread.
 *
 * @param <T> answers
 * @param <V> what is asked for
 */
final class Lookups<T, V> {
    /** How many questions are asked at once. */
    static final int AT_ONCE = 8;

    /** How many given-up questions may still be at it. */
    static final int HANGING = 24;

    private final Function<String, T> directory;
    private final Duration limit;
    private final ExecutorService threads =
            Executors.newCachedThreadPool(groupedThreads("postern", "sadis-lookup-%d"));
    private final BlockingQueue<Question> ended = new LinkedBlockingQueue<>();
    private final Set<Question> alive = ConcurrentHashMap.newKeySet();

    /** The oldest first, so the first whose time is over. */
    private final Deque<Question> running = new ArrayDeque<>();

    Lookups(Function<String, T> directory, Duration limit) {
        this.directory = directory;
        this.limit = limit;
    }

    /** What became of a question. */
    static final class Outcome<T, V> {
        private final V subject;
        private final T answer;
        private final String failure;
        private final boolean empty;

        private Outcome(V subject, T answer, String failure) {
            this.subject = subject;
            this.answer = answer;
            this.failure = failure;
            this.empty = answer == null && failure == null;
        }

        V subject() {
            return subject;
        }

        /** What the directory has. */
        Optional<T> answer() {
            return Optional.ofNullable(answer);
        }

        /** Whether the directory has nothing, as it says itself. */
        boolean isMiss() {
            return empty;
        }

        /** Why it is not known what the directory has. */
        Optional<String> failure() {
            return Optional.ofNullable(failure);
        }
    }

    private final class Question extends FutureTask<T> {
        private final String name;
        private final V subject;
        private final long deadline = System.nanoTime() + limit.toNanos();

        private Question(String name, V subject) {
            super(() -> directory.apply(name));
            this.name = name;
            this.subject = subject;
        }

        @Override
        protected void done() {
            ended.add(this);
        }
    }

    /** Whether one more may be asked now. */
    boolean hasRoom() {
        return running.size() < AT_ONCE && !isStuck();
    }

    /** Whether so many questions hang that no more are asked. */
    boolean isStuck() {
        return alive.stream().filter(FutureTask::isCancelled).count() >= HANGING;
    }

    /** Whether a question of that name was given up and is still at it. */
    boolean hangs(String name) {
        return alive.stream().anyMatch(q -> q.isCancelled() && q.name.equals(name));
    }

    /** Whether any question is under way that {@link #next} will tell of. */
    boolean isBusy() {
        return !running.isEmpty();
    }

    void ask(String name, V subject) {
        Question question = new Question(name, subject);
        alive.add(question);
        running.add(question);
        threads.execute(
                () -> {
                    try {
                        question.run();
                    } finally {
                        alive.remove(question);
                    }
                });
    }

    /** Waits for one that was asked, at most until the oldest is given up. */
    Outcome<T, V> next() throws InterruptedException {
        while (true) {
            Question oldest = running.peek();
            // what has come counts even if nobody had the time to look before it was over
            Question question = ended.poll();
            if (question == null) {
                long left = oldest.deadline - System.nanoTime();
                question = left > 0 ? ended.poll(left, TimeUnit.NANOSECONDS) : null;
            }
            if (question == null) {
                if (oldest.deadline - System.nanoTime() <= 0 && !oldest.isDone()) {
                    running.remove(oldest);
                    oldest.cancel(true);
                    return new Outcome<>(
                            oldest.subject,
                            null,
                            "SADIS did not answer for \""
                                    + oldest.name
                                    + "\" within "
                                    + limit.toMillis()
                                    + " ms: see to the server it asks");
                }
            } else if (running.remove(question)) {
                return outcome(question);
            }
        }
    }

    private Outcome<T, V> outcome(Question question) throws InterruptedException {
        try {
            return new Outcome<>(question.subject, question.get(), null);
        } catch (ExecutionException e) {
            return new Outcome<>(
                    question.subject,
                    null,
                    "SADIS failed for \"" + question.name + "\": " + e.getCause());
        }
    }

    /** Ends everything that can be ended. */
    void close() {
        threads.shutdownNow();
    }
}
