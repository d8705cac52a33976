"""The remediation portal by itself, over real HTTP on loopback: what it says to whom. Needs neither ONOS nor network."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Tuple

import pytest

from labkit.remediation.case import QuarantineList, RequestBook
from labkit.remediation.server import PortalServer

NAME = "portal.isp.example"
HOSTILE = "</dd><script>alert(1)</script>&\"'<img src=x onerror=alert(2)>"
QUARANTINED4, FREE4, QUARANTINED6 = "127.0.0.1", "127.0.0.2", "::1"
SINCE = "2026-11-25T19:00:00Z"
ROW = {
    "subscriber": "r<2>", "class": "walled-garden", "depth": "walled-garden", "reason": HOSTILE, "since": SINCE,
    "by": "operator-jane", "prefixes": [f"{QUARANTINED4}/32", f"{QUARANTINED6}/128"],
}  # fmt: skip
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass
class Answer:
    """What a browser got."""

    status: int
    headers: Dict[str, str]
    body: str


class Seen(HTMLParser):
    """What a browser makes of a page: its elements, and the text of those that have an id."""

    def __init__(self, body: str) -> None:
        super().__init__()
        self.elements: List[str] = []
        self.texts: Dict[str, str] = {}
        self._at: Optional[str] = None
        self.feed(body)

    def handle_starttag(self, tag: str, attrs: List[Tuple[str, Optional[str]]]) -> None:
        """An element begins."""
        self.elements.append(tag)
        self._at = dict(attrs).get("id") or self._at
        assert not [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        """Text."""
        if self._at is not None:
            self.texts[self._at] = self.texts.get(self._at, "") + data

    def handle_endtag(self, tag: str) -> None:
        """An element ends."""
        self._at = self._at if tag == "time" else None


class Browser:
    """Asks the portal, from one of loopback's addresses."""

    def __init__(self, port: int) -> None:
        self.port = port

    def ask(
        self, path: str = "/", host: str = NAME, source: str = QUARANTINED4, method: str = "GET", body: str = "",
        headers: Optional[Dict[str, str]] = None,
    ) -> Answer:  # fmt: skip
        """One request; the source address decides which family is spoken."""
        target = "::1" if ":" in source else "127.0.0.1"
        connection = http.client.HTTPConnection(target, self.port, timeout=10, source_address=(source, 0))
        try:
            connection.request(method, path, body or None, {"Host": host, **(headers or {})})
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read().decode())
        finally:
            connection.close()

    def raw(self, request: bytes) -> bytes:
        """Bytes as they are; the answer's bytes."""
        with socket.create_connection(("127.0.0.1", self.port), 10) as connection:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            return connection.makefile("rb").read()

    def wish(self, **more: str) -> Answer:
        """The form, sent as the page sends it."""
        return self.ask("/release", method="POST", body="cleaned=yes&note=all+done", headers={**FORM, **more})


@pytest.fixture
def cases(tmp_path: Path) -> QuarantineList:
    """The list of quarantines: one subscriber."""
    cases = QuarantineList(tmp_path / "quarantines.json")
    cases.replace([ROW])
    return cases


@pytest.fixture
def book(tmp_path: Path) -> RequestBook:
    """The requests for release: none yet."""
    return RequestBook(tmp_path / "requests.jsonl")


@pytest.fixture
def browser(cases: QuarantineList, book: RequestBook) -> Iterator[Browser]:
    """A browser, and the portal on a free port."""
    server = PortalServer(0, NAME, ["10.64.0.80", "2001:db8:64::80"], "abuse@isp.example", cases, book)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield Browser(server.server_port)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize("source", [QUARANTINED4, QUARANTINED6])
def test_quarantined_subscriber_sees_why_since_when_and_how_to_get_out(browser: Browser, source: str) -> None:
    answer = browser.ask(source=source)
    seen = Seen(answer.body)
    assert answer.status == 200
    assert seen.texts["reason"] == HOSTILE and seen.texts["since"] == SINCE
    assert seen.texts["subscriber"] == f"r<2> ({source})"
    assert "form" in seen.elements and "How to get out" in answer.body
    assert "operator-jane" not in answer.body, "who decided is not the subscriber's to know"


def test_who_is_not_quarantined_is_told_so_and_sees_nobodys_case(browser: Browser) -> None:
    answer = browser.ask(source=FREE4)
    assert answer.status == 200
    assert "free" in Seen(answer.body).texts and "reason" not in Seen(answer.body).texts


@pytest.mark.parametrize("path, host", [("/", NAME), ("/", "www.example.com"), ("/nothing", NAME)])
def test_nothing_that_is_shown_becomes_markup_and_nothing_is_cached(browser: Browser, path: str, host: str) -> None:
    answer = browser.ask(path, host)
    assert "script" not in Seen(answer.body).elements and "img" not in Seen(answer.body).elements
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("host", [NAME, NAME.upper(), f"{NAME}:80", f"{NAME}.", "10.64.0.80", "[2001:db8:64::80]", "[2001:DB8:64:0::80]"])
def test_portal_knows_its_own_names(browser: Browser, host: str) -> None:
    assert browser.ask(host=host).status == 200


@pytest.mark.parametrize(
    "path, host",
    [
        ("/generate_204", "connectivitycheck.gstatic.com"),
        ("/hotspot-detect.html", "captive.apple.com"),
        ("/connecttest.txt", "www.msftconnecttest.com"),
        ("/release", "www.example.com"),
        ("/", f"{NAME}.example.com"),
        ("/", "203.0.113.80"),
        ("/", "[2001:db8:113::80]"),
        ("http://www.example.com/", NAME),
    ],
)
def test_requests_for_other_hosts_and_captive_portal_probes_are_answered_511(browser: Browser, path: str, host: str) -> None:
    answer = browser.ask(path, host)
    assert answer.status == 511
    assert f'href="http://{NAME}/"' in answer.body, "RFC 6585: with a link to where it can be resolved"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_other_methods_for_other_hosts_are_answered_511_too_whatever_they_carry(browser: Browser, method: str) -> None:
    assert browser.ask("/upload", "www.example.com", method=method, body="x" * 300_000).status == 511


def test_head_is_answered_without_a_body_and_with_its_length(browser: Browser) -> None:
    whole, head = browser.ask(), browser.ask(method="HEAD")
    assert (head.status, head.body) == (200, "")
    assert int(head.headers["content-length"]) == len(whole.body.encode())


def test_request_for_release_is_booked_once_with_who_asked_taken_from_the_source_address(
    browser: Browser, book: RequestBook
) -> None:
    first = browser.wish(Origin=f"http://{NAME}")
    assert (first.status, first.headers["location"]) == (303, "/")
    assert browser.wish().status == 303
    (request,) = book.all()
    assert (request.subscriber, request.since, request.address, request.note) == ("r<2>", SINCE, QUARANTINED4, "all done")
    seen = Seen(browser.ask().body)
    assert request.at in seen.texts["asked"] and "form" not in seen.elements


def test_a_second_quarantine_needs_a_request_of_its_own(browser: Browser, cases: QuarantineList, book: RequestBook) -> None:
    browser.wish()
    cases.replace([])
    assert "free" in Seen(browser.ask().body).texts
    cases.replace([{**ROW, "since": "2026-12-01T08:00:00Z"}])
    assert "form" in Seen(browser.ask().body).elements
    browser.wish()
    assert [request.since for request in book.all()] == [SINCE, "2026-12-01T08:00:00Z"]


@pytest.mark.parametrize(
    "body, headers, status",
    [
        ("note=x", FORM, 400),
        ("cleaned=yes", {"Content-Type": "text/plain"}, 415),
        ("cleaned=yes", {**FORM, "Origin": "http://www.example.com"}, 403),
        ("cleaned=yes", {**FORM, "Origin": "null"}, 403),
        ("cleaned=yes&note=" + "x" * 9000, FORM, 413),
        ("&".join(f"a{i}=1" for i in range(100)), FORM, 400),
    ],
    ids=["not cleaned", "no form", "another site's page", "no site's page", "too long", "too many fields"],
)
def test_bad_requests_for_release_are_refused_and_book_nothing(
    browser: Browser, book: RequestBook, body: str, headers: Dict[str, str], status: int
) -> None:
    assert browser.ask("/release", method="POST", body=body, headers=headers).status == status
    assert book.all() == []
    assert browser.wish().status == 303 and len(book.all()) == 1


def test_who_is_not_quarantined_books_nothing(browser: Browser, book: RequestBook) -> None:
    answer = browser.ask("/release", source=FREE4, method="POST", body="cleaned=yes", headers=FORM)
    assert answer.status == 303 and book.all() == []


@pytest.mark.parametrize(
    "request_, status",
    [
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"400"),
        (b"GET / HTTP/1.0\r\n\r\n", b"511"),
        (b"GET / HTTP/1.1\r\nHost: " + NAME.encode() + b"\r\nX: " + b"y" * 70000 + b"\r\n\r\n", b"431"),
        (b"GET /" + b"y" * 70000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n", b"400"),
    ],
    ids=["no host", "two hosts", "1.0 without host", "long header", "long path", "TLS"],
)
def test_malformed_requests_are_answered_and_the_portal_goes_on(browser: Browser, request_: bytes, status: bytes) -> None:
    first, _, _ = browser.raw(request_).partition(b"\r\n")
    assert first.split(b" ")[1] == status, first
    assert browser.ask().status == 200


@pytest.mark.parametrize("text", [None, "[{", '{"r2": 1}', json.dumps([{**ROW, "prefixes": ["nonsense"]}])])
def test_without_a_readable_list_it_says_so_and_does_not_call_anybody_free(
    browser: Browser, cases: QuarantineList, text: Optional[str]
) -> None:
    cases.path.unlink()
    if text is not None:
        cases.path.write_text(text)
    answer = browser.ask()
    assert (answer.status, answer.headers["retry-after"]) == (503, "60")
    assert browser.ask(host="www.example.com").status == 511
    assert browser.wish().status == 503
    cases.replace([ROW])
    assert browser.ask().status == 200


def test_longest_prefix_says_whose_an_address_is(browser: Browser, cases: QuarantineList) -> None:
    other = {**ROW, "subscriber": "whole-site", "reason": "another", "prefixes": ["127.0.0.0/8"]}
    cases.replace([ROW, other])
    assert Seen(browser.ask().body).texts["reason"] == HOSTILE
    assert Seen(browser.ask(source=FREE4).body).texts["reason"] == "another"
