package org.postern.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ReplyReaderTest {

    /** Gives bytes in pieces of a length, as a network may. */
    private static InputStream inPieces(byte[] bytes, int length) {
        return new ByteArrayInputStream(bytes) {
            @Override
            public synchronized int read(byte[] to, int offset, int wanted) {
                return super.read(to, offset, Math.min(length, wanted));
            }
        };
    }

    private static ReplyReader reader(String text) {
        return new ReplyReader(inPieces(text.getBytes(StandardCharsets.UTF_8), 3), line -> {});
    }

    @Test
    void enhancedCodeIsNoPartOfTheText() throws IOException {
        Reply reply = reader("530-5.7.0 Authentication\r\n530 5.7.0  required\r\n").read();
        assertEquals(530, reply.code());
        assertEquals("5.7.0", reply.enhanced().orElseThrow().toString());
        assertEquals("Authentication required", reply.text());
        assertEquals("530 5.7.0 Authentication required", reply.toString());
    }

    @Test
    void enhancedCodeOfAnotherClassIsText() throws IOException {
        Reply reply = reader("250 5.7.0 odd\r\n").read();
        assertTrue(reply.enhanced().isEmpty());
        assertEquals("5.7.0 odd", reply.text());
    }

    @Test
    void codeAloneAndLineFeedAloneAreUnderstood() throws IOException {
        ReplyReader reader = reader("250\n250-\n250\r\n");
        assertEquals("250", reader.read().toString());
        assertEquals(List.of("", ""), reader.read().lines());
    }

    @Test
    void replyThatIsCutOffIsNone() {
        List<String> heard = new ArrayList<>();
        ReplyReader reader =
                new ReplyReader(
                        new ByteArrayInputStream("250-a\r\n25".getBytes(StandardCharsets.UTF_8)),
                        heard::add);
        assertThrows(EOFException.class, reader::read);
        assertEquals(List.of("250-a", "25 ..."), heard);
    }

    @Test
    void whatNobodyAskedForIsSeen() throws IOException {
        ReplyReader reader = reader("220 go\r\n250 x\r\n");
        reader.read();
        assertEquals("2", reader.unread(), "the piece that has come");
        assertEquals("250 x", reader.read().toString());
        assertEquals("", reader.unread());
    }

    @Property(tries = 500)
    void whatIsWrittenIsRead(
            @ForAll @IntRange(min = 200, max = 599) int code,
            @ForAll("texts") List<String> lines,
            @ForAll @IntRange(min = 1, max = 60) int piece)
            throws IOException {
        StringBuilder wire = new StringBuilder();
        for (int i = 0; i < lines.size(); i++) {
            wire.append(code)
                    .append(i < lines.size() - 1 ? '-' : ' ')
                    .append(lines.get(i))
                    .append("\r\n");
        }
        byte[] twice = (wire + "250 next\r\n").getBytes(StandardCharsets.UTF_8);
        ReplyReader reader = new ReplyReader(inPieces(twice, piece), line -> {});
        Reply reply = reader.read();
        assertEquals(code, reply.code());
        assertEquals(lines, reply.lines());
        assertEquals("250 next", reader.read().toString());
    }

    @Provide
    Arbitrary<List<String>> texts() {
        return Arbitraries.strings()
                .withCharRange(' ', '~')
                .withChars('ä', 'ß', '€', '日')
                .ofMaxLength(100)
                .list()
                .ofMinSize(1)
                .ofMaxSize(20);
    }

    @Property(tries = 1000)
    void bytesThatAreNoReplyAreRefusedInWordsThatCanBeShown(
            @ForAll("wire") byte[] bytes, @ForAll @IntRange(min = 1, max = 300) int piece) {
        List<String> shown = new ArrayList<>();
        ReplyReader reader = new ReplyReader(inPieces(bytes, piece), shown::add);
        try {
            while (true) {
                Reply reply = reader.read();
                assertTrue(reply.code() >= 200 && reply.code() <= 599);
                shown.add(reply.toString());
                shown.add(Refusal.of(reply, false) + " " + Refusal.of(reply, true));
                shown.add(Extensions.of(reply).auth().toString());
            }
        } catch (IOException e) {
            shown.add(e.getMessage());
        }
        for (String text : shown) {
            assertTrue(text.codePoints().noneMatch(c -> c < ' ' || c >= 0x7f && c < 0xa0), text);
            assertTrue(text.length() <= 8 * ReplyReader.LINE * ReplyReader.LINES, "bounded");
        }
    }

    @Provide
    Arbitrary<byte[]> wire() {
        Arbitrary<byte[]> anything = Arbitraries.bytes().array(byte[].class).ofMaxSize(3000);
        Arbitrary<byte[]> alike =
                Arbitraries.of(
                                "220",
                                "250",
                                "530",
                                "-",
                                " ",
                                "\r\n",
                                "\n",
                                "\0",
                                "AUTH",
                                "=",
                                "5.7.0",
                                "\u001b",
                                "\u202e",
                                "x",
                                "AUTH PLAIN",
                                "STARTTLS")
                        .list()
                        .ofMaxSize(300)
                        .map(l -> String.join("", l).getBytes(StandardCharsets.UTF_8));
        return Arbitraries.oneOf(anything, alike);
    }

    @Property
    void enhancedCodesAreFoundIfThereAreAny(
            @ForAll @IntRange(min = 0, max = 999) int subject,
            @ForAll @IntRange(min = 0, max = 999) int detail) {
        String code = "5." + subject + "." + detail;
        EnhancedCode found = EnhancedCode.of(554, code + " text").orElseThrow();
        assertEquals(code, found.toString());
        assertEquals(subject, found.subject());
        assertEquals(detail, found.detail());
        assertTrue(EnhancedCode.of(454, code).isEmpty());
        assertTrue(EnhancedCode.of(554, code + ".1 text").isEmpty());
        assertTrue(EnhancedCode.of(554, "x" + code).isEmpty());
    }
}
