/**
 * The parts of an ONOS controller that Postern's components talk to, for tests: they behave as
 * ONOS's own do where that matters (rules are confirmed later, batches fail, rules get lost,
 * configurations are validated and refused, stored values survive a restart as bytes only). Never
 * shipped.
 */
package org.postern.fakecontroller;
