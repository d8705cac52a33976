/**
 * The ISP's infrastructure in ONOS's network configuration: validated field by field, the last good
 * one stays in force.
 */
package org.postern.infrastructure;
