package org.postern.drivers;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * What is remembered of a device across restarts of the controller. Its fields are what the store
 * serializes.
 */
final class FrontTableRecord {
    private final String formerDriver;
    private final boolean front;
    private final boolean enforced;
    private final List<String> parts;

    /** A device that never had our driver and is not enforced. */
    static final FrontTableRecord NONE = new FrontTableRecord("", false, false, List.of());

    private FrontTableRecord(
            String formerDriver, boolean front, boolean enforced, Collection<String> parts) {
        this.formerDriver = formerDriver;
        this.front = front;
        this.enforced = enforced;
        this.parts = new ArrayList<>(parts);
    }

    /** A device that was withdrawn to a driver. */
    static FrontTableRecord withdrawn(String driver) {
        return new FrontTableRecord(driver, false, false, List.of());
    }

    FrontTableRecord withFormerDriver(String driver) {
        return new FrontTableRecord(driver, front, enforced, parts);
    }

    FrontTableRecord fronted() {
        return new FrontTableRecord(formerDriver, true, enforced, parts);
    }

    FrontTableRecord notFront() {
        return new FrontTableRecord(formerDriver, false, enforced, parts);
    }

    FrontTableRecord withFloor(Collection<String> keys) {
        return new FrontTableRecord(formerDriver, front, true, keys);
    }

    /** Name of the driver before ours; empty if the device never had another. */
    String formerDriver() {
        return formerDriver;
    }

    /** Whether the device had our driver, and was not withdrawn since. */
    boolean isFront() {
        return front;
    }

    boolean isEnforced() {
        return enforced;
    }

    /** Keys of the parts of its floor, in order. */
    List<String> parts() {
        return parts;
    }
}
