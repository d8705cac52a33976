package org.postern.replica;

import org.onosproject.cluster.ClusterService;
import org.onosproject.cluster.ControllerNode;
import org.onosproject.cluster.NodeId;

/** What the other nodes of the cluster are to this one. */
public final class Peers {
    private Peers() {}

    /**
     * Tells whether a node does nothing any more.
     *
     * @param cluster the nodes that this one knows
     * @param node name of another node
     * @return true if it is down, or the cluster has forgotten it: ONOS tells no state (null) of
     *     one that this node never saw (AtomixClusterStore.getState)
     */
    public static boolean isGone(ClusterService cluster, String node) {
        ControllerNode.State state = cluster.getState(NodeId.nodeId(node));
        return state == null || state == ControllerNode.State.INACTIVE;
    }
}
