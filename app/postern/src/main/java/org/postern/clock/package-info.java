/** Time that cannot be turned back. */
package org.postern.clock;
