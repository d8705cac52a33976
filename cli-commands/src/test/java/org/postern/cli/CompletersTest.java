package org.postern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.console.Candidate;
import org.apache.karaf.shell.support.completers.ArgumentCommandLine;
import org.junit.jupiter.api.Test;
import org.onlab.packet.IpAddress;
import org.postern.audit.Change;
import org.postern.audit.Order;
import org.postern.dns.DnsServer;
import org.postern.policy.Infrastructure;
import org.postern.policy.SubmissionServer;

class CompletersTest {
    private final Console console = new Console();

    private List<String> offered(ServiceCompleter completer, String begun) {
        completer.services = console;
        return candidates(completer, begun).stream()
                .map(Candidate::value)
                .collect(Collectors.toList());
    }

    private List<Candidate> candidates(ServiceCompleter completer, String begun) {
        completer.services = console;
        List<Candidate> candidates = new ArrayList<>();
        completer.completeCandidates(
                null, new ArgumentCommandLine(begun, begun.length()), candidates);
        return candidates;
    }

    @Test
    void classesThatBeginSoAreOffered() {
        assertEquals(List.of("business", "residential"), offered(new ClassCompleter(), ""));
        assertEquals(List.of("business"), offered(new ClassCompleter(), "bu"));
        assertEquals(List.of("quarantined"), offered(new AnyClassCompleter(), "quar"));
    }

    @Test
    void onlyClassesThatQuarantineAreOfferedForAQuarantine() throws NoSuchFieldException {
        assertEquals(
                List.of("quarantined", "walled-garden"),
                offered(new QuarantineClassCompleter(), ""));
        assertEquals(
                QuarantineClassCompleter.class,
                completerOf(QuarantineCommand.class, "serviceClass"));
        assertEquals(ClassCompleter.class, completerOf(SetClassCommand.class, "serviceClass"));
        assertEquals(ClassCompleter.class, completerOf(SubscriberAddCommand.class, "serviceClass"));
    }

    @Test
    void onlyWhoIsQuarantinedIsOfferedForARelease() throws NoSuchFieldException {
        console.run(new SubscriberAddCommand(), "r1", Console.S1 + "/1");
        console.run(new SubscriberAddCommand(), "r2", Console.S1 + "/2");
        console.run(new QuarantineCommand(), "--reason", "spam", "r2");
        assertEquals(List.of("r2"), offered(new QuarantinedCompleter(), ""));
        assertEquals(List.of("r1", "r2"), offered(new SubscriberCompleter(), ""));
        assertEquals(QuarantinedCompleter.class, completerOf(ReleaseCommand.class, "id"));
        assertEquals(SubscriberCompleter.class, completerOf(QuarantineCommand.class, "id"));
    }

    @Test
    void accessDevicesThatBeginSoAreOffered() {
        assertEquals(List.of(Console.S1, Console.S2), offered(new DeviceCompleter(), "of:"));
        assertEquals(List.of(), offered(new DeviceCompleter(), "x"));
    }

    @Test
    void subscribersThatBeginSoAreOffered() {
        console.run(new SubscriberAddCommand(), "r1", Console.S1 + "/1");
        console.run(new SubscriberAddCommand(), "shop", Console.S1 + "/2");
        assertEquals(List.of("shop"), offered(new SubscriberCompleter(), "s"));
    }

    @Test
    void driversThatBeginSoAreOffered() {
        assertEquals(List.of("ovs", "ovs-of13"), offered(new DriverCompleter(), "ovs"));
    }

    @Test
    void attachmentsBeginWithAnAccessDeviceAndGoOnWithItsPort() {
        assertEquals(
                List.of(Console.S1 + "/", Console.S2 + "/"),
                offered(new AttachmentCompleter(), "of:"));
        assertFalse(candidates(new AttachmentCompleter(), Console.S1).get(0).complete());
        assertTrue(candidates(new DeviceCompleter(), Console.S1).get(0).complete());
        assertEquals(List.of(), offered(new AttachmentCompleter(), Console.S1 + "/3"));
    }

    @Test
    void whatIsOfferedFitsTheOperand() throws NoSuchFieldException {
        assertEquals(DriverCompleter.class, completerOf(WithdrawCommand.class, "driver"));
        assertEquals(
                AttachmentCompleter.class, completerOf(SubscriberAddCommand.class, "attachments"));
    }

    private static Class<?> completerOf(Class<?> command, String operand)
            throws NoSuchFieldException {
        return command.getDeclaredField(operand).getAnnotation(Completion.class).value();
    }

    @Test
    void nothingIsOfferedWhilePosternIsAway() {
        console.deactivate();
        assertEquals(List.of(), offered(new SubscriberCompleter(), ""));
        assertEquals(List.of(), offered(new AttachmentCompleter(), ""));
    }

    @Test
    void whoDidSomethingAndWhatWasDoneIsOfferedForTheAuditLog() throws NoSuchFieldException {
        console.audit.record(Order.console("ada"), Change.of("suspend", "", ""));
        console.audit.record(Order.console("bob"), Change.of("resume", "", ""));
        console.audit.record(Order.console("bob"), Change.of("suspend", "", ""));
        assertEquals(List.of("ada", "bob"), offered(new AuditedUserCompleter(), ""));
        assertEquals(List.of("resume"), offered(new AuditedActionCompleter(), "r"));
        assertEquals(
                List.of("component-configuration", "console"),
                offered(new InterfaceCompleter(), "co"));
        assertEquals(AuditedUserCompleter.class, completerOf(AuditCommand.class, "by"));
        assertEquals(AuditedActionCompleter.class, completerOf(AuditCommand.class, "action"));
        assertEquals(InterfaceCompleter.class, completerOf(AuditCommand.class, "via"));
        assertEquals(SubscriberCompleter.class, completerOf(AuditCommand.class, "subject"));
    }

    @Test
    void ownSubmissionServersPortsAndFamiliesAreOfferedForProbes() throws NoSuchFieldException {
        assertEquals(List.of(), offered(new SubmissionServerCompleter(), ""));
        console.network.infrastructure =
                new Infrastructure(
                        List.of(
                                new SubmissionServer(
                                        "smtp",
                                        Set.of(
                                                IpAddress.valueOf("198.51.100.25"),
                                                IpAddress.valueOf("2001:db8:51::25")),
                                        Set.of(587))),
                        List.of(),
                        List.of(),
                        "residential");
        assertEquals(List.of("198.51.100.25"), offered(new SubmissionServerCompleter(), "198"));
        assertEquals(List.of("465", "465,587"), offered(new ProbePortsCompleter(), "4"));
        assertEquals(List.of("4", "6", "both"), offered(new FamilyCompleter(), ""));
        assertEquals(SubmissionServerCompleter.class, completerOf(ProbeCommand.class, "host"));
        assertEquals(ProbePortsCompleter.class, completerOf(ProbeCommand.class, "ports"));
        assertEquals(FamilyCompleter.class, completerOf(ProbingCommand.class, "family"));
        // what is offered can be given
        List<String> servers = offered(new DnsServerCompleter(), "");
        assertTrue(!servers.isEmpty(), "this machine at least");
        servers.forEach(server -> assertEquals(server, DnsServer.parse(server).toString()));
        assertEquals(DnsServerCompleter.class, completerOf(ProbingCommand.class, "dnsServer"));
    }

    @Test
    void formatsClassesAndDevicesAreOfferedForFilesOfSubscribers() throws NoSuchFieldException {
        assertEquals(List.of("csv", "json"), offered(new FormatCompleter(), ""));
        assertEquals(FormatCompleter.class, completerOf(ImportCommand.class, "format"));
        assertEquals(FormatCompleter.class, completerOf(ExportCommand.class, "format"));
        assertEquals(ClassCompleter.class, completerOf(ExportCommand.class, "serviceClass"));
        assertEquals(DeviceCompleter.class, completerOf(ExportCommand.class, "device"));
    }

    @Test
    void termsAndDaysAreOffered() {
        assertEquals(List.of("30d", "365d"), sorted(offered(new TermCompleter(), "3")));
        assertEquals(List.of("30m"), offered(new SuspensionTermCompleter(), "3"));
        assertEquals(List.of("30d", "30m"), sorted(offered(new PastCompleter(), "3")));
        DayCompleter days = new DayCompleter();
        days.clock = Clock.fixed(Instant.parse("2026-12-31T23:00:00Z"), ZoneId.of("Europe/Berlin"));
        assertEquals(List.of("2027-01-02"), offered(days, "2027-01-02"));
        assertEquals(8, offered(days, "202").size());
        for (String term : offered(new TermCompleter(), "")) {
            assertTrue(Spans.read(term).isPresent(), term);
        }
        offered(new SuspensionTermCompleter(), "").forEach(Moments::read);
    }

    private static List<String> sorted(List<String> words) {
        return words.stream().sorted().collect(Collectors.toList());
    }

    /** What nobody can know before it is typed. */
    private static final Set<String> FREE =
            Set.of(
                    "AuditCommand.limit",
                    "EnforceCommand.reason",
                    "ExemptCommand.destinations",
                    "ExemptCommand.reason",
                    "ExemptCommand.ticket",
                    "ExemptCommand.exemptionId",
                    "ImportCommand.reason",
                    "ProbeCommand.recipient",
                    "ProbeCommand.localRecipient",
                    "ProbeCommand.sender",
                    "ProbeCommand.greeting",
                    "QuarantineCommand.reason",
                    "ReleaseCommand.reason",
                    "RenewCommand.reason",
                    "RevokeCommand.reason",
                    "SetClassCommand.reason",
                    "SubscriberAddCommand.id",
                    "SubscriberAddCommand.prefixes",
                    "SubscriberAddCommand.macs",
                    "SubscriberAddCommand.reason",
                    "SubscriberRemoveCommand.reason",
                    "SubscribersCommand.port",
                    "SubscribersCommand.address",
                    "SubscribersCommand.prefix",
                    "SubscribersCommand.mac",
                    "SurveyCommand.greeting",
                    "SurveyCommand.parallel",
                    "SurveyCommand.recipient",
                    "SurveyCommand.sender",
                    "SuspendCommand.reason",
                    "WithdrawCommand.reason");

    @Test
    void whateverIsNotFreeTextIsCompleted() throws Exception {
        Set<String> without = new TreeSet<>();
        int commands = 0;
        for (Class<?> type : classes()) {
            if (type.isAnnotationPresent(Command.class)) {
                commands++;
                for (Class<?> c = type; c != Object.class; c = c.getSuperclass()) {
                    Stream.of(c.getDeclaredFields())
                            .filter(CompletersTest::isGivenAsAWord)
                            .filter(f -> !f.isAnnotationPresent(Completion.class))
                            .forEach(f -> without.add(type.getSimpleName() + "." + f.getName()));
                }
            }
        }
        assertTrue(commands > 20, "commands were found: " + commands);
        assertEquals(new TreeSet<>(FREE), without);
    }

    private static boolean isGivenAsAWord(Field field) {
        return field.isAnnotationPresent(Argument.class)
                || field.isAnnotationPresent(Option.class) && field.getType() != boolean.class;
    }

    private static List<Class<?>> classes() throws Exception {
        Path home =
                Path.of(
                        PosternCommand.class
                                .getProtectionDomain()
                                .getCodeSource()
                                .getLocation()
                                .toURI());
        List<Class<?>> found = new ArrayList<>();
        try (Stream<Path> files =
                Files.list(home.resolve(PosternCommand.class.getPackageName().replace('.', '/')))) {
            for (Path file : files.collect(Collectors.toList())) {
                String name = file.getFileName().toString();
                if (name.endsWith(".class")) {
                    found.add(
                            Class.forName(
                                    PosternCommand.class.getPackageName()
                                            + "."
                                            + name.substring(0, name.length() - 6)));
                }
            }
        }
        return found;
    }
}
