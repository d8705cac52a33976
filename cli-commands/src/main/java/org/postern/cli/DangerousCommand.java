package org.postern.cli;

import java.io.IOException;
import java.util.Locale;
import java.util.function.Function;
import org.apache.karaf.shell.api.action.Option;

/** What the commands share that open or cut off somebody: they ask, or are told to go on. */
abstract class DangerousCommand extends PosternCommand {

    @Option(name = "-y", aliases = "--yes", description = "do not ask")
    boolean yes;

    /** Answers questions in place of the operator, for tests; null for the operator. */
    Function<String, String> question;

    /**
     * Asks whether to go on.
     *
     * @param consequence what will happen
     * @throws IllegalArgumentException if the operator says no, or cannot be asked; nothing is done
     */
    final void confirm(String consequence) {
        if (yes) {
            return;
        }
        String text = consequence + ". Go on? (yes/no) ";
        String answer = question == null ? ask(text) : question.apply(text);
        if (answer == null) {
            throw new IllegalArgumentException(
                    consequence
                            + ": give -y to confirm, there is nobody to be asked; nothing was done");
        }
        if (!answer.trim().toLowerCase(Locale.ROOT).matches("y(es)?")) {
            throw new IllegalArgumentException("not confirmed; nothing was done");
        }
    }

    private String ask(String text) {
        if (session == null || session.getTerminal() == null) {
            return null;
        }
        String[] lines = new Lines().add(text).toString().split("\n");
        int last = lines.length - 1;
        for (int i = 0; i < last; i++) {
            session.getConsole().println(lines[i]);
        }
        try {
            return session.readLine(lines[last] + " ", null);
        } catch (IOException e) {
            return null;
        } catch (RuntimeException e) {
            // JLine's way to tell of Ctrl-C and Ctrl-D, in a package that not every runtime exports
            return "no";
        }
    }
}
