/** Who changed what: no change of what is enforced goes without a trace. */
package org.postern.audit;
