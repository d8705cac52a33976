package org.postern.lab.openflow;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * An interface of which a test answers only the methods that matter; the others answer null, 0 or
 * false.
 */
final class Stub<T> {
    private final Class<T> type;
    private final Map<String, Function<Object[], Object>> answers = new HashMap<>();

    private Stub(Class<T> type) {
        this.type = type;
    }

    static <T> Stub<T> of(Class<T> type) {
        return new Stub<>(type);
    }

    /** Answers every method of this name. */
    Stub<T> on(String method, Function<Object[], Object> answer) {
        answers.put(method, answer);
        return this;
    }

    T build() {
        return type.cast(
                Proxy.newProxyInstance(
                        type.getClassLoader(),
                        new Class<?>[] {type},
                        (self, method, args) -> answer(self, method, args)));
    }

    private Object answer(Object self, Method method, Object[] args) {
        if (method.getDeclaringClass() == Object.class) {
            switch (method.getName()) {
                case "equals":
                    return self == args[0];
                case "hashCode":
                    return System.identityHashCode(self);
                default:
                    return type.getSimpleName();
            }
        }
        Function<Object[], Object> answer = answers.get(method.getName());
        if (answer != null) {
            return answer.apply(args);
        }
        if (method.getReturnType() == boolean.class) {
            return false;
        }
        return method.getReturnType().isPrimitive() && method.getReturnType() != void.class
                ? 0
                : null;
    }
}
