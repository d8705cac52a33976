package org.postern.component;

import java.util.Dictionary;
import java.util.Hashtable;
import java.util.function.UnaryOperator;
import org.onlab.util.Tools;
import org.osgi.service.component.ComponentContext;
import org.slf4j.Logger;

/**
 * Reads the properties of a component. What is not set has its default; what cannot be read leaves
 * what held before, and a warning. Immutable.
 */
public final class Settings {
    private final Dictionary<?, ?> properties;
    private final Logger log;

    private Settings(Dictionary<?, ?> properties, Logger log) {
        this.properties = properties;
        this.log = log;
    }

    /**
     * Reads what a component was given.
     *
     * @param context of the component; null if there is none, and nothing is set
     * @param log is told what cannot be read
     * @return the settings
     */
    public static Settings of(ComponentContext context, Logger log) {
        Dictionary<?, ?> properties = context == null ? null : context.getProperties();
        return new Settings(properties == null ? new Hashtable<>() : properties, log);
    }

    /**
     * Reads a number.
     *
     * @param name of the property
     * @param former what held before
     * @param otherwise what holds if nothing is set
     * @param least the least that may be set
     * @param most the most
     * @return what holds now
     */
    public long number(String name, long former, long otherwise, long least, long most) {
        String text = text(name);
        if (text.isEmpty()) {
            return otherwise;
        }
        try {
            long value = Long.parseLong(text);
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        log.warn("{} {} is not a number from {} to {}: {} holds", name, text, least, most, former);
        return former;
    }

    /**
     * Reads a number.
     *
     * @param name of the property
     * @param former what held before
     * @param otherwise what holds if nothing is set
     * @param least the least that may be set
     * @param most the most
     * @return what holds now
     */
    public int number(String name, int former, int otherwise, int least, int most) {
        return (int) number(name, (long) former, otherwise, least, most);
    }

    /**
     * Reads a text.
     *
     * @param name of the property
     * @param former what held before
     * @param otherwise what holds if nothing is set
     * @param read makes of the text what holds; throws an {@link IllegalArgumentException} that
     *     says what is wrong with it
     * @return what holds now
     */
    public String text(String name, String former, String otherwise, UnaryOperator<String> read) {
        String text = text(name);
        if (text.isEmpty()) {
            return otherwise;
        }
        try {
            return read.apply(text);
        } catch (IllegalArgumentException e) {
            log.warn("{}: {}: \"{}\" holds", name, e.getMessage(), former);
            return former;
        }
    }

    private String text(String name) {
        String text = Tools.get(properties, name);
        return text == null ? "" : text.trim();
    }
}
