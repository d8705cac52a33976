"""What the portal shows: HTML made of constants and of escaped text, nothing else."""

from __future__ import annotations

from html import escape
from typing import Optional

from .case import Case, Request

NOTE_LENGTH = 500
"""Characters of a subscriber's own words that are kept."""

_WHAT_IS_CLOSED = {
    "mail": "You cannot send mail: ports 25, 465 and 587 are closed. Web pages, calls and everything else work.",
    "walled-garden": "Nearly everything is closed. This page, name service, the clock and what you need to clean your"
    " computers (updates, virus scanners) work.",
}
_STYLE = (
    "body{font:1.05rem/1.5 sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem;color:#222}"
    "h1{font-size:1.5rem}dt{font-weight:bold}dd{margin:0 0 .6rem}button,textarea{font:inherit}textarea{width:100%}"
)


def _document(title: str, body: str, head: str = "") -> str:
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"{head}<title>{escape(title)}</title><style>{_STYLE}</style></head>\n<body>\n<h1>{escape(title)}</h1>\n{body}\n"
        "</body></html>\n"
    )


def _time(moment: str) -> str:
    return f'<time datetime="{escape(moment)}">{escape(moment)}</time>'


def case_page(case: Case, address: str, contact: str, asked: Optional[Request]) -> str:
    """Why, since when, what is closed and how to get out; with the form, unless this subscriber has asked already."""
    closed = _WHAT_IS_CLOSED.get(case.depth, "Part of your connection is closed.")
    body = (
        f"<p>{escape(closed)}</p>\n<dl>"
        f'<dt>Why</dt><dd id="reason">{escape(case.reason)}</dd>'
        f'<dt>Since</dt><dd id="since">{_time(case.since)}</dd>'
        f'<dt>Connection</dt><dd id="subscriber">{escape(case.subscriber)} ({escape(address)})</dd></dl>\n'
        "<h2>How to get out</h2>\n<ol><li>Update every computer, phone and television on this connection, and let a virus"
        " scanner look through them.</li><li>Change the passwords of your mail accounts.</li>"
        "<li>Tell us below. We look at it and open the connection.</li></ol>\n"
    )
    if asked is not None:
        body += f'<p id="asked">You have told us at {_time(asked.at)}; we will look at it.</p>\n'
    else:
        body += (
            '<form method="post" action="/release"><p><label><input type="checkbox" name="cleaned" value="yes" required>'
            " I have cleaned my computers.</label></p>"
            f'<p><label>What did you find? <textarea name="note" rows="3" maxlength="{NOTE_LENGTH}"></textarea></label></p>'
            '<p><button type="submit">Open my connection</button></p></form>\n'
        )
    return _document("Your connection is quarantined", body + _contact(contact))


def free_page(address: str, contact: str) -> str:
    """For who is not quarantined."""
    body = f'<p id="free">Nothing is closed on your connection ({escape(address)}).</p>\n'
    return _document("Your connection is not quarantined", body + _contact(contact))


def intercepted_page(case: Optional[Case], portal: str, contact: str) -> str:
    """Instead of a page of somebody else's, as RFC 6585, section 6 has it: where to go, and why."""
    url = escape(f"http://{portal}/")
    body = "<p>This is not the page that you asked for: your provider has quarantined your connection.</p>\n"
    if case is not None:
        body += f'<dl><dt>Why</dt><dd id="reason">{escape(case.reason)}</dd></dl>\n'
    body += f'<p><a href="{url}">What it is about, and how to get out</a></p>\n'
    refresh = f'<meta http-equiv="refresh" content="5; url={url}">'
    return _document("Network authentication required", body + _contact(contact), refresh)


def plain_page(title: str, text: str, contact: str) -> str:
    """A page that says one thing."""
    return _document(title, f"<p>{escape(text)}</p>\n{_contact(contact)}")


def _contact(contact: str) -> str:
    return f'<p id="contact">Your provider: {escape(contact)}</p>'
