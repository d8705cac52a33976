package org.postern.cli;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.Paths;

/** Reads files on the machine of this node. Whoever may use the console may name any. */
final class GivenFile {
    private GivenFile() {}

    /**
     * Opens a file.
     *
     * @param file its path; it may lead there by symbolic links
     * @return its content
     * @throws IllegalArgumentException if there is none, or it is no regular file: a device or a
     *     pipe may have no end, or never begin
     */
    static InputStream open(String file) {
        try {
            Path path = Paths.get(file).toAbsolutePath();
            if (!Files.exists(path)) {
                throw new IllegalArgumentException(
                        "there is no file "
                                + file
                                + " on the controller: give a path on the machine that this node runs on");
            }
            if (!Files.isRegularFile(path)) {
                throw new IllegalArgumentException(file + " is not a regular file");
            }
            return new BufferedInputStream(Files.newInputStream(path));
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException(
                    "\"" + file + "\" is not the path of a file: " + e.getReason(), e);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    static IllegalArgumentException unreadable(String file, IOException e) {
        return new IllegalArgumentException(file + " cannot be read: " + e, e);
    }
}
