package org.postern.probe;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Why MAIL or RCPT was refused. Codes alone do not tell: 530 is also "Must issue a STARTTLS command
 * first", 554 5.7.1 both "Relay access denied" and "Client host blocked", and Exim gives no
 * enhanced codes; so the words count too.
 */
enum Refusal {
    /** For want of authentication. */
    AUTHENTICATION("refuses for want of authentication"),
    /** For want of TLS. */
    TLS("demands TLS first"),
    /**
     * By policy, such as "Relay access denied": for a recipient elsewhere it is authentication that
     * would help.
     */
    POLICY("refuses by policy"),
    /**
     * Since it does not like where we come from, or whom the mail would be from: it says nothing of
     * others.
     */
    SOURCE("refuses this source, not the want of authentication"),
    /** Since it does not like the recipient. */
    RECIPIENT("refuses the recipient, not the want of authentication"),
    /** Not now. */
    TEMPORARY("cannot now"),
    /** It does not say why. */
    UNCLEAR("refuses without saying why");

    /** RFC 4954, section 6: authentication required; RFC 3207, section 4: STARTTLS required. */
    private static final int REQUIRED = 530;

    /**
     * Names and addresses within a reply: the words in them say nothing of why it refuses. Linear
     * in the length of the text, which a server chooses.
     */
    private static final Pattern NAMES =
            Pattern.compile(
                    "(?<!\\w)\\w++://\\S*|(?<!\\S)[^\\s@]*+@\\S*|(?<![\\w.-])[\\w-]++(?:\\.[\\w-]++)++(?:/\\S*)?");

    /** Not "unauthenticated": mail is that too whose domain has no SPF. */
    private static final Pattern AUTH_WORDS =
            Pattern.compile(
                    "\\bauthenticat|\\bauth\\b|\\bsasl\\b|\\blog(?:ged)?[ -]?in\\b|smtp-auth|\\bsmtpauth");

    private static final Pattern TLS_WORDS =
            Pattern.compile("\\bstarttls|\\btls\\b|\\bssl\\b|\\bencrypt");

    /** Lists of senders of spam, which are told by their names and addresses. */
    private static final Pattern LISTS = Pattern.compile("spamhaus|spamcop|sorbs|barracuda");

    private static final Pattern SOURCE_WORDS =
            Pattern.compile(
                    "block(?:ed|ing|[ -]?list)|black[ -]?list|deny[ -]?list|\\b(?:dns)?[rd]?bl\\b"
                            + "|reputation|\\blisted\\b|banned|\\bspf\\b|\\bdkim\\b|\\bdmarc\\b|\\bptr\\b"
                            + "|reverse dns|\\bhelo\\b|sender address|\\bdynamic (?:ip|address)|\\bdial-?up\\b"
                            + "|\\bopen (?:relay|proxy)|unauthenticated (?:e-?mail|mail|message)"
                            + "|\\btoo many\\b|authentication failures");
    private static final Pattern RELAY_WORDS = Pattern.compile("\\brelay");

    /**
     * The client's host, but for "Client host rejected: Access denied", which Postfix says by
     * {@code permit_sasl_authenticated, reject}.
     */
    private static final Pattern CLIENT_WORDS =
            Pattern.compile(
                    "client (?:host|address|ip)\\b(?!(?: \\S+)? rejected: access denied)"
                            + "|\\bsending (?:ip|host|server)|\\byour (?:ip|host|hostname|address|server|network"
                            + "|mail ?server|reverse|connection)\\b");

    private static final Pattern RECIPIENT_WORDS =
            Pattern.compile(
                    "recipient|mailbox|unknown user|user unknown|no such user|no such domain|unroute?able");

    private final String words;

    Refusal(String words) {
        this.words = words;
    }

    /** What the server does, as the end of a sentence that begins with "the server". */
    String words() {
        return words;
    }

    /** Whether a reply refuses to relay: the recipient is none of the server's own, it says. */
    static boolean deniesRelay(Reply reply) {
        String text = NAMES.matcher(reply.text().toLowerCase(Locale.ROOT)).replaceAll(" ");
        return !reply.isPositive() && RELAY_WORDS.matcher(text).find();
    }

    /**
     * Tells why.
     *
     * @param reply a reply to MAIL or RCPT that is not positive
     * @param withinTls whether TLS is in use, so that it cannot be what is wanting
     */
    static Refusal of(Reply reply, boolean withinTls) {
        if (reply.code() / 100 != 5) {
            return reply.isTemporary() ? TEMPORARY : UNCLEAR;
        }
        String whole = reply.text().toLowerCase(Locale.ROOT);
        String text = NAMES.matcher(whole).replaceAll(" ");
        boolean auth = AUTH_WORDS.matcher(text).find();
        boolean tls = TLS_WORDS.matcher(text).find();
        if ((SOURCE_WORDS.matcher(text).find() || LISTS.matcher(whole).find())
                && !(auth && reply.code() == REQUIRED)
                && !saysNotLoggedIn(text)) {
            return SOURCE;
        }
        if (tls && !(auth && withinTls)) {
            return TLS;
        }
        if (auth || reply.code() == REQUIRED) {
            return AUTHENTICATION;
        }
        Optional<EnhancedCode> enhanced = reply.enhanced();
        if (RELAY_WORDS.matcher(text).find()) {
            return POLICY;
        }
        if (CLIENT_WORDS.matcher(text).find()) {
            return SOURCE;
        }
        if (enhanced.filter(e -> e.subject() == EnhancedCode.SECURITY).isPresent()) {
            return POLICY;
        }
        return enhanced.filter(e -> e.subject() == 1).isPresent()
                        || RECIPIENT_WORDS.matcher(text).find()
                ? RECIPIENT
                : UNCLEAR;
    }

    /** Postfix, reject_sender_login_mismatch: "Sender address rejected: not logged in". */
    private static boolean saysNotLoggedIn(String text) {
        return text.contains("not logged in");
    }
}
