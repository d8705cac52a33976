/** Console commands that let a test look at what the lab's ONOS does with flow rules. */
package org.postern.lab.commands;
