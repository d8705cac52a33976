package org.postern.fakecontroller;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.onosproject.core.ApplicationId;
import org.onosproject.core.CoreServiceAdapter;
import org.onosproject.core.DefaultApplicationId;

/** Application identifiers. */
public final class FakeCore extends CoreServiceAdapter {
    private final Map<String, ApplicationId> byName = new ConcurrentHashMap<>();

    @Override
    public ApplicationId registerApplication(String name) {
        return byName.computeIfAbsent(
                name, n -> new DefaultApplicationId((short) (byName.size() + 1), n));
    }

    @Override
    public ApplicationId registerApplication(String name, Runnable preDeactivate) {
        return registerApplication(name);
    }

    @Override
    public ApplicationId getAppId(String name) {
        return byName.get(name);
    }

    @Override
    public ApplicationId getAppId(Short id) {
        return byName.values().stream().filter(a -> a.id() == id).findFirst().orElse(null);
    }
}
