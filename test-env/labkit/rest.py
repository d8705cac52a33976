"""Postern's REST API as a program meets it, every answer held against the OpenAPI document that the application serves."""

from __future__ import annotations

import base64
import copy
import http.client
import json
import urllib.parse
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Set

from .onos import Onos

ROOT = "/onos/postern/v1"
PROBLEM = "application/problem+json"
_HEADERS = ("ETag", "Link", "Location", "Retry-After")
"""What an answer may have only if the document says so."""


@dataclass(frozen=True)
class Answer:
    """An answer of the API."""

    status: int
    headers: Dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        """Its body, decoded."""
        return json.loads(self.text)

    @property
    def tag(self) -> str:
        """Its entity tag, or nothing."""
        return self.headers.get("ETag", "")


class Contract:
    """An OpenAPI document as what it promises."""

    def __init__(self, document: dict) -> None:
        self.document = document
        self._schemas = _closed(copy.deepcopy(document["components"]["schemas"]))
        self.succeeded: Set[str] = set()
        """The operations that were answered with a status below 400."""

    def operations(self) -> Set[str]:
        """The identifiers of all operations."""
        return {operation["operationId"] for path in self.document["paths"].values() for operation in path.values()}

    def check(self, method: str, path: str, answer: Answer) -> None:
        """Fails unless an answer is one that the document promises."""
        said = f"{method} {path}: {answer}"
        operation = self._operation(path.split("?")[0]).get(method.lower())
        if operation is None:
            assert answer.status in (404, 405), f"not documented: {said}"
            self._valid({"$ref": "#/components/schemas/Problem"}, answer, said)
            return
        promised = self._resolved(operation["responses"].get(str(answer.status)))
        assert promised is not None, f"status not documented: {said}"
        for name in _HEADERS:
            assert name not in answer.headers or name in promised.get("headers", {}), f"header {name} not documented: {said}"
        if answer.status in (401, 403) and method in ("PUT", "DELETE") and not answer.text:
            # the web server's own: it has error pages for other methods only, and the document says so
            return
        if "content" in promised:
            kind = answer.headers["Content-Type"].split(";")[0]
            assert kind in promised["content"], said
            if kind.endswith("json") and not kind.endswith("ndjson"):
                self._valid(promised["content"][kind]["schema"], answer, said)
        else:
            assert answer.text == "", said
        if answer.status < 400:
            self.succeeded.add(operation["operationId"])
        else:
            assert answer.headers["Content-Type"] == PROBLEM and answer.json["status"] == answer.status, said

    def _valid(self, schema: dict, answer: Answer, said: str) -> None:
        from jsonschema import Draft7Validator

        whole = {**_closed(copy.deepcopy(schema)), "components": {"schemas": self._schemas}}
        faults = [f"{list(fault.path)} {fault.message}" for fault in Draft7Validator(whole).iter_errors(answer.json)]
        assert faults == [], f"{faults}: {said}"

    def _resolved(self, node: Optional[dict]) -> Optional[dict]:
        while node is not None and "$ref" in node:
            found: Any = self.document
            for name in node["$ref"][2:].split("/"):
                found = found[name]
            node = found
        return node

    def _operation(self, path: str) -> dict:
        segments = path.split("/")
        fitting = [
            template
            for template in self.document["paths"]
            if len(template.split("/")) == len(segments)
            and all(part.startswith("{") or part == segment for part, segment in zip(template.split("/"), segments))
        ]
        return self.document["paths"][min(fitting, key=lambda template: template.count("{"))] if fitting else {}


def _closed(node: Any) -> Any:
    # what OpenAPI 3.0 says otherwise than JSON Schema; and a field that no schema names is a fault
    if isinstance(node, dict):
        if "properties" in node and node.get("type") == "object":
            node["additionalProperties"] = False
        if node.pop("nullable", False) and "type" in node:
            node["type"] = [node["type"], "null"]
        for value in node.values():
            _closed(value)
    elif isinstance(node, list):
        for value in node:
            _closed(value)
    return node


class Rest:
    """One user of the API."""

    def __init__(self, onos: Onos, contract: Optional[Contract] = None, user: str = "", password: str = "") -> None:
        self.onos = onos
        self.user = user or onos.user
        self.password = password or onos.password
        self.contract = contract or Contract(self._send("GET", "/openapi.json", None, {}).json)

    @property
    def url(self) -> str:
        """Where the API is."""
        return self.onos.url + ROOT

    def other(self, user: str, password: str) -> "Rest":
        """The same API for another user."""
        return Rest(self.onos, self.contract, user, password)

    def ask(self, method: str, path: str, body: Any = None, expect: Optional[int] = None, **headers: str) -> Answer:
        """A request; the answer is as documented.

        :param path: below the API, with its query, quoted
        :param body: to be sent as JSON, or bytes to be sent as they are
        :param expect: the status it has to have
        :param headers: further headers, an underscore for each hyphen
        """
        answer = self._send(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        self.contract.check(method, path, answer)
        assert expect is None or answer.status == expect, f"{method} {path}: not {expect} but {answer}"
        return answer

    def _send(self, method: str, path: str, body: Any, headers: Dict[str, str]) -> Answer:
        parts = urllib.parse.urlsplit(self.onos.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname, parts.port, timeout=60)
        try:
            sent = dict(headers)
            if self.user != "-":
                token = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
                sent["Authorization"] = f"Basic {token}"
            data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
            if data is not None:
                sent.setdefault("Content-Type", "application/json")
            connection.request(method, ROOT + path, data, sent)
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read().decode())
        finally:
            connection.close()

    def all(self, path: str, name: str, limit: int = 1000) -> List[dict]:
        """Every element of a list, page by page."""
        found: List[dict] = []
        cursor: Optional[str] = None
        while True:
            query = f"?limit={limit}" + (f"&cursor={cursor}" if cursor else "")
            page = self.ask("GET", path + query, expect=200).json
            found += page[name]
            cursor = page["next"]
            if cursor is None:
                return found
