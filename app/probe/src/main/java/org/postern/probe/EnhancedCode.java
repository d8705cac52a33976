package org.postern.probe;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An enhanced status code, such as 5.7.0 (RFC 3463). Immutable. */
public final class EnhancedCode {
    /** Addresses, of senders and of recipients. */
    public static final int ADDRESS = 1;

    /** Security or policy. */
    public static final int SECURITY = 7;

    private static final Pattern FORM =
            Pattern.compile("([245])\\.(\\d{1,3})\\.(\\d{1,3})(?=\\s|$).*", Pattern.DOTALL);

    private final int kind;
    private final int subject;
    private final int detail;

    private EnhancedCode(int kind, int subject, int detail) {
        this.kind = kind;
        this.subject = subject;
        this.detail = detail;
    }

    /**
     * Finds the code that a reply's text begins with (RFC 2034).
     *
     * @param code the reply's code; the enhanced one has to be of its class
     * @param text the text behind it
     * @return the enhanced code, if there is one
     */
    public static Optional<EnhancedCode> of(int code, String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches() || form.group(1).charAt(0) - '0' != code / 100) {
            return Optional.empty();
        }
        return Optional.of(
                new EnhancedCode(
                        code / 100,
                        Integer.parseInt(form.group(2)),
                        Integer.parseInt(form.group(3))));
    }

    /**
     * Returns what it is about.
     *
     * @return 0 to 999; 1 addresses, 7 security
     */
    public int subject() {
        return subject;
    }

    /**
     * Returns what it is exactly.
     *
     * @return 0 to 999
     */
    public int detail() {
        return detail;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof EnhancedCode && toString().equals(other.toString());
    }

    @Override
    public int hashCode() {
        return toString().hashCode();
    }

    @Override
    public String toString() {
        return kind + "." + subject + "." + detail;
    }
}
