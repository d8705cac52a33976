package org.postern.lab.commands.directory;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.onosproject.store.serializers.KryoNamespaces;
import org.onosproject.store.service.AsyncDocumentTree;
import org.onosproject.store.service.DocumentPath;
import org.onosproject.store.service.DocumentTree;
import org.onosproject.store.service.DocumentTreeListener;
import org.onosproject.store.service.Serializer;
import org.onosproject.store.service.StorageService;
import org.onosproject.store.service.Versioned;

/** A document tree: a node for each device, and below it one for each of its subscribers. */
final class DocumentTreeStore implements DirectoryStore {
    private static final String ROOT = "root";

    private final AsyncDocumentTree<String> async;
    private final DocumentTree<String> tree;
    private final DocumentTreeListener<String> listener;

    DocumentTreeStore(StorageService storage, String name, Consumer<String> told) {
        async =
                storage.<String>documentTreeBuilder()
                        .withName(name)
                        .withSerializer(Serializer.using(KryoNamespaces.API))
                        .buildDocumentTree();
        tree = async.asDocumentTree();
        listener =
                event ->
                        event.newValue()
                                .map(Versioned::value) // null for a device's node
                                .ifPresent(told);
        tree.addListener(listener);
    }

    private static DocumentPath path(SampleSubscriber subscriber) {
        return DocumentPath.from(ROOT, subscriber.device(), subscriber.id());
    }

    @Override
    public List<Step> writes(SampleDirectory directory) {
        return directory.writes(this::write);
    }

    @Override
    public CompletableFuture<?> write(SampleSubscriber subscriber) {
        // with the device's node, unless it is there
        return async.createRecursive(path(subscriber), subscriber.text());
    }

    @Override
    public void change(SampleSubscriber changed) {
        DocumentPath path = path(changed);
        long version = tree.get(path).version();
        if (!tree.replace(path, changed.text(), version)) {
            throw new IllegalStateException(changed.id() + " was changed by somebody else");
        }
    }

    @Override
    public long readAll() {
        return tree.getChildren(tree.root()).keySet().stream().mapToLong(this::readDevice).sum();
    }

    @Override
    public long readDevice(String device) {
        return tree.getChildren(DocumentPath.from(ROOT, device)).size();
    }

    @Override
    public void destroy() {
        tree.removeListener(listener);
        async.destroy().join();
    }
}
