/**
 * Makes the devices so and keeps them so: programming, confirmation, drift, suspension, withdrawal.
 */
package org.postern.device;
