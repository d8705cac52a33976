"""The servers of the suite ``submission``: what is configured on which port, and what the probe must say of it."""

from __future__ import annotations

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Dict, List, Mapping, NamedTuple, Sequence

from labkit.build import ROOT
from labkit.hosts import Host
from labkit.mail import exim, opensmtpd
from labkit.mail.certificate import trusted
from labkit.network import AccessNetwork

JAR = "app/probe/target/postern-probe-*-standalone.jar"

OWN = "isp.example"
LOCAL = f"inbox@{OWN}"
ELSEWHERE = "somebody@mx1.example.net"

_TRUST = "changeit"


class Server(NamedTuple):
    """A configuration, what the probe must say of it, and what must be in its evidence."""

    configuration: Any
    verdict: str
    told: Sequence[str] = ()


class Scene(NamedTuple):
    """Who probes, where, and whom it believes."""

    network: AccessNetwork
    prober: Host
    state: Path
    certificate: Path
    trust: Path

    def java(self, *words: str) -> List[str]:
        """The command line of the probe."""
        (jar,) = ROOT.glob(JAR)
        store = [f"-Djavax.net.ssl.trustStore={self.trust}", f"-Djavax.net.ssl.trustStorePassword={_TRUST}"]
        return ["java", *store, "-jar", str(jar), *words]

    def probe(self, host: str, *words: str) -> List[dict]:
        """What the probe says of a host, a result for each port and address."""
        options = ["-j", "--greeting", "4", "--recipient", ELSEWHERE, "--local-recipient", LOCAL]
        done = self.prober.run(self.java(*options, *words, host), timeout=120)
        assert done.stdout.startswith("{"), done
        return json.loads(done.stdout)["ports"]

    def judges(self, host: Host, servers: Mapping[int, Server]) -> None:
        """Asserts that the probe says of every port what it must, with its evidence: half of them over IPv6, at once."""
        ports = list(servers)

        def half(address: str, some: Sequence[int]) -> List[dict]:
            return self.probe(address, "--port", ",".join(map(str, some)), "--transcript")

        with ThreadPoolExecutor(2) as pool:
            both = list(pool.map(half, (host.ip4, host.ip6), (ports[::2], ports[1::2])))
        results = {r["port"]: r for r in both[0] + both[1]}
        assert {p: results[p]["verdict"] for p in ports} == {p: s.verdict for p, s in servers.items()}, [
            (p, r["verdict"], r["reason"]) for p, r in results.items() if r["verdict"] != servers[p].verdict
        ]
        for port, server in servers.items():
            for told in server.told:
                assert told in json.dumps(results[port]), (told, results[port])
            assert results[port]["transcript"], results[port]


def trust_store(state: Path) -> Path:
    """A file that has Java believe in the lab's certificate, and in nothing else."""
    path = state / "trust.p12"
    path.unlink(missing_ok=True)
    command = ["keytool", "-importcert", "-noprompt", "-alias", "lab", "-file", str(trusted(state))]
    command += ["-keystore", str(path), "-storetype", "PKCS12", "-storepass", _TRUST]
    subprocess.run(command, check=True, capture_output=True)
    return path


# ---------------------------------------------------------------- Postfix

_DEMAND = "{530 5.7.0 Authentication required}"
_AT_RCPT = {"smtpd_client_restrictions": f"permit_sasl_authenticated, check_client_access static:{_DEMAND}"}
_TLS = {"smtpd_tls_security_level": "encrypt"}
_ANYBODY = "check_client_access static:OK, reject"

_DEMANDED_AT_RCPT = "RCPT of an address elsewhere within TLS: the server refuses for want of authentication: 530 5.7.0"
_TLS_DEMANDED = "530 5.7.0 Must issue a STARTTLS command first"

#: By port. 587 and 465 of the same server are the ISP's own, as in all suites.
POSTFIX: Dict[int, Server] = {
    2501: Server(
        {
            **_TLS,
            "smtpd_delay_reject": "no",
            "smtpd_sender_restrictions": f"permit_sasl_authenticated, check_client_access static:{_DEMAND}",
        },
        "enforced",
        ["MAIL within TLS: the server refuses for want of authentication: 530 5.7.0", _TLS_DEMANDED],
    ),
    2502: Server({**_TLS, **_AT_RCPT}, "enforced-at-rcpt", [_DEMANDED_AT_RCPT, _TLS_DEMANDED]),
    2503: Server(
        {**_AT_RCPT, "smtpd_tls_security_level": "may"},
        "enforced-at-rcpt",
        [_DEMANDED_AT_RCPT, '"beforeTls": {"mail": {"code": 250'],
    ),
    2504: Server({**_AT_RCPT, "smtpd_tls_auth_only": "no"}, "auth-in-clear", ['"authBeforeTls": ["PLAIN", "LOGIN"]']),
    2505: Server(
        {**_TLS, "smtpd_relay_restrictions": _ANYBODY},
        "relay-suspected",
        ["elsewhere within TLS was accepted without authentication: 250 2.1.5", _TLS_DEMANDED],
    ),
    2506: Server(
        {"smtpd_relay_restrictions": _ANYBODY},
        "relay-suspected",
        ["elsewhere in clear was accepted without authentication: 250 2.1.5"],
    ),
    2507: Server(
        {**_TLS},
        "local-unauth",
        [LOCAL, "of its own within TLS was accepted without authentication: 250 2.1.5", '"rcpt": {"code": 530'],
    ),
    2508: Server({**_TLS, "smtpd_tls_wrappermode": "yes"}, "no-banner", ["no greeting came: no complete answer within 4 s"]),
    2509: Server(
        {"smtpd_client_restrictions": "check_client_access static:{450 4.7.1 Greylisted, try again later}"},
        "inconclusive",
        ["cannot now: 450 4.7.1", "Greylisted, try again later"],
    ),
    2510: Server(
        {
            "smtpd_client_restrictions": "check_client_access static:"
            "{554 5.7.1 Service unavailable; Client host blocked using sbl.blocklist.example}"
        },
        "inconclusive",
        ["refuses this source, not the want of authentication: 554 5.7.1", "blocked using sbl.blocklist.example"],
    ),
    2511: Server(
        {"smtpd_tls_security_level": "encrypt", "smtpd_tls_chain_files": "/nonexistent"},
        "tls-failure",
        ["the TLS handshake fails: Received fatal alert: handshake_failure"],
    ),
}

#: Ports that are right only if it is known that TLS comes first there: from DNS, as the names of services say it.
POSTFIX_BY_DNS = {2465: {**_AT_RCPT, "smtpd_tls_wrappermode": "yes"}}

# ---------------------------------------------------------------- Exim

_TLS_FIRST = "  deny !encrypted = *\n    message = 530 5.7.0 Must issue a STARTTLS command first\n"

#: By port. 587 and 465 of the same server are as cPanel's servers are.
EXIM: Dict[int, Server] = {
    2601: Server(
        exim.Listener(
            mail=_TLS_FIRST
            + "  deny !authenticated = *\n    message = 530 5.7.0 Authentication required\n"
            + "  accept\n"
        ),
        "enforced",
        ["530 5.7.0 Authentication required"],
    ),
    2602: Server(exim.Listener(), "enforced-at-rcpt", ["RCPT of an address elsewhere within TLS"]),
    # as cPanel's servers say it to those who are elsewhere
    2603: Server(
        exim.Listener(
            rcpt="  accept authenticated = *\n"
            "  deny message = Please turn on SMTP Authentication in your mail client.\\n"
            "$sender_helo_name [$sender_host_address]:$sender_host_port is not permitted to relay "
            "through this server without authentication.\n"
        ),
        "enforced-at-rcpt",
        ["refuses for want of authentication"],
    ),
    2604: Server(
        exim.Listener(rcpt="  accept authenticated = *\n  deny message = relay not permitted\n"),
        "enforced-at-rcpt",
        ["refuses by policy: 550 relay not permitted"],
    ),
    2605: Server(exim.Listener(mail=exim.AUTH_AT_MAIL, auth="*"), "auth-in-clear", ['"authBeforeTls": ["PLAIN", "LOGIN"]']),
    2606: Server(exim.Listener(rcpt="  accept\n"), "relay-suspected", ["in clear was accepted without authentication: 250"]),
    2607: Server(
        exim.Listener(rcpt="  accept encrypted = *\n  deny message = relay not permitted\n"),
        "relay-suspected",
        ["within TLS was accepted without authentication: 250"],
    ),
    # as Debian's own configuration does on every port
    2608: Server(
        exim.Listener(
            rcpt="  accept authenticated = *\n"
            "  require message = relay not permitted\n    domains = +local_domains\n"
            "  accept\n"
        ),
        "local-unauth",
        [LOCAL],
    ),
    2609: Server(exim.Listener(mail=_TLS_FIRST + "  accept\n", starttls=""), "tls-required-only", ["STARTTLS is not offered"]),
    2610: Server(
        exim.Listener(mail=_TLS_FIRST + "  accept\n", rcpt="  accept authenticated = *\n  require verify = recipient\n"),
        "tls-required-only",
        ["refuses the recipient, not the want of authentication: 550 Unrouteable address"],
    ),
    2611: Server(exim.Listener(tls_on_connect=True), "no-banner", ["no greeting came"]),
    2612: Server(exim.Listener(certificate="/nonexistent"), "tls-failure", ["STARTTLS is offered, and refused: 454"]),
    2613: Server(
        exim.Listener(rcpt="  accept authenticated = *\n  defer message = Greylisted, try again later\n"),
        "inconclusive",
        ["cannot now: 451"],
    ),
    2614: Server(
        exim.Listener(connect="  deny message = $sender_host_address is listed at sbl.blocklist.example\n"),
        "inconclusive",
        ["the server does not want to be asked: 55"],
    ),
    2615: Server(exim.Listener(mail=exim.AUTH_AT_MAIL, auth=""), "enforced", ["AUTH is not offered within TLS: nobody can"]),
}

# ---------------------------------------------------------------- OpenSMTPD

_OPTIONAL = "auth-optional <users>"

#: By port. 587 and 465 of the same server are as its manual has them.
OPENSMTPD: Dict[int, Server] = {
    2701: Server(opensmtpd.Listener("tls auth <users>"), "enforced", ["MAIL within TLS", "Must issue an AUTH command first"]),
    2702: Server(
        opensmtpd.Listener(
            f"tls-require {_OPTIONAL}", filters=['phase rcpt-to match !auth reject "550 5.7.1 Authentication required"']
        ),
        "enforced-at-rcpt",
        ["550 5.7.1 Authentication required"],
    ),
    2703: Server(opensmtpd.Listener(f"tls-require {_OPTIONAL}"), "tls-required-only", ["550 Invalid recipient"]),
    2704: Server(opensmtpd.Listener(f"tls {_OPTIONAL}"), "inconclusive", ["550 Invalid recipient"]),
    2705: Server(opensmtpd.Listener(f"tls-require {_OPTIONAL}", [f"for domain {OWN}"]), "local-unauth", [LOCAL]),
    2706: Server(
        opensmtpd.Listener(f"tls-require {_OPTIONAL}", ["for any"]),
        "relay-suspected",
        ["within TLS was accepted without authentication: 250"],
    ),
    2707: Server(
        opensmtpd.Listener("", ["for any"]),
        "relay-suspected",
        ["in clear was accepted without authentication: 250", "STARTTLS is not offered"],
    ),
    2708: Server(opensmtpd.Listener("", [f"for domain {OWN}"]), "local-unauth", [LOCAL, "STARTTLS is not offered"]),
    2709: Server(opensmtpd.Listener("smtps auth <users>"), "no-banner", ["no greeting came"]),
    2710: Server(opensmtpd.Listener("tls-require verify auth <users>"), "tls-failure", ["demands a certificate of its clients"]),
    2711: Server(
        opensmtpd.Listener(
            f"tls {_OPTIONAL}", filters=['phase rcpt-to match !auth reject "451 4.7.1 Greylisted, try again later"']
        ),
        "inconclusive",
        ["cannot now: 451 4.7.1"],
    ),
    2712: Server(
        opensmtpd.Listener(
            "tls auth <users>", filters=['phase connect match !fcrdns disconnect "550 5.7.25 no reverse DNS, go away"']
        ),
        "inconclusive",
        ["the server does not want to be asked: 550 5.7.25"],
    ),
}
