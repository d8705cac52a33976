package org.postern.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Whatever servers answer: a flaw is never called sound, and no answer never a no. */
class FindingsTest {

    @Provide
    Arbitrary<Reply> replies() {
        return Arbitraries.of(
                        "250 2.1.0 Ok",
                        "530 5.7.0 Authentication required",
                        "530 5.7.0 Must issue a STARTTLS command first",
                        "554 5.7.1 Relay access denied",
                        "554 5.7.1 blocked using a list",
                        "550 5.7.1 Denied",
                        "550 5.1.1 unknown user",
                        "550 no",
                        "451 4.3.0 later")
                .map(s -> new Reply(Integer.parseInt(s.substring(0, 3)), List.of(s.substring(4))));
    }

    @Provide
    Arbitrary<Findings> findings() {
        Arbitrary<Reply> some = replies().injectNull(0.2);
        return Combinators.combine(
                        some.list().ofSize(6),
                        Arbitraries.of(true, false),
                        Arbitraries.of(0, 1, 2),
                        Arbitraries.of(25, 587))
                .as(
                        (r, passwords, stage, port) -> {
                            Findings findings = new Findings(port);
                            if (port == 25 || stage != 1) {
                                findings.clear(new Trial(false, r.get(0), r.get(1), r.get(2)));
                            }
                            if (stage > 0) {
                                findings.withinTls(new Trial(true, r.get(3), r.get(4), r.get(5)));
                            }
                            if (passwords) {
                                findings.passwordsInClear();
                            }
                            return findings;
                        });
    }

    private static Stream<Trial> trials(Findings findings) {
        return Stream.of(findings.clear(), findings.withinTls()).flatMap(t -> t.stream());
    }

    @Property(tries = 10000)
    void soundIsOnlyWhatRefusesForGoodInEveryTrial(@ForAll("findings") Findings findings) {
        Findings.Conclusion conclusion = findings.conclude();
        assertTrue(!conclusion.reason.isEmpty());
        if (conclusion.verdict.kind() != Verdict.Kind.SOUND) {
            return;
        }
        trials(findings)
                .forEach(
                        trial -> {
                            Reply mail = trial.mail().orElseThrow();
                            Reply last = mail.isPositive() ? trial.rcpt().orElseThrow() : mail;
                            assertEquals(5, last.code() / 100, conclusion.reason);
                            if (!mail.isPositive()) {
                                return;
                            }
                            Reply local = trial.local().orElseThrow();
                            assertEquals(5, local.code() / 100, conclusion.reason);
                            // every server refuses to relay: its own must be refused like that
                            assertTrue(
                                    !last.text().startsWith("Relay")
                                            || !local.text().matches(".*(?:user|list|Denied|no)"),
                                    conclusion.reason);
                        });
    }

    @Property(tries = 10000)
    void recipientThatIsTakenIsNeverSound(@ForAll("findings") Findings findings) {
        boolean taken =
                trials(findings)
                        .filter(t -> t.mail().filter(Reply::isPositive).isPresent())
                        .flatMap(t -> Stream.of(t.rcpt(), t.local()))
                        .anyMatch(r -> r.filter(Reply::isPositive).isPresent());
        Verdict verdict = findings.conclude().verdict;
        boolean told = verdict == Verdict.RELAY_SUSPECTED || verdict == Verdict.LOCAL_UNAUTH;
        // on port 25 passwords in clear are worse than mail for its own
        assertTrue(told ? taken : !taken || verdict == Verdict.AUTH_IN_CLEAR, verdict.text());
    }

    @Property(tries = 10000)
    void maskedStartTlsIsNeverSoundUnlessTlsWasSeen(@ForAll("findings") Findings findings) {
        findings.startTlsMayBeMasked();
        assertTrue(
                findings.withinTls().isPresent()
                        || findings.conclude().verdict.kind() != Verdict.Kind.SOUND);
        assertFalse(findings.relayingRefused());
    }

    @Property(tries = 10000)
    void relayingIsRefusedOnlyBySomebodyWhoSaysSoForGood(@ForAll("findings") Findings findings) {
        if (!findings.relayingRefused()) {
            return;
        }
        trials(findings)
                .filter(t -> t.mail().filter(Reply::isPositive).isPresent())
                .forEach(
                        t ->
                                assertTrue(
                                        t.rcpt()
                                                .orElseThrow()
                                                .toString()
                                                .matches(
                                                        "5.* (?:denied|Denied|required|first).*|5.*command first"),
                                        t.rcpt().toString()));
        assertNotEquals(Verdict.RELAY_SUSPECTED, findings.conclude().verdict);
        findings.broken(Verdict.INCONCLUSIVE, "the connection broke");
        assertFalse(findings.relayingRefused());
    }

    @Property(tries = 10000)
    void brokenConnectionIsNeverSound(@ForAll("findings") Findings findings) {
        Verdict before = findings.conclude().verdict;
        findings.broken(Verdict.INCONCLUSIVE, "the connection broke");
        Verdict after = findings.conclude().verdict;
        assertNotEquals(Verdict.Kind.SOUND, after.kind());
        // a demand of TLS alone is no longer known to be the whole
        assertTrue(
                before.kind() != Verdict.Kind.FLAW
                        || before == Verdict.TLS_REQUIRED_ONLY
                        || after == before,
                before + " became " + after);
    }
}
