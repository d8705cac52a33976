/**
 * Tells senders of direct mail at once that it is refused, with a TCP reset, as often as the meters
 * in the switch let through.
 */
package org.postern.reject;
