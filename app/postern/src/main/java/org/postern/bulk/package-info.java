/**
 * Many things changed as one change: written down as a whole first, then done, if need be by
 * another node of the cluster.
 */
package org.postern.bulk;
