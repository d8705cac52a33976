package org.postern.drivers;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Set;
import java.util.function.Consumer;
import org.onosproject.core.DefaultApplicationId;
import org.onosproject.net.flow.DefaultFlowRule;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.FlowRuleOperation;
import org.onosproject.net.flow.FlowRuleOperations;
import org.onosproject.net.flow.FlowRuleOperationsContext;
import org.onosproject.net.flow.FlowRuleService;

/** Moves flow rules of others between table 0 and FORWARD. */
final class ForwardRules {
    private ForwardRules() {}

    /**
     * Wraps a flow rule service so that operations on table 0 happen in FORWARD; everything else is
     * passed on as it is, also methods that a later ONOS may add.
     *
     * @param seen told of each rule that is moved so, as it was
     */
    static FlowRuleService behindPolicy(FlowRuleService service, Consumer<FlowRule> seen) {
        InvocationHandler handler =
                (proxy, method, arguments) -> {
                    Object[] passed = arguments;
                    if (method.getName().equals("apply")
                            && arguments[0] instanceof FlowRuleOperations) {
                        passed = new Object[] {moved((FlowRuleOperations) arguments[0], seen)};
                    } else if (arguments != null
                            && arguments.length == 1
                            && arguments[0] instanceof FlowRule[]) {
                        FlowRule[] rules = ((FlowRule[]) arguments[0]).clone();
                        for (int i = 0; i < rules.length; i++) {
                            seen.accept(rules[i]);
                            rules[i] = toForward(rules[i]);
                        }
                        passed = new Object[] {rules};
                    }
                    try {
                        return method.invoke(service, passed);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                };
        return (FlowRuleService)
                Proxy.newProxyInstance(
                        FlowRuleService.class.getClassLoader(),
                        new Class<?>[] {FlowRuleService.class},
                        handler);
    }

    private static FlowRuleOperations moved(
            FlowRuleOperations operations, Consumer<FlowRule> seen) {
        FlowRuleOperations.Builder builder = FlowRuleOperations.builder();
        for (Set<FlowRuleOperation> stage : operations.stages()) {
            builder.newStage();
            for (FlowRuleOperation operation : stage) {
                seen.accept(operation.rule());
                FlowRule rule = toForward(operation.rule());
                switch (operation.type()) {
                    case ADD:
                        builder.add(rule);
                        break;
                    case MODIFY:
                        builder.modify(rule);
                        break;
                    case REMOVE:
                        builder.remove(rule);
                        break;
                    default:
                        throw new IllegalArgumentException("unknown operation " + operation);
                }
            }
        }
        return builder.build(
                new FlowRuleOperationsContext() {
                    @Override
                    public void onSuccess(FlowRuleOperations ignored) {
                        if (operations.callback() != null) {
                            operations.callback().onSuccess(operations);
                        }
                    }

                    @Override
                    public void onError(FlowRuleOperations ignored) {
                        if (operations.callback() != null) {
                            operations.callback().onError(operations);
                        }
                    }
                });
    }

    static FlowRule toForward(FlowRule rule) {
        return FrontTable.tableOf(rule) == FrontTable.CLASSIFY
                ? inTable(rule, FrontTable.FORWARD)
                : rule;
    }

    /**
     * A rule that does in another table what it does in its own, for the same application and as
     * long.
     */
    static FlowRule inTable(FlowRule rule, int table) {
        FlowRule.Builder builder =
                DefaultFlowRule.builder()
                        .forDevice(rule.deviceId())
                        .forTable(table)
                        .withPriority(rule.priority())
                        .withSelector(rule.selector())
                        .withTreatment(rule.treatment())
                        .fromApp(new DefaultApplicationId(rule.appId(), "owner"))
                        .withHardTimeout(rule.hardTimeout());
        return (rule.isPermanent()
                        ? builder.makePermanent()
                        : builder.makeTemporary(rule.timeout()))
                .build();
    }
}
