package org.postern.device;

import org.onosproject.net.driver.AbstractHandlerBehaviour;

/** Has the name of the pipeline of fabric, which is not in ONOS's default drivers. */
class FabricPipeliner extends AbstractHandlerBehaviour {}
