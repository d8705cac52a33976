package org.postern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class TableTest {

    @Test
    void numbersAreAlignedToTheRightAndCellsMayHaveSeveralLines() {
        assertEquals(
                "NAME  COUNT\na         7\nb\n  what of it\nc        12",
                new Table("NAME", ">COUNT")
                        .row("a\nb", 7)
                        .remark("what of it")
                        .row("c", 12)
                        .writeTo(new Lines())
                        .toString());
    }

    @Test
    void widestColumnIsFoldedToTheWidthOfTheTerminalAndNothingIsLost() {
        String wide = "x".repeat(150);
        String text = new Table("A", "B").row(wide, "short").writeTo(new Lines()).toString();
        text.lines().forEach(line -> assertTrue(line.length() <= Lines.WIDTH, line));
        assertEquals(150, text.chars().filter(c -> c == 'x').count());
        assertTrue(text.contains("short"));
    }

    @Test
    void linesAreFoldedBetweenWordsAndLongWordsAreBroken() {
        String text = new Lines().add("  ", "word ".repeat(40) + "y".repeat(200)).toString();
        text.lines()
                .forEach(
                        line -> {
                            assertTrue(line.length() <= Lines.WIDTH, line);
                            assertTrue(line.startsWith("  "), line);
                        });
        assertEquals(200, text.chars().filter(c -> c == 'y').count());
        assertEquals(40, text.split("word", -1).length - 1);
    }

    @Test
    void whatATerminalWouldObeyIsNotShown() {
        String text =
                new Table("A")
                        .row("\u001b[2Jcell")
                        .remark("bell\u0007")
                        .writeTo(new Lines().add("line\u001b[31m"))
                        .toString();
        assertFalse(text.contains("\u001b"));
        assertFalse(text.contains("\u0007"));
        assertTrue(text.contains("[2Jcell"));
    }
}
