package org.postern.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.time.ZoneId;
import java.util.function.Consumer;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.support.CommandException;
import org.onlab.osgi.DefaultServiceDirectory;
import org.onlab.osgi.ServiceDirectory;
import org.onlab.osgi.ServiceNotFoundException;
import org.onosproject.cli.AbstractShellCommand;
import org.onosproject.store.service.StorageException;
import org.postern.audit.Order;

/**
 * What all commands share: services, the operator's name, and refusals in one clear line, with
 * which the console ends the command and its ssh session with a status other than 0.
 */
public abstract class PosternCommand extends AbstractShellCommand {
    private static final String NOBODY = "console";

    @Reference Session session;

    ServiceDirectory services = new DefaultServiceDirectory();
    Consumer<String> screen = line -> print("%s", line);
    Clock clock = Clock.system(ZoneId.systemDefault());

    /**
     * Obeys the command.
     *
     * @throws IllegalArgumentException if the operator asked for something that cannot be done; the
     *     message says what and what to do
     * @throws IllegalStateException if it cannot be done at present
     */
    abstract void run();

    @Override
    protected final void doExecute() throws CommandException {
        try {
            run();
        } catch (IllegalArgumentException e) {
            // the operator's mistake, not ours: the console shows the line, and the log stays clean
            throw new CommandException("Error executing command: " + oneLine(e), oneLine(e), e);
        } catch (IllegalStateException e) {
            throw new IllegalStateException(oneLine(e), e);
        } catch (ServiceNotFoundException e) {
            // thrown on, ONOS would print it and end with status 0
            throw new IllegalStateException(
                    "Postern is not running: see whether org.postern and org.postern.drivers are active (apps -s -a)",
                    e);
        } catch (StorageException e) {
            throw new IllegalStateException(
                    "the store of the cluster does not answer: see whether most nodes are up (nodes), and try again",
                    e);
        }
    }

    private static String oneLine(RuntimeException e) {
        return e.getMessage() == null
                ? e.getClass().getSimpleName()
                : Lines.printable(e.getMessage()).trim();
    }

    /**
     * Finds a service.
     *
     * @param type its interface
     * @param <T> its interface
     * @return the service
     * @throws ServiceNotFoundException if nobody offers it
     */
    final <T> T service(Class<T> type) {
        return services.get(type);
    }

    /**
     * Returns who orders this, for the audit log.
     *
     * @return an order of the user of the console session, {@code console} if it has none
     */
    final Order order() {
        Object user = session == null ? null : session.get("USER");
        return Order.console(
                user == null || user.toString().trim().isEmpty() ? NOBODY : user.toString().trim());
    }

    /**
     * Returns who orders this and why, for the audit log.
     *
     * @param reason as the operator gave it; null if none was given
     * @return an order
     * @throws IllegalArgumentException if the reason is empty, too long or more than a line
     */
    final Order order(String reason) {
        return reason == null ? order() : order().because(reason);
    }

    /** Shows text of any number of lines. */
    final void show(String text) {
        screen.accept(text);
    }

    /** Shows what was done, in words or, if JSON is wanted, as an object. */
    final void showDone(String words, Consumer<ObjectNode> object) {
        if (outputJson()) {
            ObjectNode json = JsonNodeFactory.instance.objectNode();
            object.accept(json);
            show(json);
        } else {
            show(words);
        }
    }

    /** Shows one JSON document. */
    final void show(JsonNode json) {
        screen.accept(json.toString());
    }
}
