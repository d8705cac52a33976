/** What a change may depend on: the state of things that whoever orders it saw and decided upon. */
package org.postern.precondition;
