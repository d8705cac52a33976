package org.postern.sadis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.onosproject.net.ConnectPoint;

/** In an ONOS without SADIS its classes cannot be loaded: nothing of Postern may need them. */
class WithoutSadisTest {
    /** Loads Postern's own classes anew, where there is no SADIS. */
    private static final class OnosWithoutSadis extends URLClassLoader {
        private OnosWithoutSadis(Path classes) throws IOException {
            super(new URL[] {classes.toUri().toURL()}, ConnectPoint.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (name.startsWith("org.opencord.")) {
                throw new ClassNotFoundException(name);
            }
            // the other bundles of Postern stay as they are
            if (!name.startsWith("org.postern.")
                    || name.startsWith("org.postern.drivers.")
                    || name.startsWith("org.postern.probe.")) {
                return super.loadClass(name, resolve);
            }
            Class<?> loaded = findLoadedClass(name);
            return loaded == null ? findClass(name) : loaded;
        }
    }

    private static void use(ClassLoader onos, String name) throws ClassNotFoundException {
        Class<?> type = Class.forName(name, true, onos);
        // as the component runtime does
        type.getDeclaredFields();
        type.getDeclaredMethods();
        type.getDeclaredConstructors();
    }

    @Test
    void everythingButTheSourceItselfIsThere()
            throws IOException, URISyntaxException, ReflectiveOperationException {
        Path classes =
                Paths.get(
                        SadisStatusService.class
                                .getProtectionDomain()
                                .getCodeSource()
                                .getLocation()
                                .toURI());
        List<String> names;
        try (Stream<Path> files = Files.walk(classes)) {
            names =
                    files.map(classes::relativize)
                            .map(Path::toString)
                            .filter(file -> file.endsWith(".class"))
                            .filter(file -> !file.endsWith("package-info.class"))
                            .map(file -> file.substring(0, file.length() - 6).replace('/', '.'))
                            .collect(Collectors.toList());
        }
        assertTrue(names.contains("org.postern.subscriber.SubscriberManager"), names::toString);
        try (OnosWithoutSadis onos = new OnosWithoutSadis(classes)) {
            for (String name : names) {
                if (!name.startsWith("org.postern.sadis.")) {
                    use(onos, name);
                }
            }
            // who reads the status may be there without it
            use(onos, SadisStatusService.class.getName());
            String missing =
                    assertThrows(
                                    NoClassDefFoundError.class,
                                    () -> use(onos, SadisDirectory.class.getName()))
                            .getMessage();
            assertEquals("org/opencord/sadis/SadisService", missing);
        }
    }
}
