package org.postern.lab.commands;

import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.postern.lab.commands.directory.UsedHeap;

/** Says what is used of the heap after full collections. */
@Service
@Command(
        scope = "lab",
        name = "used-heap",
        description =
                "Collects until nothing more is freed and reports what is used of the heap (JSON)")
public class UsedHeapCommand extends LabCommand {
    @Override
    protected void doExecute() throws InterruptedException {
        print(object().put("bytes", UsedHeap.afterCollection()));
    }
}
