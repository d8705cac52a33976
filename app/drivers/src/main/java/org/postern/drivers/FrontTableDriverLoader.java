package org.postern.drivers;

import org.onosproject.net.driver.AbstractDriverLoader;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;

/** Offers the driver to ONOS, once the floors of all devices are known. */
@Component(immediate = true)
public class FrontTableDriverLoader extends AbstractDriverLoader {

    /**
     * A switch that connects must find its floor: the driver comes after the service that knows it.
     */
    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected FrontTableService frontTableService;

    /** Creates the loader; ONOS's component runtime does so. */
    public FrontTableDriverLoader() {
        super("/postern-drivers.xml");
    }
}
