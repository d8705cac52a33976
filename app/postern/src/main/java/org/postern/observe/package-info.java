/** What the switches count: blocked attempts to send mail directly, by subscriber. */
package org.postern.observe;
