/**
 * The directory of subscribers: kept in ONOS's distributed store, changed only when the result is
 * consistent.
 */
package org.postern.subscriber;
