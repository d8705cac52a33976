/**
 * Console commands that let a test look at what the lab's ONOS does with flow rules, and a
 * benchmark at what its storage costs.
 */
package org.postern.lab.commands;
