package org.postern.fakecontroller;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.stream.Collectors;
import org.onlab.packet.ChassisId;
import org.onlab.util.ItemNotFoundException;
import org.onosproject.cluster.NodeId;
import org.onosproject.mastership.MastershipEvent;
import org.onosproject.mastership.MastershipInfo;
import org.onosproject.mastership.MastershipListener;
import org.onosproject.mastership.MastershipService;
import org.onosproject.mastership.MastershipServiceAdapter;
import org.onosproject.net.AnnotationKeys;
import org.onosproject.net.ConnectPoint;
import org.onosproject.net.DefaultAnnotations;
import org.onosproject.net.DefaultDevice;
import org.onosproject.net.DefaultLink;
import org.onosproject.net.DefaultPort;
import org.onosproject.net.Device;
import org.onosproject.net.DeviceId;
import org.onosproject.net.Link;
import org.onosproject.net.MastershipRole;
import org.onosproject.net.Port;
import org.onosproject.net.PortNumber;
import org.onosproject.net.SparseAnnotations;
import org.onosproject.net.behaviour.Pipeliner;
import org.onosproject.net.config.basics.BasicDeviceConfig;
import org.onosproject.net.device.DeviceEvent;
import org.onosproject.net.device.DeviceListener;
import org.onosproject.net.device.DeviceService;
import org.onosproject.net.device.DeviceServiceAdapter;
import org.onosproject.net.driver.Behaviour;
import org.onosproject.net.driver.Driver;
import org.onosproject.net.driver.DriverAdapter;
import org.onosproject.net.driver.DriverService;
import org.onosproject.net.driver.DriverServiceAdapter;
import org.onosproject.net.link.LinkService;
import org.onosproject.net.link.LinkServiceAdapter;
import org.onosproject.net.provider.ProviderId;

/**
 * Switches as ONOS sees them: which are connected, with which ports, links and drivers, and who is
 * master. A device has the driver that {@code basic.driver} names, else the one its switch has by
 * itself.
 */
public final class FakeNetwork {
    private static final ProviderId PROVIDER = new ProviderId("of", "org.postern.fake");
    private static final NodeId HERE = NodeId.nodeId("here");
    private static final NodeId ELSEWHERE = NodeId.nodeId("elsewhere");

    private final FakeConfiguration configuration;
    private final Map<DeviceId, Switch> switches = new ConcurrentHashMap<>();
    private final Map<String, String> parents = new ConcurrentHashMap<>();
    private final Map<String, Class<? extends Behaviour>> pipelines = new ConcurrentHashMap<>();
    private final Set<Link> links = ConcurrentHashMap.newKeySet();
    private final Set<DeviceListener> deviceListeners = new CopyOnWriteArraySet<>();
    private final Set<MastershipListener> mastershipListeners = new CopyOnWriteArraySet<>();

    /** What is known of one switch. */
    private static final class Switch {
        private final Device device;
        private final List<Long> ports;
        private volatile String driver;
        private volatile boolean available = true;
        private volatile NodeId master = HERE;
        private final Set<Long> down = ConcurrentHashMap.newKeySet();
        private final Map<Long, String> names = new ConcurrentHashMap<>();

        private Switch(Device device, List<Long> ports, String driver) {
            this.device = device;
            this.ports = new CopyOnWriteArrayList<>(ports);
            this.driver = driver;
        }
    }

    /**
     * Creates a network without switches and drivers.
     *
     * @param configuration where devices' drivers are named
     */
    public FakeNetwork(FakeConfiguration configuration) {
        this.configuration = configuration;
    }

    /**
     * Offers a driver.
     *
     * @param name its name
     * @param parent name of the driver that it extends; empty if it extends none
     */
    public void driver(String name, String parent) {
        parents.put(name, parent);
    }

    /**
     * Offers a driver with a pipeline of its own.
     *
     * @param name its name
     * @param parent name of the driver that it extends; empty if it extends none
     * @param pipeline what makes rules of flow objectives
     */
    public void driver(String name, String parent, Class<? extends Behaviour> pipeline) {
        driver(name, parent);
        pipelines.put(name, pipeline);
    }

    /**
     * Takes a driver away, as when its application is deactivated.
     *
     * @param name its name
     */
    public void removeDriver(String name) {
        parents.remove(name);
    }

    /**
     * Connects a switch for the first time; this node is its master.
     *
     * @param id the device
     * @param hardware what it says of itself, such as {@code Open vSwitch}
     * @param driver the driver it has unless another is named
     * @param ports numbers of its ports
     */
    public void connect(DeviceId id, String hardware, String driver, long... ports) {
        Device device =
                new DefaultDevice(
                        PROVIDER,
                        id,
                        Device.Type.SWITCH,
                        "Nicira, Inc.",
                        hardware,
                        "3.1.0",
                        "0",
                        new ChassisId());
        ImmutableList.Builder<Long> numbers = ImmutableList.builder();
        for (long port : ports) {
            numbers.add(port);
        }
        switches.put(id, new Switch(device, numbers.build(), driver));
        tell(DeviceEvent.Type.DEVICE_ADDED, id);
    }

    /**
     * Forgets a switch, as a controller that restarts has while it has not connected again.
     *
     * @param id the device
     */
    public void remove(DeviceId id) {
        switches.remove(id);
    }

    /**
     * Cuts or restores the connection of a switch.
     *
     * @param id the device
     * @param available true if it is connected
     */
    public void available(DeviceId id, boolean available) {
        switches.get(id).available = available;
        tell(DeviceEvent.Type.DEVICE_AVAILABILITY_CHANGED, id);
    }

    /**
     * Takes a link of a port down or brings it up.
     *
     * @param id the device
     * @param port number of the port
     * @param up true if it is up
     */
    public void port(DeviceId id, long port, boolean up) {
        if (up) {
            switches.get(id).down.remove(port);
        } else {
            switches.get(id).down.add(port);
        }
        tell(DeviceEvent.Type.PORT_UPDATED, id);
    }

    /**
     * Adds a port to a switch.
     *
     * @param id the device
     * @param port number of the port
     */
    public void addPort(DeviceId id, long port) {
        switches.get(id).ports.add(port);
        tell(DeviceEvent.Type.PORT_ADDED, id);
    }

    /**
     * Removes a port from a switch.
     *
     * @param id the device
     * @param port number of the port
     */
    public void removePort(DeviceId id, long port) {
        switches.get(id).ports.remove(port);
        switches.get(id).names.remove(port);
        tell(DeviceEvent.Type.PORT_REMOVED, id);
    }

    /**
     * Names a port, as the switch itself does.
     *
     * @param id the device
     * @param port number of the port
     * @param name its annotation {@code portName}
     */
    public void portName(DeviceId id, long port, String name) {
        switches.get(id).names.put(port, name);
        tell(DeviceEvent.Type.PORT_UPDATED, id);
    }

    /**
     * Has statistics of ports come in.
     *
     * @param id the device
     */
    public void statistics(DeviceId id) {
        tell(DeviceEvent.Type.PORT_STATS_UPDATED, id);
    }

    /**
     * Gives mastership to this node or another.
     *
     * @param id the device
     * @param here true if this node is master
     */
    public void master(DeviceId id, boolean here) {
        switches.get(id).master = here ? HERE : ELSEWHERE;
        MastershipEvent event =
                new MastershipEvent(MastershipEvent.Type.MASTER_CHANGED, id, new MastershipInfo());
        mastershipListeners.forEach(listener -> listener.event(event));
    }

    /**
     * Discovers a link between two devices, in both directions.
     *
     * @param one an end, as {@code of:0000000000000001/3}
     * @param other the other end
     */
    public void link(String one, String other) {
        ConnectPoint left = ConnectPoint.deviceConnectPoint(one);
        ConnectPoint right = ConnectPoint.deviceConnectPoint(other);
        links.add(link(left, right));
        links.add(link(right, left));
    }

    private static Link link(ConnectPoint from, ConnectPoint to) {
        return DefaultLink.builder()
                .providerId(PROVIDER)
                .src(from)
                .dst(to)
                .type(Link.Type.DIRECT)
                .build();
    }

    private void tell(DeviceEvent.Type type, DeviceId id) {
        DeviceEvent event = new DeviceEvent(type, switches.get(id).device);
        deviceListeners.forEach(listener -> listener.event(event));
    }

    /**
     * Returns the devices.
     *
     * @return ONOS's device service
     */
    public DeviceService devices() {
        return new DeviceServiceAdapter() {
            @Override
            public Device getDevice(DeviceId id) {
                return switches.containsKey(id) ? switches.get(id).device : null;
            }

            @Override
            public boolean isAvailable(DeviceId id) {
                return switches.containsKey(id) && switches.get(id).available;
            }

            @Override
            public List<Port> getPorts(DeviceId id) {
                Switch known = switches.get(id);
                return known == null
                        ? List.of()
                        : known.ports.stream()
                                .map(number -> getPort(id, PortNumber.portNumber(number)))
                                .collect(Collectors.toList());
            }

            @Override
            public Port getPort(DeviceId id, PortNumber number) {
                Switch known = switches.get(id);
                return known != null && known.ports.contains(number.toLong())
                        ? new DefaultPort(
                                known.device,
                                number,
                                !known.down.contains(number.toLong()),
                                annotations(known.names.get(number.toLong())))
                        : null;
            }

            private SparseAnnotations annotations(String name) {
                return name == null
                        ? DefaultAnnotations.EMPTY
                        : DefaultAnnotations.builder().set(AnnotationKeys.PORT_NAME, name).build();
            }

            @Override
            public void addListener(DeviceListener listener) {
                deviceListeners.add(listener);
            }

            @Override
            public void removeListener(DeviceListener listener) {
                deviceListeners.remove(listener);
            }
        };
    }

    /**
     * Returns who is master.
     *
     * @return ONOS's mastership service
     */
    public MastershipService mastership() {
        return new MastershipServiceAdapter() {
            @Override
            public MastershipRole getLocalRole(DeviceId id) {
                NodeId master = getMasterFor(id);
                return master == null
                        ? MastershipRole.NONE
                        : master.equals(HERE) ? MastershipRole.MASTER : MastershipRole.STANDBY;
            }

            @Override
            public NodeId getMasterFor(DeviceId id) {
                Switch known = switches.get(id);
                return known == null || !known.available ? null : known.master;
            }

            @Override
            public void addListener(MastershipListener listener) {
                mastershipListeners.add(listener);
            }

            @Override
            public void removeListener(MastershipListener listener) {
                mastershipListeners.remove(listener);
            }
        };
    }

    /**
     * Returns the links.
     *
     * @return ONOS's link service
     */
    public LinkService links() {
        return new LinkServiceAdapter() {
            @Override
            public Set<Link> getDeviceLinks(DeviceId id) {
                return links.stream()
                        .filter(l -> l.src().deviceId().equals(id) || l.dst().deviceId().equals(id))
                        .collect(ImmutableSet.toImmutableSet());
            }
        };
    }

    /**
     * Returns the drivers.
     *
     * @return ONOS's driver service
     */
    public DriverService drivers() {
        return new DriverServiceAdapter() {
            @Override
            public Driver getDriver(String name) {
                if (!parents.containsKey(name)) {
                    throw new ItemNotFoundException("Driver not found: " + name);
                }
                return new NamedDriver(name);
            }

            @Override
            public Driver getDriver(DeviceId id) {
                BasicDeviceConfig config = configuration.getConfig(id, BasicDeviceConfig.class);
                if (config != null
                        && config.driver() != null
                        && parents.containsKey(config.driver())) {
                    return new NamedDriver(config.driver());
                }
                if (!switches.containsKey(id)) {
                    throw new ItemNotFoundException("Device not found: " + id);
                }
                return getDriver(switches.get(id).driver);
            }
        };
    }

    private final class NamedDriver extends DriverAdapter {
        private final String name;

        private NamedDriver(String name) {
            this.name = name;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public Class<? extends Behaviour> implementation(Class<? extends Behaviour> behaviour) {
            return behaviour == Pipeliner.class ? pipelines.get(name) : null;
        }

        @Override
        public List<Driver> parents() {
            String parent = parents.get(name);
            return parent == null || parent.isEmpty() ? null : List.of(new NamedDriver(parent));
        }
    }
}
