/**
 * What should be: subscribers, service classes, submission servers, pools and access devices as
 * immutable values, and the policy lines that follow from them. Nothing here uses an ONOS service;
 * it can be read, run and asked without a controller.
 */
package org.postern.policy;
