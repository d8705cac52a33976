/**
 * OpenFlow device, packet, flow and meter providers for the lab's ONOS.
 *
 * <p>No public artifact has ONOS 2.7.0's own, so these stand for them, upon ONOS's OpenFlow
 * controller. They behave as ONOS's do where an application can tell, weaknesses included: a race
 * or a rule that does not read back must show in the lab and not at an operator. The ONOS class a
 * behaviour was taken from is named where it matters.
 */
package org.postern.lab.openflow;
