package org.postern.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.api.console.Terminal;

/** A session of a user at the console, at a terminal or not. */
final class FakeSession {
    /** Of the session. */
    final Map<String, Object> variables = new HashMap<>(Map.of("USER", "ada"));

    /** Whether the operator sits at a terminal. */
    boolean isTerminal;

    /** What is written there beside what is shown. */
    final ByteArrayOutputStream typed = new ByteArrayOutputStream();

    Session session() {
        return (Session)
                Proxy.newProxyInstance(
                        Session.class.getClassLoader(),
                        new Class<?>[] {Session.class},
                        (proxy, method, arguments) -> {
                            switch (method.getName()) {
                                case "get":
                                    return variables.get(arguments[0]);
                                case "getTerminal":
                                    return isTerminal ? terminal() : null;
                                case "getConsole":
                                    return new PrintStream(
                                            typed, true, StandardCharsets.UTF_8.name());
                                default:
                                    return null;
                            }
                        });
    }

    private static Terminal terminal() {
        return (Terminal)
                Proxy.newProxyInstance(
                        Terminal.class.getClassLoader(),
                        new Class<?>[] {Terminal.class},
                        (proxy, method, arguments) -> null);
    }
}
