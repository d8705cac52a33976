package org.postern.infrastructure;

import com.google.common.collect.ImmutableList;
import java.util.List;

/** A configuration is not acceptable. The message says all that is wrong with it. */
public final class ConfigurationException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;
    private final transient ImmutableList<String> errors;

    ConfigurationException(List<String> errors) {
        super(String.join("; ", errors));
        this.errors = ImmutableList.copyOf(errors);
    }

    /**
     * Returns what is wrong.
     *
     * @return messages, each naming field, value and what is allowed
     */
    public List<String> errors() {
        return errors;
    }
}
