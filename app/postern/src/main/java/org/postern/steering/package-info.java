/** Where mail relays and the remediation portal are at layer 2, and whether they can be reached. */
package org.postern.steering;
