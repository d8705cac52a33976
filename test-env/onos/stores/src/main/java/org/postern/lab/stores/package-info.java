/** Stand-ins for the parts of ONOS 2.7.0's stores that no public artifact has. */
package org.postern.lab.stores;
