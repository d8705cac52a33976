/**
 * A multi-table OpenFlow 1.3 switch for tests: it takes ONOS flow rules, parses frames as Open
 * vSwitch does and answers "does this packet get out, and by which rules?". It is checked against a
 * running Open vSwitch with {@code ofproto/trace}; it is never shipped.
 */
package org.postern.fakeswitch;
