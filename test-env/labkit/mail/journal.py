"""Delivery proven at the receiver: every server that takes mail writes one JSON line a message."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from .processes import await_condition


@dataclass(frozen=True)
class Accepted:
    """A message a server took: who sent it, on which port, as which user (None: nobody), and to whom."""

    server: str
    port: int
    peer: str
    user: str | None
    sender: str
    recipients: list[str]
    message_id: str
    text: str


class Journal:
    """Reads the JSON lines a server writes."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def messages(self) -> list[Accepted]:
        """All messages taken so far."""
        try:
            lines = self.path.read_text().splitlines()
        except FileNotFoundError:
            return []
        return [Accepted(**json.loads(line)) for line in lines if line.endswith("}")]

    def find(self, token: str) -> Accepted | None:
        """The message whose text or recipient holds the token, if it is there."""
        for message in self.messages():
            if token in message.text or any(token in recipient for recipient in message.recipients):
                return message
        return None

    def await_message(self, token: str, seconds: float = 6.0) -> Accepted | None:
        """Wait for the message that holds the token."""
        await_condition(lambda: self.find(token) is not None, seconds, 0.05)
        return self.find(token)
