package org.postern.fakeswitch;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.onosproject.net.PortNumber;
import org.onosproject.net.flow.FlowRule;

/** What became of one frame. Immutable; equal when verdict, outputs, rules and frame are. */
public final class Outcome {
    /** Whether anything left the tables. */
    public enum Verdict {
        /** Nothing was sent anywhere and the terminal table was not reached. */
        DROPPED,
        /**
         * The frame was sent to at least one port (perhaps only the controller), or reached the
         * terminal table.
         */
        FORWARDED
    }

    /** One copy of the frame sent to one port. */
    public static final class Output {
        private final PortNumber port;
        private final Packet frame;

        Output(PortNumber port, Packet frame) {
            this.port = port;
            this.frame = frame;
        }

        /**
         * Returns where the copy goes.
         *
         * @return a port of the switch, or NORMAL, CONTROLLER, IN_PORT, FLOOD, ALL or LOCAL
         */
        public PortNumber port() {
            return port;
        }

        /**
         * Returns the copy as sent.
         *
         * @return the frame with the addresses set up to then
         */
        public Packet frame() {
            return frame;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Output
                    && port.equals(((Output) other).port)
                    && frame.equals(((Output) other).frame);
        }

        @Override
        public int hashCode() {
            return Objects.hash(port, frame);
        }

        @Override
        public String toString() {
            return port.toString();
        }
    }

    private final ImmutableList<FlowRule> matched;
    private final ImmutableList<Output> outputs;
    private final Packet frame;
    private final int missed;
    private final int reached;

    Outcome(List<FlowRule> matched, List<Output> outputs, Packet frame, int missed, int reached) {
        this.matched = ImmutableList.copyOf(matched);
        this.outputs = ImmutableList.copyOf(outputs);
        this.frame = frame;
        this.missed = missed;
        this.reached = reached;
    }

    /**
     * Returns the verdict.
     *
     * @return dropped or forwarded
     */
    public Verdict verdict() {
        return outputs.isEmpty() && reached < 0 ? Verdict.DROPPED : Verdict.FORWARDED;
    }

    /**
     * Tells whether the frame is lost.
     *
     * @return true if the verdict is {@link Verdict#DROPPED}
     */
    public boolean dropped() {
        return verdict() == Verdict.DROPPED;
    }

    /**
     * Tells whether the frame went anywhere.
     *
     * @return true if the verdict is {@link Verdict#FORWARDED}
     */
    public boolean forwarded() {
        return !dropped();
    }

    /**
     * Returns the terminal table if the frame got there.
     *
     * @return the table; empty if the frame did not reach it or the switch has none
     */
    public OptionalInt reachedTable() {
        return reached < 0 ? OptionalInt.empty() : OptionalInt.of(reached);
    }

    /**
     * Returns the table in which no rule matched.
     *
     * @return the table; empty if some rule matched in every table visited
     */
    public OptionalInt missedTable() {
        return missed < 0 ? OptionalInt.empty() : OptionalInt.of(missed);
    }

    /**
     * Returns what was sent, in order, each copy with the addresses it had then.
     *
     * @return the outputs; one to the ingress port is not among them unless the rule said IN_PORT
     */
    public List<Output> outputs() {
        return outputs;
    }

    /**
     * Returns where copies were sent, in order.
     *
     * @return the ports of {@link #outputs}
     */
    public List<PortNumber> ports() {
        return outputs.stream().map(Output::port).collect(Collectors.toUnmodifiableList());
    }

    /**
     * Returns the rule that matched in each table visited, in order.
     *
     * @return the rules as they were installed
     */
    public List<FlowRule> matched() {
        return matched;
    }

    /**
     * Returns the frame at the end of the tables: what the terminal table would see.
     *
     * @return the frame after all set-fields
     */
    public Packet frame() {
        return frame;
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof Outcome)) {
            return false;
        }
        Outcome that = (Outcome) other;
        return matched.equals(that.matched)
                && outputs.equals(that.outputs)
                && frame.equals(that.frame)
                && missed == that.missed
                && reached == that.reached;
    }

    @Override
    public int hashCode() {
        return Objects.hash(matched, outputs, frame, missed, reached);
    }

    /**
     * Shows the verdict, where the frame went and each rule that matched, for messages of failed
     * assertions.
     */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(verdict().toString());
        if (reached >= 0) {
            text.append(", reached table ").append(reached);
        }
        if (!outputs.isEmpty()) {
            text.append(", outputs ").append(ports());
        }
        for (FlowRule rule : matched) {
            text.append(
                    String.format(
                            "%n  table %d priority %d ", FakeSwitch.table(rule), rule.priority()));
            text.append(rule.selector().criteria())
                    .append(" -> ")
                    .append(rule.treatment().allInstructions());
        }
        if (missed >= 0) {
            text.append(String.format("%n  table %d: no rule matches", missed));
        }
        return text.append(String.format("%n  frame ")).append(frame).toString();
    }
}
