package org.postern.provisioning;

import java.io.IOException;

/** That a file cannot be read any further; the message says why, and what to do. */
final class UnreadableFileException extends IOException {
    private static final long serialVersionUID = 1L;

    UnreadableFileException(String message) {
        super(message);
    }
}
