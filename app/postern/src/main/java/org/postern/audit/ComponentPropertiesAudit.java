package org.postern.audit;

import static org.onlab.util.Tools.groupedThreads;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import org.onosproject.cfg.ComponentConfigService;
import org.onosproject.cfg.ConfigProperty;
import org.onosproject.cluster.ClusterService;
import org.onosproject.core.CoreService;
import org.onosproject.store.service.StorageService;
import org.osgi.service.cm.ConfigurationEvent;
import org.osgi.service.cm.ConfigurationListener;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.postern.drivers.FrontTable;

/**
 * Takes down changes of the properties of Postern's components ({@code cfg set}), those of the
 * driver application and of the REST interface among them. ONOS sets them on every node by way of
 * OSGi's configuration, which is what tells of them; it does not tell who ordered it.
 */
@Component(immediate = true, service = ConfigurationListener.class)
public class ComponentPropertiesAudit implements ConfigurationListener {
    private static final String OURS = FrontTable.POLICY_APPLICATION + ".";

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected CoreService coreService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected StorageService storageService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected ClusterService clusterService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected ComponentConfigService componentConfigService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected AuditLog auditLog;

    private final ExecutorService storing;
    private ConfigurationAudit audit;

    /** Creates the audit that ONOS runs. */
    public ComponentPropertiesAudit() {
        this(Executors.newSingleThreadExecutor(groupedThreads("postern", "properties")));
    }

    /**
     * Creates the audit.
     *
     * @param storing where the store is written to; shut down with this component
     */
    protected ComponentPropertiesAudit(ExecutorService storing) {
        this.storing = storing;
    }

    @Activate
    protected void activate() {
        audit =
                new ConfigurationAudit(
                        storageService,
                        coreService.registerApplication(FrontTable.POLICY_APPLICATION),
                        clusterService,
                        auditLog,
                        ConfigurationAudit.COMPONENTS,
                        "the defaults hold",
                        storing);
    }

    @Deactivate
    protected void deactivate() {
        storing.shutdown();
    }

    @Override
    public void configurationEvent(ConfigurationEvent event) {
        String component = event.getPid();
        if (!component.startsWith(OURS) || event.getType() != ConfigurationEvent.CM_UPDATED) {
            return;
        }
        // none is registered while its bundle stops; it keeps its properties
        Set<ConfigProperty> properties = componentConfigService.getProperties(component);
        if (properties != null) {
            audit.told(
                    component,
                    json(properties, ConfigProperty::value),
                    json(properties, ConfigProperty::defaultValue));
        }
    }

    private static String json(
            Set<ConfigProperty> properties, Function<ConfigProperty, String> which) {
        TreeMap<String, String> values = new TreeMap<>();
        properties.forEach(property -> values.put(property.name(), which.apply(property)));
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        values.forEach(json::put);
        return json.toString();
    }
}
