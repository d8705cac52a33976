package org.postern.fakeswitch;

/**
 * Thrown when a rule is one that Open vSwitch would refuse, that ONOS would encode into something
 * else than was meant, or that this switch cannot evaluate. Nothing of the batch is installed then.
 */
public final class RefusedRuleException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     *
     * @param message what is wrong with which rule
     */
    public RefusedRuleException(String message) {
        super(message);
    }
}
