package org.postern.rest;

import org.onosproject.cfg.ComponentConfigService;
import org.osgi.service.component.ComponentContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.postern.component.Settings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How much a user may ask for; a component so that ONOS's configuration of components reaches it.
 */
@Component(
        immediate = true,
        service = RequestLimits.class,
        property = {
            RequestLimits.RATE + ":Integer=" + RequestLimits.RATE_DEFAULT,
            RequestLimits.BURST + ":Integer=" + RequestLimits.BURST_DEFAULT
        })
public class RequestLimits {
    static final String RATE = "requestsPerSecond";
    static final String BURST = "requestBurst";

    /** A provisioning system that registers 100,000 subscribers singly is done in 17 minutes. */
    static final int RATE_DEFAULT = 100;

    static final int BURST_DEFAULT = 500;

    /** Of an ordinary body, in bytes. */
    static final long LARGEST_BODY = 1L << 20;

    /** Of an import, in bytes: a hundred thousand subscribers take some 20 MiB. */
    static final long LARGEST_IMPORT = 64L << 20;

    private static final int LARGEST = 100_000;

    private final Logger log = LoggerFactory.getLogger(getClass());

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected ComponentConfigService componentConfigService;

    private volatile int rate = RATE_DEFAULT;
    private volatile int burst = BURST_DEFAULT;

    @Activate
    protected void activate(ComponentContext context) {
        componentConfigService.registerProperties(getClass());
        modified(context);
    }

    @Deactivate
    protected void deactivate() {
        componentConfigService.unregisterProperties(getClass(), false);
    }

    @Modified
    protected void modified(ComponentContext context) {
        Settings set = Settings.of(context, log);
        rate = set.number(RATE, rate, RATE_DEFAULT, 1, LARGEST);
        burst = set.number(BURST, burst, BURST_DEFAULT, 1, LARGEST);
    }

    /**
     * Returns how many requests a user may make for long.
     *
     * @return requests per second, 1 to 100,000
     */
    public int rate() {
        return rate;
    }

    /**
     * Returns how many requests a user may make at once, having made none for a while.
     *
     * @return requests, 1 to 100,000
     */
    public int burst() {
        return burst;
    }
}
