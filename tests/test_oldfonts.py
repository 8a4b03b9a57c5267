"""Old Vietnamese encodings: never suspected in correct text, found and undone in encoded text.

The encoders here are written from other sources than the module: TCVN3 from glibc's `iconv`, VNI from the
decomposition of each letter.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consolidator.oldfonts import Suspicion, suspect, to_unicode

ROOT = Path(__file__).resolve().parent.parent
SEEDS = ROOT.parent / "shared" / "seeds"
"""The source texts, where the project's shared folder stands beside it; the rules quote most of them anyway."""

ONLY_VN2 = {0xAF, 0xBA, 0xBF, *range(0xC0, 0xC6), 0xCD, *range(0xD9, 0xDC), 0xE0, 0xF0}
"""Codes where glibc's TCVN has capitals that the fonts (VN3) have not, and 0xB0 to 0xB4, its loose tone marks."""

Encode = Callable[[str], str]


def strings(value: object) -> Iterator[str]:
    """Every string in a TOML value, keys too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """Correct Vietnamese: all strings of the rules, all lines of the seeds; composed, each once."""
    found = [text for path in ROOT.glob("rules/**/*.toml") for text in strings(tomllib.loads(path.read_text("utf-8")))]
    found += [line.strip() for path in SEEDS.glob("*.txt") for line in path.read_text("utf-8").splitlines()]
    return list(dict.fromkeys(unicodedata.normalize("NFC", text) for text in found if text))


@pytest.fixture(scope="module")
def accented(texts: list[str]) -> list[str]:
    return [text for text in texts if not text.isascii()]


@pytest.fixture(scope="module")
def tcvn3() -> Encode:
    """An encoder from glibc's table; toned capitals become small letters, as Vietnamese keyboards do it."""
    program = shutil.which("iconv")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("iconv is missing in CI")
        pytest.skip("iconv is missing")
    code_of = {}
    for code in range(0xA1, 0xFF):
        if code not in ONLY_VN2 and not 0xB0 <= code <= 0xB4:
            done = subprocess.run([program, "-f", "TCVN", "-t", "UTF-8"], input=bytes([code]), capture_output=True)
            code_of[done.stdout.decode()] = chr(code)
    assert len(code_of) == 74
    return lambda text: "".join(code_of.get(sign) or code_of.get(sign.lower()) or sign for sign in text)


GRAVE, ACUTE, HOOK, TILDE, DOT = "\u0300\u0301\u0309\u0303\u0323"
PLAIN = {"": "", ACUTE: "ù", GRAVE: "ø", HOOK: "û", TILDE: "õ", DOT: "ï"}
CIRCUMFLEX = {"": "â", ACUTE: "á", GRAVE: "à", HOOK: "å", TILDE: "ã", DOT: "ä"}
BREVE = {"": "ê", ACUTE: "é", GRAVE: "è", HOOK: "ú", TILDE: "ü", DOT: "ë"}
ALONE = {"í": "í", "ì": "ì", "ỉ": "æ", "ĩ": "ó", "ị": "ò", "ỵ": "î", "đ": "ñ"}


def vni(text: str) -> str:
    return "".join(_vni_letter(letter) for letter in text)


def _vni_letter(letter: str) -> str:
    small = letter.lower()
    base, *marks = list(unicodedata.normalize("NFD", small))
    tone = next((mark for mark in marks if mark in PLAIN), "")
    if small in ALONE:
        coded = ALONE[small]
    elif not marks or base not in "aeiouy":
        return letter
    elif "\u0302" in marks:
        coded = base + CIRCUMFLEX[tone]
    elif "\u0306" in marks:
        coded = base + BREVE[tone]
    else:
        coded = ({"o": "ô", "u": "ö"}[base] if "\u031b" in marks else base) + PLAIN[tone]
    return coded if letter == small else coded.upper()


def misread(text: str, code: str) -> str:
    """UTF-8 shown as another code; bytes it lacks as control characters, as browsers do it."""
    return "".join(bytes([byte]).decode(code, "ignore") or chr(byte) for byte in text.encode())


def words_of(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text)


def test_correct_text_is_never_suspected(texts: list[str]) -> None:
    assert len(texts) > 3000
    assert [text for text in texts if suspect(text)] == []


def test_no_single_correct_word_is_suspected(texts: list[str]) -> None:
    words = {word for text in texts for word in words_of(text)}
    assert [word for word in words | {word.upper() for word in words} if suspect(word)] == []


SPEAKING_FOR_THEMSELVES = """có|Lý do|không|Hà Nội|Ô tô|thuý|qúy|café|Müller|São Paulo|España|résumé|Noël|m²|5 µm|±5°C
3m×4m|© 2023|§ 5|1½|£50|«an toàn»|· Tổ|naïve|Düsseldorf|®|ñ|Ê|déjà vu|García|phá…|ĐÃ” … GIÃ”|abc|Krông Păk|Trang!Ô"""


@pytest.mark.parametrize("text", ["", *re.split(r"[|\n]", SPEAKING_FOR_THEMSELVES)])
def test_short_signs_and_foreign_words_are_not_suspected(text: str) -> None:
    assert suspect(text) is None


@pytest.mark.parametrize(
    ("text", "kind", "meant"),
    [
        ("C«ng ®oµn", Suspicion.TCVN3, "Công đoàn"),
        ("§¹i héi", Suspicion.TCVN3, "Đại hội"),
        ("Tæng céng", Suspicion.TCVN3, "Tổng cộng"),
        ("kh«ng", Suspicion.TCVN3, "không"),
        ("b¸o c¸o", Suspicion.TCVN3, "báo cáo"),
        ("d\xadìng", Suspicion.TCVN3, "dưỡng"),
        ("L§L§ tØnh", Suspicion.TCVN3, "LĐLĐ tỉnh"),
        ("L§L§", Suspicion.TCVN3, "LĐLĐ"),
        ("TæNG LI£N §OµN LAO §éNG VIÖT NAM", Suspicion.TCVN3, "TỔNG LIÊN ĐOÀN LAO ĐỘNG VIỆT NAM"),
        ("Sè: 56/KH-L§L§", Suspicion.TCVN3, "Số: 56/KH-LĐLĐ"),
        ("Coâng ñoaøn", Suspicion.VNI, "Công đoàn"),
        ("ÑAÏI HOÄI", Suspicion.VNI, "ĐẠI HỘI"),
        ("ÑAïI HOäI", Suspicion.VNI, "ĐẠI HỘI"),
        ("Lyù do", Suspicion.VNI, "Lý do"),
        ("coù", Suspicion.VNI, "có"),
        ("khoâng", Suspicion.VNI, "không"),
        ("chöông trình", Suspicion.VNI, "chương trình"),
        ("Cô\u0301 gắng", Suspicion.DECOMPOSED, "Cố gắng"),
        ("CÃ´ng Ä‘oÃ\xa0n", Suspicion.MOJIBAKE, "Công đoàn"),
        ("CĂ´ng Ä‘oĂ\xa0n", Suspicion.MOJIBAKE, "Công đoàn"),
        ("CÃ´ng Ä‘oÃ n", Suspicion.MOJIBAKE, "CÃ´ng Ä‘oÃ n"),
        ("C\ufffdng \ufffdo\ufffdn", Suspicion.MOJIBAKE, "C\ufffdng \ufffdo\ufffdn"),
    ],
)
def test_old_text_is_recognised_by_its_letters(text: str, kind: Suspicion, meant: str) -> None:
    assert suspect(text) is kind
    assert to_unicode(text, kind) == meant


@pytest.mark.parametrize(
    ("text", "font", "kind", "meant"),
    [
        ("cã", "", None, ""),
        ("cã", "Times New Roman", None, ""),
        ("cã", ".VnTime", Suspicion.TCVN3, "có"),
        ("cã", ".VnTimeH", Suspicion.TCVN3, "CÓ"),
        ("c«ng ®oµn", ".VnArial NarrowH", Suspicion.TCVN3, "CÔNG ĐOÀN"),
        ("l®l®", ".VnTimeH", Suspicion.TCVN3, "LĐLĐ"),
        ("soá", "", None, ""),
        ("soá", "VNI-Times", Suspicion.VNI, "số"),
        ("650.000.000®", ".VnTime", Suspicion.TCVN3, "650.000.000đ"),
        ("Lý do", ".VnTime", None, ""),
        ("Công đoàn", ".VnTime", None, ""),
        ("mô hình", ".VnTime", None, ""),
        ("Kinh phí công", "VNI-Times", None, ""),
        ("Coâng ñoaøn", ".VnTime", Suspicion.VNI, "Công đoàn"),
        ("C«ng ®oµn", "VNI-Times", Suspicion.TCVN3, "Công đoàn"),
    ],
)
def test_the_font_speaks_where_letters_are_silent(text: str, font: str, kind: Suspicion | None, meant: str) -> None:
    assert suspect(text, font) is kind
    if kind:
        assert to_unicode(text, kind, font) == meant


def recall(texts: list[str], encode: Encode, kind: Suspicion, font: str = "") -> tuple[float, int]:
    """The share of texts recognised once encoded, and how many are taken for something else."""
    coded = [encode(text) for text in texts if encode(text) != text]
    verdicts = [suspect(text, font) for text in coded]
    return verdicts.count(kind) / len(coded), sum(verdict not in (kind, None) for verdict in verdicts)


def test_tcvn3_is_recognised_and_undone(accented: list[str], tcvn3: Encode) -> None:
    share, wrong = recall(accented, tcvn3, Suspicion.TCVN3)
    assert (share > 0.995, wrong) == (True, 0)
    assert recall(accented, tcvn3, Suspicion.TCVN3, ".VnTime")[0] > 0.995
    small = [text.lower() for text in accented]
    assert [text for text in small if to_unicode(tcvn3(text), Suspicion.TCVN3) != text] == []
    capitals = [text.upper() for text in accented]
    assert [t for t in capitals if to_unicode(tcvn3(t.lower()), Suspicion.TCVN3, ".VnTimeH") != t] == []
    mixed = [to_unicode(tcvn3(text), Suspicion.TCVN3) for text in accented]
    assert [text.lower() for text in mixed] == small  # only the case of toned capitals is lost in the encoding
    assert sum(map(str.__eq__, mixed, accented)) / len(accented) > 0.99


def test_vni_is_recognised_and_undone(accented: list[str]) -> None:
    share, wrong = recall(accented, vni, Suspicion.VNI)
    assert (share > 0.99, wrong) == (True, 0)
    assert recall(accented, vni, Suspicion.VNI, "VNI-Times") == (1.0, 0)
    assert [text for text in accented if to_unicode(vni(text), Suspicion.VNI) != text] == []


@pytest.mark.parametrize(("length", "least"), [(1, 0.8), (2, 0.95), (3, 0.98), (5, 0.995)])
def test_how_short_an_encoded_text_may_be(accented: list[str], tcvn3: Encode, length: int, least: float) -> None:
    """Runs of so many words, at least one of which looks different in the old encoding."""
    runs = set()
    for text in accented:
        words = words_of(text)
        runs |= {" ".join(words[at : at + length]) for at in range(0, len(words) - length + 1, length)}
    for encode, kind in ((tcvn3, Suspicion.TCVN3), (vni, Suspicion.VNI)):
        share, wrong = recall(sorted(runs), encode, kind)
        assert (share > least, wrong) == (True, 0), share


@pytest.mark.parametrize("code", ["cp1252", "cp1258", "latin-1"])
def test_mojibake_is_recognised_and_undone_exactly(accented: list[str], code: str) -> None:
    for text in accented:
        broken = unicodedata.normalize("NFC", misread(text, code))
        assert suspect(broken) is Suspicion.MOJIBAKE
        assert to_unicode(broken, Suspicion.MOJIBAKE) == text
    twice = [misread(misread(text, code), code) for text in accented[:200]]
    assert [to_unicode(text, Suspicion.MOJIBAKE) for text in twice] == accented[:200]


def test_mojibake_that_lost_a_byte_is_reported_and_left(accented: list[str]) -> None:
    spoilt = [misread(text, "cp1252").replace("\xa0", " ") for text in accented if "à" in text]
    found = [text for text in spoilt if suspect(text) is Suspicion.MOJIBAKE]
    assert len(found) / len(spoilt) > 0.98
    assert all(to_unicode(text, Suspicion.MOJIBAKE) == text for text in found)


def test_decomposed_text_is_composed(accented: list[str]) -> None:
    for text in accented:
        loose = unicodedata.normalize("NFD", text)
        if loose != text:
            assert suspect(loose) is Suspicion.DECOMPOSED
            assert to_unicode(loose, Suspicion.DECOMPOSED) == text


@given(st.text(), st.sampled_from(["", ".VnTime", ".VnTimeH", "VNI-Times", "Arial"]))
def test_no_text_breaks_it(text: str, font: str) -> None:
    found = suspect(text, font)
    for kind in Suspicion:
        to_unicode(text, kind, font)
    if found in (Suspicion.TCVN3, Suspicion.VNI):
        assert to_unicode(text, found, font) != text
