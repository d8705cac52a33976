/**
 * The front table: Postern's tables stand in front of everybody else's rules. This application
 * stays when Postern itself is deactivated or upgraded, and keeps the floor: the rules that deny,
 * and those that lead packets to where they are examined.
 */
package org.postern.drivers;
