/** What a help desk does with a client that was generated from Postern's OpenAPI document. */
package org.postern.lab.client;
