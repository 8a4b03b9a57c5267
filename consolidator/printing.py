"""A Word file as PDF, through the LibreOffice of this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

SECONDS = 180
"""Time LibreOffice may take; a first start on a slow disk needs a minute."""
_WINDOWS = ("PROGRAMFILES", "PROGRAMFILES(X86)")


_PAPER = 'pdf:writer_pdf_Export:{"ExportFormFields":{"type":"boolean","value":"false"}}'
"""A figure's place is printed as text; as a form it would lose its highlight and could be typed over."""


class CannotPrint(Exception):
    """No PDF can be made; the message is for the person who asked (Vietnamese)."""


def office() -> str | None:
    """The program of LibreOffice: on the path, or where Windows and macOS keep it."""
    found = shutil.which("soffice") or shutil.which("libreoffice")
    places = [
        Path(os.environ[name], "LibreOffice", "program", "soffice.exe") for name in _WINDOWS if name in os.environ
    ]
    places.append(Path("/Applications/LibreOffice.app/Contents/MacOS/soffice"))
    return found or next((str(path) for path in places if path.is_file()), None)


def as_pdf(content: bytes) -> bytes:
    """The PDF of a .docx, with a LibreOffice profile of its own so that an open one is not disturbed.

    Raises CannotPrint.
    """
    program = office()
    if program is None:
        raise CannotPrint(
            "Không tìm thấy LibreOffice trên máy này nên chưa lập được PDF. Mở tệp Word rồi chọn Lưu thành "
            "(Save As) PDF."
        )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "bao-cao.docx"
        source.write_bytes(content)
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        command = [program, profile, "--headless", "--convert-to", _PAPER, "--outdir", str(folder), str(source)]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=SECONDS)
            return source.with_suffix(".pdf").read_bytes()
        except (subprocess.SubprocessError, OSError) as error:
            raise CannotPrint(
                "LibreOffice trên máy này không lập được PDF (có thể thiếu phần Writer). Mở tệp Word rồi chọn "
                "Lưu thành (Save As) PDF."
            ) from error
