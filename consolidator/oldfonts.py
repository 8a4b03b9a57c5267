"""Vietnamese text that is not composed Unicode: TCVN3 (ABC) and VNI letters, decomposed marks, mojibake.

Old fonts draw Vietnamese over the codes of Latin letters: the cell holds `C«ng ®oµn` and only `.VnTime` shows
"Công đoàn". Laws:

- a letter that neither table holds (ạ, đ, ư as Unicode, Greek …) means that the text is Unicode already, whatever its
  font; the two are never mixed by guesswork;
- by letters alone a text is suspected only if words turn from impossible Vietnamese into possible Vietnamese
  (`_is_syllable`) and none turns the other way. Words that are possible both ways prove nothing: `cã` is TCVN3 for
  "có" and may be meant; `Lý do` is the same in both. One telling word is enough;
- by the font's name, also one word that is possible both ways: what the font shows is what was meant, unless the
  letters speak against it. Two such words and no telling one are Unicode typed in an old font: nine TCVN3 words
  in ten are telling.

TCVN3 is VN3, the set of the `.Vn…` fonts: letters with a tone have no capitals there; a font whose name ends in H
shows small letters as capitals, and typists of the other fonts leave the toned letters small ("Tæng" for "TỔNG").
VNI-Windows has all capitals. Codes are seen as Windows-1252, so TCVN3's ư is U+00AD, the soft hyphen: nobody may
strip invisible characters before this module has seen the text.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache


class Suspicion(StrEnum):
    """What is wrong with a text."""

    TCVN3 = "tcvn3"
    VNI = "vni"
    DECOMPOSED = "decomposed"
    MOJIBAKE = "mojibake"


_TCVN3 = {
    chr(first + step): letter
    for first, letters in (
        (0xA1, "ĂÂÊÔƠƯĐăâêôơưđ"),
        (0xB5, "àảãáạ"),
        (0xBB, "ằẳẵắ"),
        (0xC6, "ặầẩẫấậè"),
        (0xCE, "ẻẽéẹềểễếệìỉ"),
        (0xDC, "ĩíịò"),
        (0xE1, "ỏõóọồổỗốộờởỡớợù"),
        (0xF1, "ủũúụừửữứựỳỷỹýỵ"),
    )
    for step, letter in enumerate(letters)
}
_TCVN3_TABLE = str.maketrans(_TCVN3)
_PLAIN_CASE = frozenset("ĂÂÊÔƠƯĐăâêôơưđ")
"""The only letters beyond ASCII whose case TCVN3 keeps apart."""

_GRAVE, _ACUTE, _HOOK, _TILDE, _DOT = "\u0300\u0301\u0309\u0303\u0323"
_TONES = frozenset((_GRAVE, _ACUTE, _HOOK, _TILDE, _DOT))
_CIRCUMFLEX, _BREVE = "\u0302\u0306"


def _vni() -> dict[str, str]:
    """VNI-Windows: a vowel and a mark behind it make one letter, nine letters stand alone; both cases."""
    single = dict(zip("ñôöíìæóòî", "đơưíìỉĩịỵ", strict=True))
    tones = {"ù": _ACUTE, "ø": _GRAVE, "û": _HOOK, "õ": _TILDE, "ï": _DOT}
    pairs = {base + mark: single.get(base, base) + tone for base in "aeiouyôö" for mark, tone in tones.items()}
    order = ("", _ACUTE, _GRAVE, _HOOK, _TILDE, _DOT)
    for bases, marks, shape in (("aeo", "âáàåãä", _CIRCUMFLEX), ("a", "êéèúüë", _BREVE)):
        pairs |= {base + mark: base + shape + tone for base in bases for mark, tone in zip(marks, order, strict=True)}
    table = {old: unicodedata.normalize("NFC", new) for old, new in (pairs | single).items()}
    capitals = {old[0].upper() + mark: new.upper() for old, new in table.items() for mark in (old[1:], old[1:].upper())}
    return table | {old[0] + old[1:].upper(): new for old, new in table.items()} | capitals


_VNI = _vni()
_VNI_LETTER = re.compile("[aeiouyôö][âáàåãäêéèúüëùøûõï]|.", re.IGNORECASE | re.DOTALL)

_WORD = re.compile(rf"(?:[^\W\d_]|[{''.join(old for old in _TCVN3 if not old.isalpha())}])+")
"""A run of letters, or of signs that TCVN3 draws as letters."""

_CP1252 = {bytes((code,)).decode("cp1252", "replace"): code for code in range(0x80, 0x100)}
_BYTE_OF = {**{chr(code): code for code in range(0x100)}, **_CP1252, "\u0102": 0xC3}
"""Bytes of UTF-8 as Windows-1252 or 1258 shows them: the two differ, where Vietnamese is concerned, in Ã and Ă."""
_BYTE_OF.pop("\ufffd")
_BEHIND = "".join(re.escape(sign) for sign, code in _BYTE_OF.items() if 0x80 <= code < 0xC0)
_BROKEN = re.compile(rf"Ä[‘\x90]|Æ[°¡]|áº[{_BEHIND}]|[ÃĂ][¡-ºý¼-¿]")
_BROKEN_TOO = re.compile(rf"á»[{_BEHIND}]|â€[{_BEHIND}]|Ã |Ä |Æ ")
"""Remains of UTF-8 that correct Vietnamese does not hold, and that it holds by some rare chance."""
_BROKEN_SIGNS = ("Ä", "Æ", "Ã", "Ă", "áº", "á»", "â€", "\ufffd")
"""What each of them begins with, and the sign for what could not be read at all."""


@lru_cache(maxsize=2048)
def suspect(text: str, font: str = "") -> Suspicion | None:
    """What a text is if it is not composed Unicode; `font` is the name of the cell's font, "" if unknown."""
    if text.isascii():
        return None
    if not unicodedata.is_normalized("NFC", text) and any(map(unicodedata.combining, text)):
        return Suspicion.DECOMPOSED
    if _from_utf8(text) is not None or _is_broken(text):
        return Suspicion.MOJIBAKE
    if any(sign > "\xff" and sign.isalpha() for sign in text):
        return None
    capitals = _shows_capitals(font)
    counts = {kind: _evidence(text, kind, capitals) for kind in (Suspicion.TCVN3, Suspicion.VNI)}
    named = _font_kind(font)
    if named and to_unicode(text, named, font) != text:
        better, worse, odd, both = counts[named]
        if better > worse or (better == worse and odd == 0 and both < 2):
            return named
    found = [kind for kind, (better, worse, odd, _) in counts.items() if better > worse * 10 and better >= odd]
    if len(found) == 2:
        tcvn3, vni = (counts[kind][0] for kind in found)
        return None if tcvn3 == vni else found[tcvn3 < vni]
    return found[0] if found else None


def to_unicode(text: str, kind: Suspicion, font: str = "") -> str:
    """A text as composed Unicode. Mojibake comes back unchanged where it cannot be undone exactly."""
    match kind:
        case Suspicion.DECOMPOSED:
            return unicodedata.normalize("NFC", text)
        case Suspicion.MOJIBAKE:
            return _from_utf8(text) or text
        case Suspicion.VNI:
            return _VNI_LETTER.sub(lambda found: _VNI.get(found[0], found[0]), text)
    decoded = text.translate(_TCVN3_TABLE)
    return decoded.upper() if _shows_capitals(font) else _with_capitals(decoded)


def is_old(font: str) -> bool:
    """Whether a font draws Vietnamese over the codes of Latin letters, by its name."""
    return _font_kind(font) is not None


def _font_kind(font: str) -> Suspicion | None:
    name = font.strip().casefold()
    if name.startswith(".vn"):
        return Suspicion.TCVN3
    return Suspicion.VNI if name.startswith(("vni-", "vni ")) else None


def _shows_capitals(font: str) -> bool:
    name = font.strip().casefold()
    return name.startswith(".vn") and name.endswith("h")


def _with_capitals(text: str) -> str:
    """Capitals for toned letters in words, and among words, that are otherwise in capitals."""
    words = {word: _case(word) for word in _WORD.findall(text)}
    spelled = any(case == "upper" and len(word) <= 8 and _is_syllable(word.lower()) for word, case in words.items())
    all_capitals = spelled and "lower" not in words.values()
    upper = {"upper", "open"} if all_capitals else {"upper"}
    return _WORD.sub(lambda found: found[0].upper() if words[found[0]] in upper else found[0], text)


def _case(word: str) -> str:
    """ "upper" with two letters that can only be capitals, "lower" with one that can only be small, else "open"."""
    sure = [letter for letter in word if letter.isascii() or letter in _PLAIN_CASE]
    if any(letter.islower() for letter in sure):
        return "lower"
    return "upper" if len(sure) > 1 else "open"


def _evidence(text: str, kind: Suspicion, capitals: bool) -> tuple[int, int, int, int]:
    """How many words become Vietnamese when read in this encoding, cease to be it, are it neither way or both ways."""
    better = worse = odd = both = 0
    for found in _WORD.finditer(text):
        word, around = found[0], text[max(found.start() - 1, 0) : found.start()] + text[found.end() : found.end() + 1]
        if word.isascii() or word == "µm" or any(map(str.isdigit, around)):
            continue  # a sign at a figure is a sign: 3m×4m, £50
        decoded = _strictly(word, kind)
        decoded = decoded.upper() if capitals else decoded
        now, before = bool(decoded) and _is_vietnamese(decoded), _is_vietnamese(word)
        if len(word) == 1 and not before:
            now = False  # and a sign alone is one: 5 µm
        better += now and not before
        worse += before and not now
        odd += not before and not now
        both += before and now
    return better, worse, odd, both


def _strictly(word: str, kind: Suspicion) -> str:
    """A word read in an encoding; "" if it holds letters that the encoding lacks or has elsewhere only."""
    table, letters = (_TCVN3, list(word)) if kind is Suspicion.TCVN3 else (_VNI, _VNI_LETTER.findall(word))
    if not all(letter in table or letter.isascii() for letter in letters):
        return ""
    return "".join(table.get(letter, letter) for letter in letters)


def _is_vietnamese(word: str) -> bool:
    """Whether a word can be Vietnamese: a syllable, or an abbreviation in capitals with its Đ (LĐLĐ, CĐCS)."""
    if 1 < len(word) <= 8 and "Đ" in word and word.isupper() and word.replace("Đ", "D").isascii():
        return True
    return len(word) <= 8 and _is_syllable(word.lower())


_ONSETS = ("ngh", *("ng", "nh", "ch", "gh", "gi", "kh", "ph", "qu", "th", "tr"), *"bcdđghklmnprstvx")
_SPELLED = """
    a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây
    e ec em en eng eo ep et ê êch êm ên êng ênh êp êt êu i ia ich iêc iêm iên iêng iêp iêt iêu im in inh ip it iu
    o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet oi om on ong op ot
    ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt u ua uân uâng uât uây uc uê uêch uênh ui um un ung uôc uôi uôm
    uôn uông uôt uơ up ut uy uya uych uyên uyêt uynh uyt uyu uyp ư ưa ưc ưi ưm ưn ưng ươc ươi ươm ươn ương ươp ươt
    ươu ưt ưu y yêm yên yêng yêt yêu"""
_RIMES = frozenset(_SPELLED.split())
_FRONT = tuple("eêiy")
_TONE_EITHER = frozenset(("oa", "oe", "uy"))


@lru_cache(maxsize=4096)
def _is_syllable(word: str) -> bool:
    """Whether a small-lettered word obeys Vietnamese spelling: onset, rime, and the tone mark in its place."""
    base, tones = "", []
    for sign in unicodedata.normalize("NFD", word):
        if sign in _TONES:
            tones.append((sign, len(unicodedata.normalize("NFC", base)) - 1))
        else:
            base += sign
    base = unicodedata.normalize("NFC", base)
    if len(tones) > 1:
        return False
    for onset in ("", *_ONSETS):
        rime = base.removeprefix(onset)
        if base.startswith(onset) and rime in _RIMES and _may_follow(onset, rime):
            tone, place = tones[0] if tones else ("", -1)
            stopped = rime.endswith(("c", "ch", "p", "t"))
            if stopped and tone not in (_ACUTE, _DOT):
                continue
            if not tone or place - len(onset) in _tone_places(rime):
                return True
    return False


def _may_follow(onset: str, rime: str) -> bool:
    if onset in ("k", "gh", "ngh"):
        return rime.startswith(_FRONT)
    if onset in ("c", "g", "ng"):
        return not rime.startswith(_FRONT) or (onset == "g" and rime.startswith("i"))
    if rime.startswith("y"):
        return onset in ("", "qu") or (rime == "y" and onset in ("h", "k", "l", "m", "s", "t", "th", "v"))
    return True


def _tone_places(rime: str) -> tuple[int, ...]:
    """Where in a rime the tone mark may stand; "hòa" and "hoà" are both right."""
    shaped = [place for place, letter in enumerate(rime) if letter in "ăâêôơư"]
    if shaped:
        return (shaped[-1],)
    vowels = sum(letter in "aeiouy" for letter in rime)
    if rime in _TONE_EITHER:
        return (0, 1)
    return (1,) if vowels == 3 or (vowels == 2 and rime[-1] not in "aeiouy") else (0,)


def _from_utf8(text: str) -> str | None:
    """What a text was before its UTF-8 was read as Windows-1252 or 1258; None unless that is certain."""
    found = _one_layer(text)
    while found and (deeper := _one_layer(found)):
        found = deeper
    return found


def _one_layer(text: str) -> str | None:
    if text.isascii() or any(sign not in _BYTE_OF for sign in text):
        return None
    try:
        found = bytes(_BYTE_OF[sign] for sign in text).decode("utf-8")
    except UnicodeDecodeError:
        return None
    telling = any((sign.isalpha() and sign > "\x7f") or "\u2010" <= sign <= "\u203a" for sign in found)
    return unicodedata.normalize("NFC", found) if telling else None


def _is_broken(text: str) -> bool:
    """Whether a text holds what reading went wrong left behind, beyond exact repair."""
    if not any(sign in text for sign in _BROKEN_SIGNS):  # most texts: this is asked of every one
        return False
    sure = len(_BROKEN.findall(text))
    return "\ufffd" in text or (sure > 0 and sure + len(_BROKEN_TOO.findall(text)) > 1)
