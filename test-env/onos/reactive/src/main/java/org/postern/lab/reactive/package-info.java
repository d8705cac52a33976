/**
 * A learning switch that programs by objectives only: the lab's stand-in for ONOS's reactive
 * forwarding.
 */
package org.postern.lab.reactive;
