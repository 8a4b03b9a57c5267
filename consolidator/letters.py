"""Letters to units as mail that waits to be sent: plain text, one address, at most one workbook attached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from email.policy import SMTP
from hashlib import sha256

from consolidator.rulebook import documents
from consolidator.wording import plain

_POINTS = 20
"""Findings written out in a letter; a longer list is read in the workbook."""
_WORKBOOK = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")


def letter_text(kind: str, points: Sequence[str], facts: Mapping[str, str]) -> tuple[str, str]:
    """(subject, body) of a letter of a kind of `documents.toml`; `facts` fill its holes."""
    words = documents()["letter"]
    lines = [words["greeting"], *words[kind]["body"]]
    if facts.get("deadline"):
        lines.append(words["deadline"])
    told = [line.format(**facts) for line in lines]
    if points:
        told.append("\n".join([words["points"], *(f"{n}. {one}" for n, one in enumerate(points[:_POINTS], 1))]))
    if len(points) > _POINTS:
        told.append(words["more"].format(count=len(points) - _POINTS))
    told.append(words["signature"].format(**facts))
    return _on_a_line(words[kind]["subject"].format(**facts)), "\n\n".join(map(plain, told)) + "\n"


def mail(to: str, subject: str, body: str, attached: tuple[str, bytes] | None = None) -> bytes:
    """A mail as the bytes of an `.eml` that Outlook and Thunderbird open as a draft; no date, so that it is the same
    whenever it is made. `to` is one plain address or ""; `attached` a file's name and content.
    """
    message = EmailMessage(policy=SMTP)
    message["Subject"] = subject
    if to:
        message["To"] = to
    message["X-Unsent"] = "1"
    message.set_content(body, cte="base64")
    if attached is not None:
        name, content = attached
        message.add_attachment(content, maintype=_WORKBOOK[0], subtype=_WORKBOOK[1], filename=name)
        message.set_boundary("=_" + sha256(content).hexdigest()[:32])
    return message.as_bytes()


def _on_a_line(text: str) -> str:
    """A line break in a subject would begin a header of somebody's own."""
    return " ".join(plain(text).split())
