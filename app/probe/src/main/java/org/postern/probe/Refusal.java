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

    private static final Pattern AUTH_WORDS =
            Pattern.compile(
                    "authenticat|\\bauth\\b|\\bsasl\\b|log(?:ged)?[ -]?in\\b|smtp-auth|smtpauth");
    private static final Pattern TLS_WORDS =
            Pattern.compile("starttls|\\btls\\b|\\bssl\\b|encrypt");
    private static final Pattern SOURCE_WORDS =
            Pattern.compile(
                    "block(?:ed|ing|list)|black ?list|deny ?list|\\b(?:dns)?[rd]?bl\\b|spamhaus|spamcop|sorbs|barracuda"
                            + "|reputation|\\blisted\\b|banned|\\bspf\\b|\\bdkim\\b|\\bdmarc\\b|\\bptr\\b|reverse dns"
                            + "|\\bhelo\\b|sender address|dynamic ip");
    private static final Pattern RELAY_WORDS = Pattern.compile("\\brelay");
    private static final Pattern RECIPIENT_WORDS =
            Pattern.compile(
                    "recipient|mailbox|unknown user|user unknown|no such user|no such domain|unroutable");

    private final String words;

    Refusal(String words) {
        this.words = words;
    }

    /** What the server does, as the end of a sentence that begins with "the server". */
    String words() {
        return words;
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
        String text = reply.text().toLowerCase(Locale.ROOT);
        boolean auth = AUTH_WORDS.matcher(text).find();
        boolean tls = TLS_WORDS.matcher(text).find();
        if (SOURCE_WORDS.matcher(text).find()
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
        if (enhanced.filter(e -> e.subject() == EnhancedCode.SECURITY).isPresent()
                || RELAY_WORDS.matcher(text).find()) {
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
