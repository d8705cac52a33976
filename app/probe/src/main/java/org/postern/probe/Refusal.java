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
     * By policy, and it says which: "Relay access denied", or "Access denied" whoever is meant. For
     * a recipient elsewhere it is authentication that would help.
     */
    POLICY("refuses by policy"),
    /**
     * By some policy: that much its code says (RFC 3463, subject 7), and its words name neither
     * relaying nor authentication. It says nothing of others.
     */
    SOME_POLICY("refuses by a policy that it does not name"),
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

    /** Subject of 5.5.1, "invalid command", which OpenSMTPD gives with 530. */
    private static final int PROTOCOL = 5;

    /** X.1.7 and X.1.8, of bad addresses of senders. */
    private static final int OF_SENDER = 7;

    private static final Pattern SPACES = Pattern.compile("\\s++");

    /**
     * Names and addresses within a reply: the words in them say nothing of why it refuses. Linear
     * in the length of the text, which a server chooses.
     */
    private static final Pattern NAMES =
            Pattern.compile(
                    "(?<!\\w)\\w++://\\S*|(?<!\\S)[^\\s@]*+@\\S*|(?<![\\w.-])[\\w-]++(?:\\.[\\w-]++)++(?:/\\S*)?");

    /**
     * Not "unauthenticated": mail is that too whose domain has no SPF. Nor parts of labels that
     * have no dot, such as "smtp-auth-03", nor the noun "login".
     */
    private static final Pattern AUTH_WORDS =
            Pattern.compile(
                    "(?<!\\bun-)(?<!\\bnon[ -])\\bauthenticat|(?<![\\w-])(?:smtp[ -]?)?auth(?![\\w-])"
                            + "|(?<![\\w-])sasl(?![\\w-])|\\blog(?:ged)?[ -]in\\b"
                            + "|\\blogin (?:is )?(?:required|needed|necessary|first)"
                            + "|\\b(?:must|please|to|first|should) login\\b");

    /** Has the words, and demands nothing. */
    private static final Pattern NO_DEMAND =
            Pattern.compile(
                    "\\bauthenticat\\w*+ (?:is |was )?(?:not|never) (?:needed|required|necessary|supported"
                            + "|available|enabled)|\\bno authentication (?:is )?(?:needed|required|necessary)"
                            + "|\\bauthentication (?:has )?(?:failed|failures?|checks?)\\b");

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
                            + "|\\btoo many\\b|authentication failures|\\br-?dns\\b|\\bspam source"
                            + "|\\bcountr(?:y|ies)\\b|\\bgeo(?:graph|-?ip|-?loc|-?block|\\b)|\\branges?\\b"
                            + "|\\b(?:the|this) ip you|\\bresidential\\b");

    /** That mail is what its domain says, as by DMARC, and not who sends it. */
    private static final Pattern MAIL_WORDS =
            Pattern.compile(
                    "\\b(?:sender|domain|policy|message|e-?mail)\\b[^.,:;]{0,40}?\\bauthentication (?:has )?"
                            + "(?:fail|check)"
                            + "|\\bfail(?:ed|s|ure|ing)?\\b(?! to\\b)[^.,:;]{0,40}?\\bauthentication\\b");

    /** May be said of us, or be why all have to authenticate. */
    private static final Pattern SPAM_WORDS = Pattern.compile("\\bspam\\b");

    /** Also those who only advise to use somebody's relay. */
    private static final Pattern RELAY_WORDS = Pattern.compile("\\brelay|\\brcpthosts\\b");

    private static final String DENIED =
            "(?:denied|rejected|refused|prohibited|forbidden|disabled|disallowed|restricted|not possible"
                    + "|(?:not|un)[ -]?(?:permitted|allowed|authori[sz]ed|accepted|supported|available))";

    /**
     * Who refuses to relay in so many words. Repetitions have bounds: Java's patterns take stack
     * for them.
     */
    private static final Pattern RELAY_DENIED =
            Pattern.compile(
                    "\\brelay(?:ing|s)? (?:(?:access|attempts?|mail|messages?|e-?mail|to|for|through|via|from"
                            + "|by|on|your|this|that|the|server|host|system|here|external|remote|location"
                            + "|address(?:es)?|domains?|hosts?|recipients?|is|are|was|has|been) ){0,6}"
                            + DENIED
                            + "|\\b(?:not (?:be )?(?:permitted|allowed|authori[sz]ed|configured|able) to"
                            + "|unable to|cannot|can't|can ?not|may not|refus(?:e|es|ed|ing) to|do(?:es)? not|don't"
                            + "|doesn't|won't|will not) relay\\b"
                            + "|\\bno relay(?:s|ing)?\\b|\\brcpthosts\\b");

    /** And no word of why behind it, as of Exchange's "Access denied, …". */
    private static final Pattern ACCESS_DENIED = Pattern.compile("\\baccess denied\\b(?! ?[,;:-])");

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

    /** Whether a reply is about relaying: the recipient is none of the server's own, it says. */
    static boolean deniesRelay(Reply reply) {
        return !reply.isPositive()
                && RELAY_WORDS.matcher(wordsOf(reply.text().toLowerCase(Locale.ROOT))).find();
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
        String text = wordsOf(whole);
        Optional<EnhancedCode> enhanced = reply.enhanced();
        boolean auth = AUTH_WORDS.matcher(NO_DEMAND.matcher(text).replaceAll(" ")).find();
        if (isOfSource(whole, text) && !(auth && reply.code() == REQUIRED)) {
            return SOURCE;
        }
        if (enhanced.filter(Refusal::isOfAddress).isPresent()) {
            return enhanced.get().detail() < OF_SENDER ? RECIPIENT : SOURCE;
        }
        if (TLS_WORDS.matcher(text).find() && !(auth && withinTls)) {
            return TLS;
        }
        if (auth || reply.code() == REQUIRED && enhanced.map(Refusal::mayDemand).orElse(true)) {
            return AUTHENTICATION;
        }
        return ofOthers(text, enhanced);
    }

    /**
     * Of who neither wants authentication nor TLS, nor tells an address or a source by its code.
     */
    private static Refusal ofOthers(String text, Optional<EnhancedCode> enhanced) {
        if (SPAM_WORDS.matcher(text).find()) {
            return SOURCE;
        }
        if (RELAY_DENIED.matcher(text).find()) {
            return POLICY;
        }
        if (CLIENT_WORDS.matcher(text).find()) {
            return SOURCE;
        }
        if (enhanced.filter(e -> e.subject() == EnhancedCode.SECURITY).isPresent()) {
            return ACCESS_DENIED.matcher(text).find() ? POLICY : SOME_POLICY;
        }
        return enhanced.filter(e -> e.subject() == EnhancedCode.ADDRESS).isPresent()
                        || RECIPIENT_WORDS.matcher(text).find()
                ? RECIPIENT
                : UNCLEAR;
    }

    /** The text without names and addresses, a space between words. */
    private static String wordsOf(String text) {
        return SPACES.matcher(NAMES.matcher(text).replaceAll(" ")).replaceAll(" ");
    }

    /**
     * Postfix's reject_sender_login_mismatch too, "Sender address rejected: not logged in": it
     * wants that of senders who have an owner, and nothing of others, such as the null sender.
     */
    private static boolean isOfSource(String whole, String text) {
        return SOURCE_WORDS.matcher(text).find()
                || MAIL_WORDS.matcher(text).find()
                || LISTS.matcher(whole).find();
    }

    /**
     * Whether a code says that it is an address, whatever the words. Not 5.1.0, which some give
     * with "Authentication required".
     */
    private static boolean isOfAddress(EnhancedCode code) {
        return code.subject() == EnhancedCode.ADDRESS && code.detail() > 0;
    }

    /** Whether a 530 with this code may demand authentication without saying so. */
    private static boolean mayDemand(EnhancedCode code) {
        return code.subject() == EnhancedCode.SECURITY
                || code.subject() == PROTOCOL && code.detail() == 1;
    }
}
