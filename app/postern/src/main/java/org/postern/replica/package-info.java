/** What a node knows of a map of the cluster, and in which format that is written. */
package org.postern.replica;
