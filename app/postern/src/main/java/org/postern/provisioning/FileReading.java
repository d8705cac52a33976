package org.postern.provisioning;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/** What a file says: either what it is a list of, or what is wrong with it. */
public abstract class FileReading {
    /** How many faults are told of one by one; the others are counted. */
    public static final int MOST_FAULTS = 100;

    private final List<Fault> faults = new ArrayList<>();
    private final String one;
    private final int most;
    private final String cure;
    private int faultCount;
    private int begun;

    /**
     * Begins to read.
     *
     * @param one what a record is called
     * @param most how many records there may be
     * @param cure what to do if there are more
     */
    FileReading(String one, int most, String cure) {
        this.one = one;
        this.most = most;
        this.cure = cure;
    }

    /** Reads a file. */
    void read(InputStream in, FileFormat format, RecordForm form) throws IOException {
        Utf8Reader text = new Utf8Reader(in);
        if (format == FileFormat.CSV) {
            CsvRecords.read(text, form, this);
        } else {
            JsonRecords.read(text, form, this);
        }
    }

    /**
     * Takes note that a record comes, good or not: what is read is held in memory.
     *
     * @throws UnreadableFileException if it is one too many
     */
    void begin() throws UnreadableFileException {
        if (++begun > most) {
            throw new UnreadableFileException(
                    "this is " + one + " " + begun + ", and a file may have " + most + cure);
        }
    }

    void add(Fault fault) {
        forget();
        if (faultCount++ < MOST_FAULTS) {
            faults.add(fault);
        }
    }

    /** Why the rest is not read: it is told of, whatever else is wrong. */
    void end(Fault fault) {
        if (faults.size() == MOST_FAULTS) {
            faults.remove(MOST_FAULTS - 1);
        }
        faults.add(fault);
        faultCount++;
        forget();
    }

    /** Nobody gets the records any more. */
    abstract void forget();

    /**
     * Returns what is wrong.
     *
     * @return in the order of the file, {@value #MOST_FAULTS} at most; the last says why the rest
     *     was not read, if it was not
     */
    public List<Fault> faults() {
        return ImmutableList.copyOf(faults);
    }

    /**
     * Returns how much is wrong.
     *
     * @return number of faults; 0 if the file is good
     */
    public int faultCount() {
        return faultCount;
    }
}
