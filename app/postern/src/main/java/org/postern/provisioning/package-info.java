/**
 * Many subscribers at once: files of them, what differs from the directory, and how far that may
 * go.
 */
package org.postern.provisioning;
