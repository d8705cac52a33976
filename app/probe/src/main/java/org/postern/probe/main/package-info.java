/** The probe as a command of its own, for machines without ONOS. Not in the OSGi bundle. */
package org.postern.probe.main;
