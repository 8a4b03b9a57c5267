"""A running LibreOffice without a window, and the line of talk to it (see `unodesk`)."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import secrets
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

PATIENCE = 120
"""Seconds after which an office that does not answer is taken for dead."""

SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">
<value>0</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Misc"><prop oor:name="UseLocking" oor:op="fuse">
<value>false</value></prop></item></oor:items>
"""
"""Formulas are computed anew on load; no lock files beside the tests' workbooks."""


class Missing(Exception):
    """LibreOffice or its bindings for Python are not installed."""


class ComError(Exception):
    """Excel refuses. In Windows it is pywintypes.com_error, whose four arguments this one has too."""

    def __init__(self, description: str) -> None:
        info = (0, "Microsoft Excel", description, "xlmain11.chm", 0, -2146827284)
        super().__init__(-2147352567, "Exception occurred.", info, None)


@functools.cache
def speaker() -> str:
    """The interpreter that can `import uno`; the one of the tests usually cannot."""
    for program in ("/usr/bin/python3", "/usr/lib/libreoffice/program/python", sys.executable):
        if not Path(program).exists():
            continue
        if subprocess.run([program, "-c", "import uno"], capture_output=True, timeout=PATIENCE).returncode == 0:
            return program
    raise Missing("no Python here can import uno (Debian: apt-get install python3-uno)")


class Office:
    """One soffice process with a profile of its own; or, given the name of its pipe, one that already runs."""

    def __init__(self, profile: Path, pipe: str = "") -> None:
        self.pipe, self.process = pipe or f"consolidator{os.getpid()}{secrets.token_hex(4)}", None
        talk = [speaker(), str(Path(__file__).with_name("unodesk.py")), self.pipe]
        if not pipe:
            self.process = self._start(profile)
        self.talk = subprocess.Popen(talk, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")
        try:
            self._hear()
        except RuntimeError:
            self.end()
            raise

    def _start(self, profile: Path) -> subprocess.Popen[bytes]:
        program = shutil.which("soffice") or shutil.which("libreoffice")
        if program is None:
            raise Missing("LibreOffice is missing")
        (profile / "user").mkdir(parents=True, exist_ok=True)
        (profile / "user" / "registrymodifications.xcu").write_text(SETTINGS, "utf-8")
        command = [program, f"-env:UserInstallation={profile.as_uri()}", f"--accept=pipe,name={self.pipe};urp;"]
        command += ["--headless", "--norestore", "--nologo", "--nodefault"]
        # A session of its own, because soffice is a script with children: they are ended together.
        plain = {**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": "en"}  # formats are read back in English
        return subprocess.Popen(
            command, env=plain, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    @property
    def pid(self) -> int:
        return self.process.pid if self.process else self.talk.pid

    def call(self, do: str, **what: Any) -> Any:
        """What `unodesk.Desk` answers; ComError where it refuses."""
        assert self.talk.stdin
        self.talk.stdin.write(json.dumps({"do": do, **what}) + "\n")
        self.talk.stdin.flush()
        answer = self._hear()
        if "broken" in answer:
            raise RuntimeError(f"{do}: {answer['broken']}")
        if "refused" in answer:
            raise ComError(answer["refused"])
        return answer["value"]

    def _hear(self) -> dict[str, Any]:
        assert self.talk.stdout
        if not select.select([self.talk.stdout], [], [], PATIENCE)[0]:
            raise RuntimeError("LibreOffice does not answer")
        line = self.talk.stdout.readline()
        if not line:
            raise RuntimeError("LibreOffice is gone")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def end(self) -> None:
        """Ends what this object started, and nothing else."""
        if self.process and self.talk.poll() is None:
            with contextlib.suppress(RuntimeError, OSError):  # already gone: just as well
                self.call("quit")
        assert self.talk.stdin and self.talk.stdout
        with contextlib.suppress(OSError):
            self.talk.stdin.close()
        self.talk.stdout.close()
        try:
            self.talk.wait(10)
        except subprocess.TimeoutExpired:
            self.talk.kill()
            self.talk.wait()
        if self.process:
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
