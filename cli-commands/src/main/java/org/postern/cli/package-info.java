/**
 * Commands of the Karaf console. Each command reads what the operator typed, calls a service and
 * shows the answer: as JSON if asked for, else as text of at most 80 columns. What is shown is made
 * by pure functions, apart from the commands.
 */
package org.postern.cli;
