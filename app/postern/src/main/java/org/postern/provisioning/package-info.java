/**
 * Many subscribers, or exemptions, at once: files of them, what differs from what there is, and how
 * far that may go.
 */
package org.postern.provisioning;
