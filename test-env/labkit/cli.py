"""The command line of ``test-env/lab``."""

from __future__ import annotations

import argparse
import errno
import os
import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Callable, Dict, List, NoReturn, Optional

from . import keeper, machine, session
from .directory_bench import Scale
from .errors import Interrupted, LabError
from .keeper import Outcome
from .network import AccessNetwork, addresses
from .onos import Onos
from .processes import CommandFailed
from .progress import say
from .registry import MARKER, Registry
from .remediation.desk import RemediationDesk
from .session import Lab, Options
from .stage import Stage


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        print(f"lab: {message}; see 'lab --help'", file=sys.stderr)
        sys.exit(2)


def _parser() -> argparse.ArgumentParser:
    everywhere = argparse.ArgumentParser(add_help=False)
    # SUPPRESS: the same option may stand before and after the command, and an absent one must not undo the other
    everywhere.add_argument(
        "--onos", metavar="URL", default=argparse.SUPPRESS,
        help="use an ONOS that runs already (ONOS_USER, ONOS_PASSWORD; default onos, rocks)",
    )  # fmt: skip
    everywhere.add_argument(
        "--onos-home", metavar="DIR", type=Path, default=argparse.SUPPRESS,
        help="start a copy of this unpacked official ONOS distribution",
    )  # fmt: skip
    everywhere.add_argument(
        "--state", metavar="DIR", type=Path, default=argparse.SUPPRESS,
        help="where the lab keeps what it needs (default test-env/.lab, or POSTERN_LAB_STATE)",
    )  # fmt: skip
    parser = _Parser(
        prog="lab",
        parents=[everywhere],
        description="Postern's lab: a real ONOS, Open vSwitch, an access network in Mininet, real mail servers.",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=_Parser)

    def add(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, parents=[everywhere], help=text, description=text)

    demo = add("demo", "show the product: a table of before and after, with real traffic")
    demo.add_argument("--keep", action="store_true", help="leave the lab up and say how to reach its parts")
    demo.add_argument("--forwarding", choices=("normal", "reactive"), default="normal", help="who forwards behind Postern")
    test = add("test", "run the tests: all suites or the named ones")
    test.add_argument("suites", nargs="*", metavar="SUITE")
    bench = add("bench", "print the figures: all or the named one")
    bench.add_argument("name", nargs="?", metavar="NAME")
    scale = Scale()
    for name, default, text in (
        ("--subscribers", scale.subscribers, "in the directory, for the figures directory and operators"),
        ("--devices", scale.devices, "access devices they are spread over"),
        ("--repetitions", scale.repetitions, "of the figure directory"),
    ):
        bench.add_argument(name, type=int, default=default, metavar="N", help=f"{text} (default {default})")
    soak = add("soak", "long runs, outside CI: every fault ten times and more")
    soak.add_argument("--repetitions", type=int, default=10, help="of each fault (default 10)")
    up = add("up", "bring the lab up with Postern in force, and leave it up")
    up.add_argument("--bare", action="store_true", help="without Postern: ONOS, network, plain forwarding")
    up.add_argument("--topology", default="", metavar="K=V,…", help="switches, subscribers, business, shape, local_server, relay, portal")
    up.add_argument("--forwarding", choices=("normal", "reactive"), default="normal", help="who forwards behind Postern")
    up.add_argument(
        "--automatic-release", action="store_true",
        help="with portal=1: whoever asks to be released from quarantine by the portal is, without an operator",
    )  # fmt: skip
    add("down", "take down whatever is up or was left behind")
    add("status", "say what is up")
    add("console", "open ONOS's console")
    shell = add("shell", "open a shell on a host of the network")
    shell.add_argument("host", metavar="HOST")
    shell.add_argument("argv", nargs=argparse.REMAINDER, metavar="COMMAND", help="run this instead of a shell")
    return parser


def main(arguments: Optional[List[str]] = None) -> int:
    """Runs one command; returns the exit status. Every problem is one line on standard error."""
    parsed = _parser().parse_args(arguments)
    state = getattr(parsed, "state", None) or Path(os.environ.get("POSTERN_LAB_STATE") or session.DEFAULT_STATE)
    options = Options(state.absolute(), getattr(parsed, "onos", None), getattr(parsed, "onos_home", None))
    try:
        keeper.raise_on_signals()
        if options.onos is not None and options.onos_home is not None:
            raise LabError("--onos and --onos-home exclude each other")
        machine.require_root()
        machine.require_directory(options.state)
        return _COMMANDS[parsed.command](options, parsed)
    except Interrupted as signalled:
        return 128 + signalled.signum
    except (LabError, CommandFailed) as problem:
        print(f"lab: {problem}", file=sys.stderr)
        return 1
    except OSError as problem:
        if problem.errno == errno.ENOSPC:
            print(f"lab: no space left on the disk of {options.state}; make room or name another --state", file=sys.stderr)
            return 1
        raise


def guarded(options: Options, purpose: str, work: Callable[[Registry], Outcome]) -> Outcome:
    """Holds the state directory while ``work`` runs, and sweeps what it made unless its outcome is to stay."""
    machine.require_disk(options.state)
    registry = Registry(options.state)
    registry.acquire(purpose)
    outcome = Outcome(1)
    try:
        keeper.note_owner(registry, purpose)
        outcome = work(registry)
        return outcome
    except Interrupted as signalled:
        say(f"interrupted by {signal.Signals(signalled.signum).name}: cleaning up")
        raise
    finally:
        if outcome.hold is None:
            registry.sweep()
            registry.release()


def _in_child(options: Options, purpose: str, work: Callable[[Registry], Outcome]) -> int:
    def whole() -> Outcome:
        try:
            keeper.raise_on_signals()
            return guarded(options, purpose, work)
        except Interrupted as signalled:
            return Outcome(128 + signalled.signum)
        except (LabError, CommandFailed) as problem:
            print(f"lab: {problem}", file=sys.stderr)
            return Outcome(1)
        except OSError as problem:
            if problem.errno != errno.ENOSPC:
                raise
            print(f"lab: no space left on the disk of {options.state}; make room or name another --state", file=sys.stderr)
            return Outcome(1)
        except BaseException:
            import traceback

            traceback.print_exc()
            return Outcome(1)

    return keeper.in_child(whole)


def _demo(options: Options, parsed: argparse.Namespace) -> int:
    from . import demo

    return _in_child(options, "demo", lambda registry: demo.run(options, registry, parsed.keep, parsed.forwarding))


def _test(options: Options, parsed: argparse.Namespace) -> int:
    from . import runner

    runner.require_suites(parsed.suites)
    return guarded(options, "test", lambda registry: Outcome(runner.run(options, registry, parsed.suites))).status


def _bench(options: Options, parsed: argparse.Namespace) -> int:
    from . import bench

    bench.require_name(parsed.name)
    scale = Scale(parsed.subscribers, parsed.devices, parsed.repetitions)
    return guarded(options, "bench", lambda registry: Outcome(bench.run(options, registry, parsed.name, scale))).status


def _soak(options: Options, parsed: argparse.Namespace) -> int:
    from . import runner

    if parsed.repetitions < 1:
        raise LabError(f"--repetitions {parsed.repetitions}: 1 or more")
    return guarded(
        options, "soak", lambda registry: Outcome(runner.soak(options, registry, parsed.repetitions))
    ).status


def _up(options: Options, parsed: argparse.Namespace) -> int:
    try:
        plan = addresses.plan_of(parsed.topology)
    except ValueError as problem:
        raise LabError(f"--topology: {problem}") from None
    if parsed.automatic_release and not plan.portal:
        raise LabError("--automatic-release needs --topology portal=1")

    def work(registry: Registry) -> Outcome:
        session.prepare(options, registry)
        lab = Lab(options, registry)
        ends = ExitStack()
        ends.callback(lab.close)
        try:
            lab.start_onos()
            network = lab.build_network(plan, parsed.forwarding)
            if plan.relay or plan.portal:
                stage = ends.enter_context(Stage(network, options.state))
                stage.tell(lab.onos)
            if not parsed.bare:
                lab.enforce()
                if plan.portal:
                    desk = RemediationDesk(lab.postern, stage.portal, parsed.automatic_release)
                    ends.callback(desk.stop)
                    desk.start()
        except BaseException:
            lab.abandon()
            raise
        registry.note(what="up", onos=lab.onos.url, bare=parsed.bare)
        print(session.where(lab))
        return Outcome(0, lambda: keeper.hold(registry, ends.close))

    return _in_child(options, "up", work)


def _down(options: Options, _parsed: argparse.Namespace) -> int:
    there = options.state.exists() and keeper.down(Registry(options.state))
    print("the lab is down" if there else "nothing was up")
    return 0


def _running_onos(options: Options, registry: Registry) -> Onos:
    if options.onos is not None:
        return Onos(options.onos)
    for entry in reversed(registry.entries()):
        if entry["kind"] == "note" and entry.get("what") == "up":
            return Onos(entry["onos"])
    raise LabError("no ONOS is up; start one with 'lab up', or name one with --onos")


def _status(options: Options, _parsed: argparse.Namespace) -> int:
    registry = Registry(options.state)
    holder = keeper.owner(registry)
    if holder is None:
        print("down" + (" (an interrupted run left something behind: 'lab down')" if registry.entries() else ""))
        return 1
    print(f"up: 'lab {holder['purpose']}' (pid {holder['pid']})")
    try:
        network = AccessNetwork.attach(registry)
    except LabError:
        print("network   not yet")
        return 0
    for switch in network.switches():
        state = "connected" if switch.is_connected() else "not connected"
        print(f"switch    {switch.name} {switch.device} {state}, {len(switch.flows())} rules")
    for host in network.hosts():
        print(f"host      {host.name:5} {host.ip4:15} {host.ip6:22} pid {host.pid}")
    try:
        onos = _running_onos(options, registry)
    except LabError:
        print("ONOS      not yet")
        return 0
    print(f"ONOS      {onos.url} {'READY' if onos.is_ready() else 'not READY'}")
    answer = onos.console("postern-status")
    print(answer.stdout.rstrip() if answer.ok else "Postern   not installed")
    return 0


def _console(options: Options, _parsed: argparse.Namespace) -> int:
    onos = _running_onos(options, Registry(options.state))
    command = onos.console_command(terminal=True)
    os.execvpe(command[0], command, onos.console_environment())


def _shell(options: Options, parsed: argparse.Namespace) -> int:
    registry = Registry(options.state)
    if keeper.owner(registry) is None:
        raise LabError("no network is up; start one with 'lab up'")
    host = AccessNetwork.attach(registry).host(parsed.host)
    for entry in registry.entries():
        if entry["kind"] == "marker":
            os.environ[MARKER] = entry["id"]
    command = [*host.prefix, *(parsed.argv or ["bash", "--norc"])]
    os.environ["PS1"] = f"{host.name}# "
    os.execvp(command[0], command)


_COMMANDS: Dict[str, Callable[[Options, argparse.Namespace], int]] = {
    "demo": _demo,
    "test": _test,
    "bench": _bench,
    "soak": _soak,
    "up": _up,
    "down": _down,
    "status": _status,
    "console": _console,
    "shell": _shell,
}
