"""Proves that shared strings, and the small parts of a workbook, mean one thing only: a grammar over bytes.

What sheets need of it besides (`xmlscan`): the dialect of texts and tags, how a part begins, what is inside an element.
Encoding and entities in texts are left to the reader beneath, which refuses what is wrong with them.
"""

from __future__ import annotations

import re
from functools import lru_cache
from xml.parsers import expat

from consolidator.packaging import broken
from consolidator.rewriting import LINKS, SPACES, rewritten
from consolidator.rewriting import MAIN as MAIN_SPACE

MAIN = MAIN_SPACE.encode()
MAX_KEPT = 2**18
"""Bytes up to which a part, or a piece of one, is remembered once it is proved."""

TEXT = rb"[^<]*+"
_T = rb'<t(?: xml:space="preserve")?(?:/>|>' + TEXT + rb"</t>)"
_RUN = rb"<r(?:/>|>(?:<rPr(?:/>|>(?:</?[^<>]*>)*?</rPr>))?(?:" + _T + rb")?</r>)"
_PHONETIC = rb'<rPh(?: [a-z]+="[0-9]*")*>' + _T + rb"</rPh>|<phoneticPr[^<>]*/>"
RICH = rb"(?:" + _T + rb"|" + _RUN + rb"|" + _PHONETIC + rb")*+"
"""What a text is made of, in a cell or among the shared strings."""
TAG = rb'</?[A-Za-z][\w:.-]*(?:\s+[\w:.-]+="[^"<]*")*+\s*/?>'
_STRINGS = re.compile(rb'(?:<si><t(?: xml:space="preserve")?>[^<]*+</t></si>|<si(?:/>|>' + RICH + rb"</si>))*+")
HEAD = re.compile(
    rb'(?:\xef\xbb\xbf)?(?:<\?xml version="1\.0"(?: encoding="(?i:utf-8)")?(?: standalone="\w+")?\s*\?>)?\s*<(\w+)[ >]'
)
_TAGS_AND_TEXTS = re.compile(rb"(?:" + TAG + rb"[^<]*+)*+")
_DEFAULT, _LINKS = b' xmlns="', b' xmlns:r="'


def proved_strings(part: bytes) -> bytes:
    """The `<si>` elements of the shared strings. Raises Unreadable where programs could differ on them.

    Workbooks into which nothing was typed in Excel have those of their form: they are proved once, and one object.
    """
    return _strings_once(part) if len(part) <= MAX_KEPT else _strings(part)


@lru_cache(8)
def _strings_once(part: bytes) -> bytes:
    return _strings(part)


def _strings(part: bytes) -> bytes:
    for content in (part, None):
        content = rewritten(part, "sst") if content is None else content
        begin, end = inside(content, b"<sst")
        is_plain = begin >= 0 and _is_plain_head(content, b"sst") and is_of(content[:begin], MAIN)
        is_plain = is_plain and content[end:].strip() in (b"", b"</sst>")
        if is_plain and _STRINGS.fullmatch(content, begin, end):
            return content[begin:end]
    raise broken("strings")


def proved_plain(part: bytes, root: str) -> bytes:
    """A small part in the one dialect: UTF-8, one vocabulary without a prefix, no comments, double quotes.

    Those of a form are the same in all its files and are proved once.
    """
    return _proved_once(part, root) if len(part) <= MAX_KEPT else _proved(part, root)


@lru_cache(32)
def _proved_once(part: bytes, root: str) -> bytes:
    return _proved(part, root)


def _proved(part: bytes, root: str) -> bytes:
    head = HEAD.match(part)
    if head is not None and head[1] == root.encode() and _TAGS_AND_TEXTS.fullmatch(part, head.start(1) - 1):
        spaces = [space for space in SPACES if b'="%s"' % space.encode() in part]
        if len(spaces) == 1 and is_of(part, spaces[0].encode()) and _links_as_usual(part):
            _check_form(part)
            return part
    return rewritten(part, root)


def _links_as_usual(part: bytes) -> bool:
    """Whether `r:` is the prefix of what leads to other parts, all over the part."""
    told = sum(part.count(b'%s%s"' % (_LINKS, space.encode())) for space in LINKS)
    return part.count(_LINKS) == told <= 1


def _check_form(part: bytes) -> None:
    """Raises Unreadable for what is no well-formed XML; nothing is heard of it, so that it costs little."""
    try:
        expat.ParserCreate().Parse(part, True)
    except (expat.ExpatError, UnicodeError, ValueError, LookupError) as error:
        raise broken("xml") from error


def is_of(tags: bytes, space: bytes) -> bool:
    """Whether elements without a prefix are of a vocabulary, and no others are: no prefix and no part means another."""
    return tags.count(_DEFAULT) == 1 == tags.count(b'="%s"' % space) and b'%s%s"' % (_DEFAULT, space) in tags


def inside(content: bytes, tag: bytes) -> tuple[int, int]:
    """Where what is inside an element begins and ends; (-1, -1) where there is none, twice the end for an empty one."""
    at = content.find(tag)
    begin = content.find(b">", at) + 1
    if at < 0 or not begin or content[at + len(tag) : at + len(tag) + 1] not in (b" ", b">", b"/"):
        return -1, -1
    if content[begin - 2 : begin] == b"/>":
        return begin, begin
    end = content.rfind(b"</" + tag[1:] + b">")
    return (begin, end) if end >= begin else (-1, -1)


def _is_plain_head(content: bytes, root: bytes) -> bool:
    match = HEAD.match(content)
    return match is not None and match[1] == root
