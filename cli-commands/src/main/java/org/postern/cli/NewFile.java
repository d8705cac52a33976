package org.postern.cli;

import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Writes files on the machine of this node. Whoever may use the console may name any path that the
 * controller may write to, but only to make a regular file that is not there: nothing is ever
 * overwritten or appended to, through a symbolic link neither. What is written has customers in it,
 * so only the controller's user may read it.
 */
final class NewFile {
    private NewFile() {}

    /**
     * Makes a file.
     *
     * @param file its path
     * @param content writes it, in UTF-8; if that fails, the file is removed
     * @throws IllegalArgumentException if there is something of that name already, or no such
     *     folder
     * @throws IllegalStateException if it cannot be written
     */
    static void write(String file, Consumer<Writer> content) {
        Path path = path(file);
        Writer out = open(file, path);
        boolean done = false;
        try (Writer closing = out) {
            content.accept(closing);
            closing.flush();
            done = true;
        } catch (IOException | UncheckedIOException e) {
            throw new IllegalStateException(file + " cannot be written: " + e.getMessage(), e);
        } finally {
            if (!done) {
                remove(path);
            }
        }
    }

    private static void remove(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Appends text to what {@link #write} is writing. */
    static void append(Writer out, String text) {
        try {
            out.write(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path path(String file) {
        try {
            return Paths.get(file).toAbsolutePath();
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException(
                    "\"" + file + "\" is not the path of a file: " + e.getReason(), e);
        }
    }

    private static Writer open(String file, Path path) {
        FileAttribute<?>[] own =
                path.getFileSystem().supportedFileAttributeViews().contains("posix")
                        ? new FileAttribute<?>[] {
                            PosixFilePermissions.asFileAttribute(
                                    PosixFilePermissions.fromString("rw-------"))
                        }
                        : new FileAttribute<?>[0];
        try {
            return new OutputStreamWriter(
                    Channels.newOutputStream(
                            Files.newByteChannel(
                                    path,
                                    Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                                    own)),
                    StandardCharsets.UTF_8);
        } catch (FileAlreadyExistsException e) {
            throw new IllegalArgumentException(
                    file + " exists on the controller: give the path of a new file", e);
        } catch (NoSuchFileException e) {
            throw new IllegalArgumentException(
                    "there is no folder "
                            + path.getParent()
                            + " on the controller: give a path on the machine that this node runs on",
                    e);
        } catch (IOException e) {
            throw new IllegalArgumentException(file + " cannot be made on the controller: " + e, e);
        }
    }
}
