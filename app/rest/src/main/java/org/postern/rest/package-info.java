/**
 * Everything that operators ask and order, over HTTP: thin, over the services that the console
 * uses.
 */
package org.postern.rest;
