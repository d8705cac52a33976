package org.postern.precondition;

import java.util.Optional;
import java.util.function.Function;

/**
 * The state of one thing that a change of it depends on. The service that makes the change holds it
 * against what the cluster's store has, and writes only if the store still has just that: so
 * nothing is overwritten that another node, another interface or Postern itself changed since.
 * Immutable.
 *
 * @param <T> what is changed; two that are equal are the same state, however it came about
 */
public final class Expected<T> {
    private final boolean anything;
    private final T seen;

    private Expected(boolean anything, T seen) {
        this.anything = anything;
        this.seen = seen;
    }

    /**
     * The change depends on nothing: it is made whatever there is.
     *
     * @param <T> what is changed
     * @return what every state meets
     */
    public static <T> Expected<T> any() {
        return new Expected<>(true, null);
    }

    /**
     * The change is made only if there is nothing yet.
     *
     * @param <T> what is changed
     * @return what the absence meets
     */
    public static <T> Expected<T> absent() {
        return asSeen(Optional.empty());
    }

    /**
     * The change is made only if it still is as whoever orders it saw it.
     *
     * @param seen what there was; empty if there was nothing
     * @param <T> what is changed
     * @return what the same state meets
     */
    public static <T> Expected<T> asSeen(Optional<T> seen) {
        return new Expected<>(false, seen.orElse(null));
    }

    /**
     * Tells whether it is what every state meets.
     *
     * @return true of {@link #any}
     */
    public boolean isAnything() {
        return anything;
    }

    /**
     * Holds it against what there is.
     *
     * @param name what is changed, such as {@code subscriber shop-17}
     * @param present what there is; empty if there is nothing
     * @param text tells all that there is of one
     * @throws StaleException if it is not as it should be
     */
    public void require(String name, Optional<T> present, Function<T, String> text) {
        Optional<T> wanted = Optional.ofNullable(seen);
        if (!anything && !present.equals(wanted)) {
            throw new StaleException(
                    name
                            + " is not as it was seen; nothing was changed, read it again and decide anew."
                            + " It was: "
                            + wanted.map(text).orElse("not there")
                            + ". It is: "
                            + present.map(text).orElse("not there"));
        }
    }
}
