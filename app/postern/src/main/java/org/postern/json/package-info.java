/** How Postern writes what it knows as JSON: for the console and for the REST API alike. */
package org.postern.json;
