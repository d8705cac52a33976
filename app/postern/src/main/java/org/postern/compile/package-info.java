/**
 * From policy lines to flow rules: pure functions of the policy and a device. Nothing here uses an
 * ONOS service.
 */
package org.postern.compile;
