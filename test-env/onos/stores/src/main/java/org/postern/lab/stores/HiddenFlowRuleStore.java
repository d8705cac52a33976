package org.postern.lab.stores;

import java.util.Collection;
import java.util.Map;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.hooks.service.EventListenerHook;
import org.osgi.framework.hooks.service.FindHook;
import org.osgi.framework.hooks.service.ListenerHook;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * Shows ONOS's own flow rule store to this bundle and the framework only, so that everybody else
 * finds {@link PurgingFlowRuleStore} in its place.
 *
 * <p>A higher service ranking would not do: ONOS's manager binds the first store it sees.
 */
@Component(
        immediate = true,
        service = {FindHook.class, EventListenerHook.class})
public class HiddenFlowRuleStore implements FindHook, EventListenerHook {
    /** OSGi's property for a component's name; SCR sets it on what it registers. */
    private static final String COMPONENT_NAME = "component.name";

    private static final String STORE = "org.onosproject.store.flow.impl.ECFlowRuleStore";

    /** Finds the hidden store. */
    static final String FILTER = "(component.name=" + STORE + ")";

    private volatile BundleContext own;

    @Activate
    protected void activate(BundleContext context) {
        own = context;
    }

    @Override
    public void find(
            BundleContext context,
            String name,
            String filter,
            boolean allServices,
            Collection<ServiceReference<?>> references) {
        if (!mayBeSeenBy(context)) {
            references.removeIf(HiddenFlowRuleStore::isHidden);
        }
    }

    @Override
    public void event(
            ServiceEvent event,
            Map<BundleContext, Collection<ListenerHook.ListenerInfo>> listeners) {
        if (isHidden(event.getServiceReference())) {
            listeners.keySet().removeIf(context -> !mayBeSeenBy(context));
        }
    }

    private boolean mayBeSeenBy(BundleContext context) {
        return context.equals(own) || context.getBundle().getBundleId() == 0;
    }

    private static boolean isHidden(ServiceReference<?> reference) {
        return STORE.equals(reference.getProperty(COMPONENT_NAME));
    }
}
