/**
 * What operators are told of everything at once: gathered from the services, in words for the
 * console, in JSON for both the console and the REST API.
 */
package org.postern.report;
