package org.postern.fakecontroller;

import java.lang.reflect.Proxy;
import java.util.Hashtable;
import org.osgi.service.component.ComponentContext;

/** What ONOS gives a component: its properties. */
public final class FakeContext {
    private FakeContext() {}

    /**
     * Makes a context.
     *
     * @param properties names and values in turns
     * @return a context that knows nothing else
     */
    public static ComponentContext of(Object... properties) {
        Hashtable<String, Object> table = new Hashtable<>();
        for (int i = 0; i < properties.length; i += 2) {
            table.put((String) properties[i], properties[i + 1]);
        }
        return (ComponentContext)
                Proxy.newProxyInstance(
                        FakeContext.class.getClassLoader(),
                        new Class<?>[] {ComponentContext.class},
                        (proxy, method, arguments) -> table);
    }
}
