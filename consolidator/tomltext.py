"""The normal form of a rule book's text: read with its comments, written so that one meaning has one spelling.

A comment belongs to what follows it: a key at the top, a `[section]`, a `[[block]]`. The first paragraph of comments
belongs to the file, as does what stands behind everything. A comment between the keys of a block goes to the block
that follows, one behind a key to its own.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

WIDTH = 120
"""Characters a list may take in one line; a longer one has a line for each of its values."""
_HEADER = re.compile(r"\s*(\[\[?)([\w.\-]+)(\]\]?)\s*$")
_KEY = re.compile(r"""\s*([\w\-]+|"[^"]*")\s*=""")
_BARE = re.compile(r"[A-Za-z0-9_-]+")


@dataclass
class Block:
    """A `[[name]]` with its values, the comment above it and the blocks inside it (name, block), in their order."""

    values: dict[str, Any] = field(default_factory=dict)
    comment: str = ""
    inner: list[tuple[str, Block]] = field(default_factory=list)


@dataclass
class Book:
    """A file: its own comments, above and below all; keys and `[sections]` with theirs (by key, `[name]`); blocks by
    name in their order."""

    comment: str = ""
    tail: str = ""
    head: dict[str, Any] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)
    blocks: dict[str, list[Block]] = field(default_factory=dict)


def read(text: str) -> Book:
    """A file's content with its comments. Raises tomllib.TOMLDecodeError."""
    data = tomllib.loads(text)
    first, anchors, last = _anchors(text)
    book = Book(comment=first, tail=last)
    turns: dict[str, int] = {}
    for name, comment in anchors:
        if name.startswith("[["):
            turn = turns[name] = turns.get(name, -1) + 1
            _place(book, data, name[2:-2].split("."), turn, comment)
        elif comment:
            book.comments[name] = _joined(book.comments.get(name, ""), comment)
    book.head = {key: value for key, value in data.items() if not _is_blocks(value)}
    return book


def write(book: Book) -> str:
    """The text of a file: keys, then sections, then blocks, each as it stands in the book."""
    parts = [_hashed(book.comment)] if book.comment else []
    plain = {key: value for key, value in book.head.items() if not isinstance(value, Mapping)}
    if plain:
        parts.append("".join(_hashed(book.comments.get(key, "")) + _line(key, one) for key, one in plain.items()))
    for name, values in book.head.items():
        if isinstance(values, Mapping):
            parts.append(_hashed(book.comments.get(f"[{name}]", "")) + f"[{name}]\n" + _lines(values))
    for name, blocks in book.blocks.items():
        parts += (text for block in blocks for text in _block(name, block))
    return "\n".join([*parts, _hashed(book.tail)] if book.tail else parts)


def value_text(value: Any) -> str:
    """A value as it stands in a line: `"…"`, `12`, `2020-12-31`, `["a", "b"]`, `{ a = 1 }`."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _quoted(value)
        case date():
            return value.isoformat()
        case Mapping():
            return f"{{ {', '.join(pairs(value))} }}" if value else "{}"
        case Sequence():
            return f"[{', '.join(map(value_text, value))}]"
    return repr(value)


def pairs(values: Mapping[str, Any]) -> list[str]:
    """`key = value` for each."""
    return [f"{_key(key)} = {value_text(value)}" for key, value in values.items()]


def _is_blocks(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def _anchors(text: str) -> tuple[str, list[tuple[str, str]], str]:
    """The file's own comment, each key at the top, section and block with its comment, what stands below them all."""
    found: list[tuple[str, str]] = []
    waiting: list[str] = []
    first, depth, is_top = "", 0, True
    for line in text.split("\n"):  # nothing else ends a line of TOML
        words = line.strip(" \t\r")
        if words.startswith("#"):
            waiting.append(words.removeprefix("#").removeprefix(" "))
            continue
        if not words:
            if waiting and not found and not first:
                first, waiting = "\n".join(waiting), []
            elif waiting and waiting[-1]:
                waiting.append("")
            continue
        code, behind = _split(line)
        header, key = (_HEADER.match(code), _KEY.match(code)) if not depth else (None, None)
        if header or (key and is_top):
            name = "".join(header.groups()) if header else key[1].strip('"') if key else ""
            found.append((name, _joined("\n".join(waiting).strip("\n"), behind)))
            waiting, is_top = [], is_top and not header
        elif behind and found:
            found[-1] = (found[-1][0], _joined(found[-1][1], behind))
        depth += 0 if header else _opened(code)
    return first, found, "\n".join(waiting).strip("\n")


def _joined(above: str, behind: str) -> str:
    return "\n".join(filter(None, (above, behind)))


def _split(line: str) -> tuple[str, str]:
    """A line without the comment behind it, and that comment."""
    sign, place = "", 0
    while place < len(line):
        char = line[place]
        if sign == '"' and char == "\\":
            place += 1
        elif sign:
            sign = "" if char == sign else sign
        elif char in "\"'":
            sign = char
        elif char == "#":
            return line[:place], line[place + 1 :].strip()
        place += 1
    return line, ""


def _opened(code: str) -> int:
    """How many brackets of lists a line leaves open."""
    bare = re.sub(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'', "", code)
    return bare.count("[") - bare.count("]")


def _place(book: Book, data: Mapping[str, Any], path: Sequence[str], turn: int, comment: str) -> None:
    """Puts the turn-th block of a path into the book."""
    if len(path) == 1:
        values = data[path[0]][turn]
        own = {key: value for key, value in values.items() if key not in _inner_names(values)}
        book.blocks.setdefault(path[0], []).append(Block(own, comment))
        return
    outer = book.blocks[path[0]][-1]
    place = len(book.blocks[path[0]]) - 1
    done = sum(name == path[1] for name, _ in outer.inner)
    outer.inner.append((path[1], Block(dict(data[path[0]][place][path[1]][done]), comment)))


INNER = ("column", "row")
"""Lists inside a block that are written as blocks of their own; any other stays in its line."""


def _inner_names(values: Mapping[str, Any]) -> list[str]:
    return [name for name in INNER if _is_blocks(values.get(name))]


def _block(name: str, block: Block) -> Iterator[str]:
    yield _hashed(block.comment) + f"[[{name}]]\n" + _lines(block.values)
    for inner, one in block.inner:
        yield from _block(f"{name}.{inner}", one)


def _lines(values: Mapping[str, Any]) -> str:
    return "".join(_line(key, value) for key, value in values.items())


def _line(key: str, value: Any) -> str:
    line = f"{_key(key)} = {value_text(value)}"
    if len(line) > WIDTH and isinstance(value, list) and value:
        line = f"{_key(key)} = [\n" + "".join(f"  {value_text(one)},\n" for one in value) + "]"
    return line + "\n"


def _hashed(comment: str) -> str:
    return "".join(f"# {line}".rstrip(" ") + "\n" if line else "\n" for line in comment.split("\n")) if comment else ""


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _quoted(key)


def _quoted(text: str) -> str:
    """A string: in single quotes where that saves escapes."""
    if ('"' in text or "\\" in text) and "'" not in text and text.isprintable():
        return f"'{text}'"
    escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return '"' + "".join(escapes.get(char) or (char if char.isprintable() else _escape(char)) for char in text) + '"'


def _escape(char: str) -> str:
    return f"\\u{ord(char):04X}" if ord(char) < 0x10000 else f"\\U{ord(char):08X}"
