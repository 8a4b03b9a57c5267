"""Texts of people as they may be shown: nothing in them turns a line around, hides, or rings a bell."""

from __future__ import annotations

import re
from unicodedata import category

REPLACEMENT = "\ufffd"
_PICTURES, _DELETE = 0x2400, "\u2421"
"""Where Unicode keeps a picture of each control character up to the blank; that of DEL is apart."""
_UNSEEN = re.compile(r"[^\S\n\t ]|[^\s\w!-~]")
"""What may have to be looked at: most texts have little of it."""


def visible(text: str) -> str:
    """The text with a sign, one for one, for each character that a reader would not see but that does something.

    Control characters become their pictures (BEL "␇"); marks that change the direction of writing, characters without
    width, halves of characters and what is no character become "�". Line breaks become "\\n". Once is enough.
    """
    if text.isprintable() or text.replace("\n", "").isprintable():  # as most are: not by the letter, so in no time
        return text
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNSEEN.sub(_sign, text)


def escaped(text: str) -> str:
    """A JSON text with the same characters written as JSON escapes them: seen by who looks, the same to programs."""
    return _UNSEEN.sub(lambda found: found[0] if _sign(found) == found[0] else _escape(found[0]), text)


def _sign(found: re.Match[str]) -> str:
    char = found[0]
    code, kind = ord(char), category(char)
    if kind == "Cc":
        return chr(_PICTURES + code) if code < 32 else _DELETE if code == 127 else REPLACEMENT
    is_none = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
    return REPLACEMENT if kind in ("Cf", "Cs") or is_none else char


def _escape(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
