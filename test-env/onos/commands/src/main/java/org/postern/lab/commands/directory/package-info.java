/**
 * The ways in which ONOS's storage service can hold a directory of subscribers, and what each of
 * them costs.
 */
package org.postern.lab.commands.directory;
