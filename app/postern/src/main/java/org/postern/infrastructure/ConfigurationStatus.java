package org.postern.infrastructure;

import com.google.common.collect.ImmutableList;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/**
 * Whether the present network configuration is in force, since when, and if not, why. Immutable.
 */
public final class ConfigurationStatus {
    private final ImmutableList<String> errors;
    private final Instant since;

    /**
     * Creates a status.
     *
     * @param errors what is wrong, each naming field, value and what is allowed; empty if nothing
     *     is
     * @param since when the configuration in force came into force; if anything is wrong, when that
     *     was found
     */
    public ConfigurationStatus(List<String> errors, Instant since) {
        this.errors = ImmutableList.copyOf(errors);
        this.since = Objects.requireNonNull(since);
    }

    /**
     * Tells whether the present configuration is in force.
     *
     * @return false if the last good one is, or none
     */
    public boolean isValid() {
        return errors.isEmpty();
    }

    /**
     * Returns what is wrong.
     *
     * @return messages, each naming field, value and what is allowed
     */
    public List<String> errors() {
        return errors;
    }

    /**
     * Returns since when it is so.
     *
     * @return when the configuration in force came into force, also if that was before this
     *     controller started; if anything is wrong, when that was found
     */
    public Instant since() {
        return since;
    }
}
