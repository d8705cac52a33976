package org.postern.sadis;

import java.util.Map;
import org.onosproject.net.ConnectPoint;

/** Tells how it stands with SADIS as a source of subscribers. There only while there is SADIS. */
public interface SadisStatusService {

    /**
     * Returns how many subscribers of the directory come from SADIS.
     *
     * @return a number, as this node knew it at its last round
     */
    int subscribers();

    /**
     * Lists access ports whose answers could not be had, or not be used, on this node.
     *
     * @return what is wrong and what to do, by port
     */
    Map<ConnectPoint, String> problems();
}
