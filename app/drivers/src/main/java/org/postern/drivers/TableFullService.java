package org.postern.drivers;

import org.onosproject.net.DeviceId;

/** Knows which switches have refused a rule because its table is full. */
public interface TableFullService {

    /**
     * Tells whether a switch said of late that a table is full.
     *
     * @param device a device
     * @param table number of a table
     * @return true if it refused a rule of the table for that reason within the last minute; what
     *     else was refused is not for want of room
     */
    boolean isFull(DeviceId device, int table);
}
