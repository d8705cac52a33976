/**
 * Watches the ISP's own submission servers and relays: do they demand authentication? What was
 * found is kept in the cluster; what is wrong is an alarm.
 */
package org.postern.submission;
