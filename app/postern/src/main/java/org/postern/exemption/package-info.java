/**
 * Exemptions: who may send direct mail, or has another class, for a time. They begin and end on
 * every node of the cluster by itself, whoever set them.
 */
package org.postern.exemption;
