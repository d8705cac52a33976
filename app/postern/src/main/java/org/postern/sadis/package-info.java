/**
 * SADIS, the subscriber directory of SEBA and VOLTHA deployments, as a source of the directory of
 * subscribers. Nothing outside this package mentions it, so Postern runs without it.
 */
package org.postern.sadis;
