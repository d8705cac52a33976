package org.postern.subscriber;

import java.util.Base64;
import org.onlab.util.KryoNamespace;
import org.onosproject.core.CoreService;
import org.onosproject.store.serializers.KryoNamespaces;
import org.onosproject.store.service.ConsistentMap;
import org.onosproject.store.service.Serializer;
import org.postern.drivers.FrontTable;
import org.postern.fakecontroller.FakeStorage;

/** The directory as versions of Postern before schema 2 kept it. */
final class FormerDirectory {
    static final Serializer SERIALIZER =
            Serializer.using(
                    KryoNamespace.newBuilder()
                            .register(KryoNamespaces.BASIC)
                            .nextId(KryoNamespaces.BEGIN_USER_CUSTOM_ID)
                            .register(FormerRecord.class)
                            .build("postern-subscribers"));

    private FormerDirectory() {}

    static ConsistentMap<String, FormerRecord> of(FakeStorage storage, CoreService core) {
        return storage.<String, FormerRecord>consistentMapBuilder()
                .withName("postern-subscribers")
                .withApplicationId(core.registerApplication(FrontTable.POLICY_APPLICATION))
                .withSerializer(SERIALIZER)
                .build();
    }

    /** What the last version of schema 1 wrote for a subscriber with one line and one prefix. */
    static byte[] bytes() {
        return Base64.getDecoder()
                .decode(
                        "9gMBHQEBAwFvZjowMDAwMDAwMDAwMDAwMDAxL7EaAQABYWxpY+UdAQAdAQEDATEwLjY0LjcuMC8y"
                                + "uQFyZXNpZGVudGlh7A==");
    }
}
