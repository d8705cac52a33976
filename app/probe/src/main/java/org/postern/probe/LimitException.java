package org.postern.probe;

import java.io.IOException;

/** A server took too long, or sent too much. The message says which limit. */
final class LimitException extends IOException {
    private static final long serialVersionUID = 1;

    LimitException(String message) {
        super(message);
    }
}
