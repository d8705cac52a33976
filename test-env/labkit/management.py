"""A management link: how a controller reaches servers of the ISP that it does not forward for."""

from __future__ import annotations

from .hosts import Host
from .processes import run
from .registry import Registry


class ManagementLink:
    """A link of its own between the controller's namespace and a host, and routes to the host's addresses over it.

    The host's own interface into the network is not touched: it answers by the link what came by the link.
    """

    def __init__(self, registry: Registry, host: Host, number: int) -> None:
        """:param number: 1 to 62, which tells links from each other"""
        self._registry = registry
        self._host = host
        self._outside, self._inside = f"mgmt{number}", "mgmt0"
        self._ip4 = [f"169.254.200.{4 * number + end}" for end in (1, 2)]
        self._ip6 = [f"fd00:254:{number:x}::{end}" for end in (1, 2)]

    def __enter__(self) -> "ManagementLink":
        self._registry.intend_links([self._outside])
        outside, inside, host = self._outside, self._inside, self._host
        run(["ip", "link", "add", outside, "type", "veth", "peer", "name", inside, "netns", str(host.pid)], check=True)
        self._registry.made_links([outside])
        # nobody else is on the link, so there is no duplicate to be waited for
        for (here, there), length, more in ((self._ip4, 30, []), (self._ip6, 64, ["nodad"])):
            run(["ip", "addr", "add", f"{here}/{length}", "dev", outside, *more], check=True)
            host.run(["ip", "addr", "add", f"{there}/{length}", "dev", inside, *more], check=True)
        run(["ip", "link", "set", outside, "up"], check=True)
        host.run(["ip", "link", "set", inside, "up"], check=True)
        run(["ip", "route", "add", f"{host.ip4}/32", "via", self._ip4[1]], check=True)
        run(["ip", "-6", "route", "add", f"{host.ip6}/128", "via", self._ip6[1]], check=True)
        return self

    def __exit__(self, *_: object) -> None:
        # the other end and the routes go with it
        run(["ip", "link", "del", self._outside])
