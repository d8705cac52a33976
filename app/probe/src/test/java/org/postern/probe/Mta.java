package org.postern.probe;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.SSLContext;

/**
 * A mail server that answers what it is told to, by the beginning of the command; what it is told
 * last goes first. Unless told otherwise it greets and takes everything, from everybody.
 */
final class Mta implements Peer.Play {
    /** An answer: the connection is closed instead. */
    static final String HANG_UP = "hang up";

    private final Map<String, String> inClear = new LinkedHashMap<>();
    private final Map<String, String> withinTls = new LinkedHashMap<>();
    private final List<String> offers = new ArrayList<>();
    private final List<String> offersWithinTls = new ArrayList<>();
    private String[] greeting = {"220 mx.example ESMTP"};
    private SSLContext context;
    private boolean implicit;

    Mta() {
        for (Map<String, String> answers : List.of(inClear, withinTls)) {
            answers.put("", "500 5.5.2 what?");
            answers.put("HELO", "250 mx.example");
            answers.put("MAIL", "250 2.1.0 Ok");
            answers.put("RCPT", "250 2.1.5 Ok");
            answers.put("RSET", "250 2.0.0 Ok");
            answers.put("QUIT", "221 2.0.0 Bye");
            answers.put("DATA", "354 go ahead");
        }
        inClear.put("STARTTLS", "220 2.0.0 Ready");
    }

    /** Has STARTTLS with a certificate of the authority's. */
    Mta tls(SSLContext with) {
        context = with;
        offers.add("STARTTLS");
        return this;
    }

    /** Begins with TLS. */
    Mta tlsFirst(SSLContext with) {
        context = with;
        implicit = true;
        return this;
    }

    Mta greets(String... lines) {
        greeting = lines;
        return this;
    }

    Mta offers(String... extensions) {
        offers.addAll(List.of(extensions));
        return this;
    }

    Mta offersWithinTls(String... extensions) {
        offersWithinTls.addAll(List.of(extensions));
        return this;
    }

    /** Answers a command so, in clear and within TLS. */
    Mta answers(String begin, String answer) {
        return inClear(begin, answer).withinTls(begin, answer);
    }

    Mta inClear(String begin, String answer) {
        inClear.remove(begin);
        inClear.put(begin, answer);
        return this;
    }

    Mta withinTls(String begin, String answer) {
        withinTls.remove(begin);
        withinTls.put(begin, answer);
        return this;
    }

    @Override
    public void to(Peer.Line line) throws IOException, InterruptedException {
        boolean enciphered = implicit;
        if (implicit) {
            line.tls(context);
        }
        line.say(greeting);
        for (String said = line.hear(); said != null; said = line.hear()) {
            String answer = answer(said, enciphered);
            if (answer.equals(HANG_UP)) {
                return;
            }
            line.say(answer.split("\r\n"));
            if (said.equals("QUIT") || answer.startsWith("421")) {
                return;
            }
            if (said.equals("STARTTLS") && answer.equals("220 2.0.0 Ready")) {
                line.tls(context);
                enciphered = true;
            }
        }
    }

    private String answer(String said, boolean enciphered) {
        String best = "";
        Map<String, String> answers = enciphered ? withinTls : inClear;
        for (Map.Entry<String, String> answer : answers.entrySet()) {
            if (said.toUpperCase(Locale.ROOT)
                    .startsWith(answer.getKey().toUpperCase(Locale.ROOT))) {
                best = answer.getValue();
            }
        }
        return said.startsWith("EHLO") && best.startsWith("500")
                ? ehlo(enciphered ? offersWithinTls : offers)
                : best;
    }

    private static String ehlo(List<String> offers) {
        List<String> lines = new ArrayList<>(List.of("mx.example greets you"));
        lines.addAll(offers);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < lines.size(); i++) {
            text.append(i < lines.size() - 1 ? "250-" : "250 ").append(lines.get(i)).append("\r\n");
        }
        return text.toString().trim();
    }
}
