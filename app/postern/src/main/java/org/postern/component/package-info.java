/** What operators set of ONOS's components ({@code cfg set}). */
package org.postern.component;
