package org.postern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.tngtech.archunit.core.domain.JavaAnnotation;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * ONOS reads the properties of a component from a file beside its class, and does not start one
 * that has properties but no file.
 */
class ComponentPropertiesTest {
    /** Names and defaults, as a component declares them to OSGi. */
    private static Map<String, String> declared(JavaClass component) {
        for (JavaAnnotation<JavaClass> annotation : component.getAnnotations()) {
            if (annotation.getRawType().getSimpleName().equals("Component")) {
                return Arrays.stream((String[]) annotation.get("property").orElse(new String[0]))
                        .filter(p -> p.contains(":") && p.contains("="))
                        .collect(
                                Collectors.toMap(
                                        p -> p.substring(0, p.indexOf(':')),
                                        p -> p.substring(p.indexOf('=') + 1),
                                        (a, b) -> b,
                                        TreeMap::new));
            }
        }
        return Map.of();
    }

    private static Map<String, String> defined(JavaClass component) throws IOException {
        String file = "/" + component.getName().replace('.', '/') + ".cfgdef";
        try (InputStream in = ComponentPropertiesTest.class.getResourceAsStream(file)) {
            if (in == null) {
                return Map.of();
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.split("\\|"))
                    .collect(
                            Collectors.toMap(
                                    line -> line[0], line -> line[2], (a, b) -> b, TreeMap::new));
        }
    }

    @Test
    void everyPropertyIsDefinedForOnosWithTheSameDefault() throws IOException {
        int components = 0;
        for (JavaClass each :
                new ClassFileImporter()
                        .withImportOption(new ImportOption.DoNotIncludeTests())
                        .importPackages("org.postern")) {
            Map<String, String> declared = declared(each);
            if (!declared.isEmpty()) {
                assertEquals(declared, defined(each), each.getName());
                components++;
            }
        }
        assertFalse(components < 3, "components with properties: " + components);
    }
}
