"""Suite ``submission``: mail domains, looked up at a real DNS server, and the servers that they name."""

from __future__ import annotations

import ipaddress
import json
import shlex
import zipfile
from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple, Optional

import pytest

from labkit.build import ROOT
from labkit.hosts import Host
from labkit.mail.nameserver import NameServer
from labkit.mail.postfix import PostfixServer
from labkit.processes import Result

from .scene import ELSEWHERE, JAR, OWN
from .scene import Scene as Servers

#: The address of nobody, behind the router.
VACANT = "203.0.113.99"

#: More than a datagram has room for.
MANY = 300


def zones(isp: Host) -> Dict[str, Optional[str]]:
    """What DNS says, case by case."""
    smtp = "smtp.isp.example."
    many = "".join(f"_submission._tcp.many SRV {n} 0 587 smtp{n}.with-a-long-name.many\n" for n in range(MANY))
    return {
        OWN: f"""\
@ MX 10 smtp
smtp A {isp.ip4}
smtp AAAA {isp.ip6}
_submission._tcp SRV 0 1 587 smtp
_submissions._tcp SRV 0 1 465 smtp
""",
        "cases.example": f"""\
_submission._tcp.odd SRV 0 0 2502 {smtp}
_submissions._tcp.odd SRV 0 0 2465 {smtp}
_submission._tcp.order SRV 20 0 2599 {smtp}
_submission._tcp.order SRV 10 1 2502 {smtp}
_submission._tcp.order SRV 10 9 587 {smtp}
_submission._tcp.alias CNAME _submission._tcp.hosted
_submission._tcp.hosted SRV 0 0 587 mx.hosted
mx.hosted CNAME mx2.hosted
mx2.hosted A {isp.ip4}
plain MX 10 mx1.plain
null MX 0 .
bare A {isp.ip4}
_submission._tcp.not SRV 0 0 0 .
_submissions._tcp.not SRV 0 0 0 .
_submission._tcp.circle CNAME _submission._tcp.circle2
_submission._tcp.circle2 CNAME _submission._tcp.circle
_submission._tcp.abroad CNAME _submission._tcp.abroad.test.
_submission._tcp.harm SRV 0 0 587 \\027[2J\\000.harm
_submission._tcp.gone SRV 0 0 587 nobody.gone
_submission._tcp.xn--bcher-kva SRV 0 0 587 {smtp}
{many}""",
        "broken.example": None,
    }


class Scene(NamedTuple):
    """Who probes, the mail server and the DNS server."""

    prober: Host
    isp: Host
    state: Path

    def command(self, *words: str) -> List[str]:
        """The command line of the probe."""
        (jar,) = ROOT.glob(JAR)
        return ["java", "-jar", str(jar), *words]

    def run(self, *words: str, files: str = "") -> Result:
        """Runs the probe to its end; ``files`` is done before, where only the probe sees it."""
        command = self.command(*words)
        if files:
            command = ["unshare", "--mount", "sh", "-ec", f"{files}\nexec {shlex.join(command)}"]
        return self.prober.run(command, timeout=120)

    def probe(self, *words: str, server: str = "", files: str = "") -> dict:
        """What is told to programs."""
        options = ["-j", "--greeting", "4", "--recipient", ELSEWHERE, "--local-recipient", f"inbox@{OWN}"]
        options += ["--dns-server", server or self.isp.ip4] if server != "machine" else []
        done = self.run(*options, *words, files=files)
        assert done.stdout.startswith("{"), done
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def domains(scene: Servers, postfix: PostfixServer) -> Iterator[Scene]:
    """Postfix and NSD at the ISP's."""
    state = scene.state / "dns"
    state.mkdir(parents=True, exist_ok=True)
    dns = NameServer(postfix.host, zones(postfix.host), state)
    try:
        dns.start()
        yield Scene(scene.prober, postfix.host, state)
    finally:
        dns.stop()


def told(result: dict) -> List[tuple]:
    """Service, host, port and verdict of each result, those of two families once."""
    return list(dict.fromkeys((p["service"], p["host"], p["port"], p["verdict"]) for p in result["ports"]))


SUBMISSION, SUBMISSIONS = "_submission._tcp", "_submissions._tcp"


@pytest.mark.parametrize("family", [4, 6])
def test_servers_that_the_domain_names_are_probed(domains: Scene, family: int) -> None:
    server = f"[{domains.isp.ip6}]:53" if family == 6 else domains.isp.ip4
    result = domains.probe("--domain", OWN, server=server)
    assert told(result) == [
        (SUBMISSION, "smtp.isp.example", 587, "enforced-at-rcpt"),
        (SUBMISSIONS, "smtp.isp.example", 465, "enforced-at-rcpt"),
    ]
    addresses = [str(ipaddress.ip_address(p["address"])) for p in result["ports"]]
    assert addresses == [domains.isp.ip4, str(ipaddress.ip_address(domains.isp.ip6))] * 2, result
    assert result["summary"] == "sound"
    asked = [(d["type"], d["name"], d["outcome"]) for d in result["dns"]]
    assert asked[:3] == [
        ("SRV", "_submission._tcp.isp.example", "records"),
        ("SRV", "_submissions._tcp.isp.example", "records"),
        ("MX", "isp.example", "records"),
    ]
    assert {("A", "smtp.isp.example", "records"), ("AAAA", "smtp.isp.example", "records")} == set(asked[3:])
    assert result["dns"][0]["records"] == ["_submission._tcp.isp.example. SRV 0 1 587 smtp.isp.example."]
    assert all(d["server"].endswith(":53") for d in result["dns"])


def test_the_service_says_when_tls_comes_whatever_the_port(domains: Scene) -> None:
    assert told(domains.probe("--domain", "odd.cases.example")) == [
        (SUBMISSION, "smtp.isp.example", 2502, "enforced-at-rcpt"),
        (SUBMISSIONS, "smtp.isp.example", 2465, "enforced-at-rcpt"),
    ]


def test_order_is_by_priority_then_weight(domains: Scene) -> None:
    assert [t[2:] for t in told(domains.probe("--domain", "order.cases.example"))][:3] == [
        (587, "enforced-at-rcpt"),
        (2502, "enforced-at-rcpt"),
        (2599, "closed"),
    ]


def test_aliases_are_followed_by_srv_and_by_address(domains: Scene) -> None:
    result = domains.probe("--domain", "alias.cases.example")
    assert told(result)[0] == (SUBMISSION, "mx.hosted.cases.example", 587, "enforced-at-rcpt")
    records = [record for lookup in result["dns"] for record in lookup["records"]]
    assert "_submission._tcp.alias.cases.example. CNAME _submission._tcp.hosted.cases.example." in records
    assert "mx.hosted.cases.example. CNAME mx2.hosted.cases.example." in records


#: By domain the verdict on both services and what its reason must say.
UNNAMED = {
    "plain.cases.example": ("not-announced", "mx1.plain.cases.example (MX)"),
    "null.cases.example": ("not-announced", "null MX"),
    "bare.cases.example": ("not-announced", "nor an MX"),
    "not.cases.example": ("not-offered", "no such service"),
    "none.cases.example": ("no-such-host", "no such domain"),
    "broken.example": ("inconclusive", "SERVFAIL"),
    "elsewhere.test": ("inconclusive", "REFUSED"),
}


def test_no_server_is_not_no_answer_and_each_has_its_reason(domains: Scene) -> None:
    for domain, (verdict, reason) in UNNAMED.items():
        result = domains.probe("--domain", domain)
        assert [p["verdict"] for p in result["ports"]] == [verdict, verdict], (domain, result)
        assert all(reason in p["reason"] for p in result["ports"]), (domain, result)


def test_dns_that_does_not_answer_is_no_no(domains: Scene) -> None:
    for server in (VACANT, domains.prober.ip4):
        result = domains.probe("--domain", OWN, server=server)
        assert [p["verdict"] for p in result["ports"]] == ["inconclusive"] * 2, result
        assert [d["outcome"] for d in result["dns"]] == ["no-answer"] * 3, result
    (host,) = domains.probe("--port", "587", "smtp.isp.example", server=domains.prober.ip4)["ports"]
    assert host["verdict"] == "inconclusive", host


def test_hostile_zones_end_in_a_verdict(domains: Scene) -> None:
    many = domains.probe("--domain", "many.cases.example")
    assert [p["verdict"] for p in many["ports"]][:4] == ["no-such-host"] * 4, many
    assert f"_submission._tcp names {MANY} servers: the first 4 were probed" in many["notes"]
    assert (len(many["dns"][0]["records"]), many["dns"][0]["more"]) == (20, MANY - 20), "the answer came whole, over TCP"
    for domain, reason in {"circle": "circle", "abroad": "REFUSED", "harm": "\\027[2j\\000.harm"}.items():
        first = domains.probe("--domain", f"{domain}.cases.example")["ports"][0]
        assert (first["verdict"], reason in first["reason"]) == ("inconclusive", True), first
    shown = domains.run("--dns-server", domains.isp.ip4, "--transcript", "--domain", "harm.cases.example").stdout
    # in lower case, as NSD keeps names
    assert "\\027[2j\\000" in shown and "\x1b" not in shown and "\0" not in shown
    assert told(domains.probe("--domain", "gone.cases.example"))[0][3] == "no-such-host"


def test_domains_in_any_script_are_looked_up(domains: Scene) -> None:
    result = domains.probe("--domain", "bücher.cases.example")
    assert result["host"] == "xn--bcher-kva.cases.example"
    assert told(result)[0] == (SUBMISSION, "smtp.isp.example", 587, "enforced-at-rcpt")


def test_names_are_the_machines_unless_a_server_is_given(domains: Scene) -> None:
    resolver, hosts = domains.state / "resolv.conf", domains.state / "hosts"
    resolver.write_text(f"nameserver {domains.isp.ip4}\n")
    # where nobody listens
    hosts.write_text(f"{domains.prober.ip4} smtp.isp.example\n")
    dns = f"mount --bind {resolver} /etc/resolv.conf"
    both = f"{dns}; mount --bind {hosts} /etc/hosts"
    result = domains.probe("--domain", OWN, server="machine", files=dns)
    assert [t[3] for t in told(result)] == ["enforced-at-rcpt"] * 2, result
    assert {d["server"] for d in result["dns"]} == {f"{domains.isp.ip4}:53"}
    overridden = domains.probe("--domain", OWN, "--family", "4", server="machine", files=both)
    assert {p["address"] for p in overridden["ports"]} == {domains.prober.ip4}, overridden
    given = domains.probe("--domain", OWN, "--family", "4", files=both)
    assert {p["address"] for p in given["ports"]} == {domains.isp.ip4}, given


def test_java_looks_up_by_the_system_whatever_the_library_offers() -> None:
    # dnsjava puts itself in its place where Java (18 and later) finds this file
    (jar,) = ROOT.glob(JAR)
    with zipfile.ZipFile(jar) as archive:
        services = [name for name in archive.namelist() if name.startswith("META-INF/services/")]
    assert services and not [name for name in services if "InetAddress" in name or "NameService" in name], services


def test_survey_looks_up_who_is_given_by_a_domain(domains: Scene) -> None:
    providers = domains.state / "providers.csv"
    rows = "provider,domain,host\nISP,isp.example,\nPlain,plain.cases.example,\nNot,not.cases.example,\nHost,,smtp.isp.example\n"
    providers.write_text(rows)
    written = domains.state / "survey.json"
    words = ["survey", "--again", "--greeting", "4", "--recipient", ELSEWHERE, "--dns-server", domains.isp.ip4]
    written.unlink(missing_ok=True)
    done = domains.run(*words, "--json", str(written), str(providers))
    assert done.ok, done
    result = {one["provider"]: told(one["result"]) for one in json.loads(written.read_text())["providers"]}
    assert [t[1:3] for t in result["ISP"]] == [("smtp.isp.example", 587), ("smtp.isp.example", 465)]
    assert [t[3] for t in result["Plain"]] == ["not-announced"] * 2
    assert [t[3] for t in result["Not"]] == ["not-offered"] * 2
    assert [t[3] for t in result["Host"]] == [t[3] for t in result["ISP"]]
    assert "domain isp.example" in done.stdout
