package org.postern.probe;

import java.io.IOException;

/** What a server sent is no SMTP reply. The message says what, in words that can be shown. */
final class MalformedReplyException extends IOException {
    private static final long serialVersionUID = 1;

    MalformedReplyException(String message) {
        super(message);
    }
}
