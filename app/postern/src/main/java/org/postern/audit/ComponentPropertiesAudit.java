package org.postern.audit;

import static org.onlab.util.Tools.groupedThreads;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Collections;
import java.util.Dictionary;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.onosproject.cfg.ComponentConfigService;
import org.onosproject.cfg.ConfigProperty;
import org.onosproject.cluster.ClusterService;
import org.onosproject.core.CoreService;
import org.onosproject.store.service.StorageService;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.cm.ConfigurationEvent;
import org.osgi.service.cm.ConfigurationListener;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.postern.drivers.FrontTable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes down changes of the properties of Postern's components ({@code cfg set}), those of the
 * driver application and of the REST interface among them. ONOS sets them on every node by way of
 * OSGi's configuration, as others may; that is what tells of them, but not who ordered it. What is
 * as ONOS has it is a change of the cluster, anything else one of this node, by a file or {@code
 * config:property-set}.
 */
@Component(immediate = true, service = ConfigurationListener.class)
public class ComponentPropertiesAudit implements ConfigurationListener {
    private static final String OURS = FrontTable.POLICY_APPLICATION + ".";

    /** When all components have registered their properties. Seconds after the start. */
    private static final int BEGUN = 60;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected CoreService coreService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected StorageService storageService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected ClusterService clusterService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected ComponentConfigService componentConfigService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected ConfigurationAdmin configurationAdmin;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected AuditLog auditLog;

    private final Logger log = LoggerFactory.getLogger(getClass());

    private final ExecutorService storing;
    private ConfigurationAudit audit;

    /** Of what is set on this node alone, until it is as ONOS has set it again. */
    private ConfigurationAudit pastOnos;

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
        audit = audit("the defaults hold");
        pastOnos = audit("what ONOS has set holds");
        CompletableFuture.delayedExecutor(BEGUN, TimeUnit.SECONDS, storing).execute(this::compare);
    }

    private ConfigurationAudit audit(String whenDeleted) {
        return new ConfigurationAudit(
                storageService,
                coreService.registerApplication(FrontTable.POLICY_APPLICATION),
                clusterService,
                auditLog,
                ConfigurationAudit.COMPONENTS,
                whenDeleted,
                storing);
    }

    @Deactivate
    protected void deactivate() {
        storing.shutdown();
    }

    @Override
    public void configurationEvent(ConfigurationEvent event) {
        String component = event.getPid();
        if (!component.startsWith(OURS)
                || event.getType() == ConfigurationEvent.CM_LOCATION_CHANGED) {
            return;
        }
        tell(component, event.getType() == ConfigurationEvent.CM_DELETED);
    }

    /**
     * Has taken down what the properties of all components are now, if they are not as they were
     * last: they may have been changed while nobody listened.
     */
    void compare() {
        componentConfigService.getComponentNames().stream()
                .filter(component -> component.startsWith(OURS))
                .forEach(component -> tell(component, false));
    }

    private void tell(String component, boolean deleted) {
        // none is registered while its bundle stops or is not there yet
        Set<ConfigProperty> registered =
                Optional.ofNullable(componentConfigService.getProperties(component))
                        .orElse(Set.of());
        Map<String, String> defaults = new TreeMap<>();
        registered.forEach(property -> defaults.put(property.name(), property.defaultValue()));
        Map<String, String> values = new TreeMap<>(defaults);
        if (deleted && registered.isEmpty()) {
            return;
        }
        if (!deleted) {
            try {
                values.putAll(configured(component));
            } catch (IOException e) {
                log.error("A change of the properties of {} is not audited", component, e);
                return;
            }
        }
        Map<String, String> ofOnos = new TreeMap<>();
        registered.forEach(property -> ofOnos.put(property.name(), property.value()));
        String here =
                component
                        + ConfigurationHistory.ON_NODE
                        + clusterService.getLocalNode().id().toString();
        boolean asOnos = values.equals(ofOnos);
        if (!registered.isEmpty() && !asOnos) {
            // past ONOS, so on this node alone, whatever another one has or had
            pastOnos.told(here, json(values), json(ofOnos));
            return;
        }
        if (asOnos && pastOnos.isKnown(here)) {
            pastOnos.told(here, Optional.empty());
        }
        audit.told(component, json(values), json(defaults));
    }

    /**
     * Reads what the component gets: ONOS's own map does not have what somebody sets past it, by
     * {@code config:property-set} or a file.
     *
     * @return values by name; what is not in it has its default
     * @throws IOException if OSGi's configuration cannot be read
     */
    Map<String, String> configured(String component) throws IOException {
        Map<String, String> values = new TreeMap<>();
        Dictionary<String, Object> properties =
                configurationAdmin.getConfiguration(component, null).getProperties();
        if (properties != null) {
            for (String name : Collections.list(properties.keys())) {
                if (!name.contains(".")) {
                    values.put(name, String.valueOf(properties.get(name)));
                }
            }
        }
        return values;
    }

    private static String json(Map<String, String> values) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        values.forEach(json::put);
        return json.toString();
    }
}
