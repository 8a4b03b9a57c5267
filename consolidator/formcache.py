"""Forms as they were after loading and proving, kept for the next start: a click in Excel must not wait for proofs.

Only a cache: what is missing, old or damaged is made again. Its key is everything a form is made from: the text of
its rules and the program itself. It lies in the user's own folder and is believed only where nobody else can write.
"""

from __future__ import annotations

import gc
import hashlib
import os
import pickle
import stat
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from consolidator.form import Form
from consolidator.ownfolder import own_folder
from consolidator.saving import save, sweep

FOLDER = "cache"
_COMPLAINS = "duckdb"
"""A library that says it leaks where what it made is left out when a process ends and garbage is collected."""


@dataclass(frozen=True)
class _Known:
    """A form of this process: how much was worked out of it when it was last kept, and the file as it was then."""

    form: Form
    count: int
    stamp: tuple[int, int]


_known: dict[Path, _Known] = {}


def kept_form(form_id: str, rules: Path) -> Form | None:
    """The form as it was kept, None where there is none that fits."""
    path = _path(form_id, rules)
    try:
        if not is_ours(path):
            return None
        content = path.read_bytes()
        gc.disable()  # thousands of small objects, none of them garbage: collecting takes half the time
        try:
            found = pickle.loads(content)
            if _COMPLAINS not in sys.modules:
                gc.freeze()  # nor will they be: looking through them as a process ends takes longer than all this
        finally:
            gc.enable()
        if isinstance(found, Form):
            _keep_in_mind(found, path)
    except Exception:  # damaged bytes raise anything; the form is loaded from its rules instead
        return None
    return found if isinstance(found, Form) else None


def keep_form(form: Form, rules: Path) -> None:
    """Keeps a form with what its levels have worked out; a folder that cannot be written to is no matter."""
    for level in form.levels:
        view = form.at(level)
        _ = view.checks, view.figures, view.by_ref, view.position, view.derived, view.narratives, view.answers
        _ = view.tables, view.fingerprint, view.live, form.spellings
    _ = [table.derivations for table in form.tables]
    _write(form, _path(form.id, rules))


def keep_what_was_worked_out() -> None:
    """Keeps the forms of this process anew of which more was worked out since: the next process need not do it.

    Where several do so at once, the first is believed; what it lacks, a later one adds.
    """
    for path, known in list(_known.items()):
        with suppress(OSError):
            if _count(known.form) > known.count and _stamp(path) == known.stamp:
                _write(known.form, path)


def _write(form: Form, path: Path) -> None:
    with suppress(OSError):
        for old in {*path.parent.glob(f"{form.id}-*")} - {path}:
            old.unlink()
        batch = path.with_name(form.id)
        sweep(batch)
        save(path, pickle.dumps(form, protocol=5), batch)
        path.chmod(0o600)
        _keep_in_mind(form, path)


def _keep_in_mind(form: Form, path: Path) -> None:
    _known[path] = _Known(form, _count(form), _stamp(path))


def _count(form: Form) -> int:
    return len(form.worked_out) + sum(len(form.at(level).worked_out) for level in form.levels)


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_ino


def _path(form_id: str, rules: Path) -> Path:
    return own_folder() / FOLDER / f"{form_id}-{program_key(rules)}"


def program_key(rules: Path) -> str:
    """Changes with the text of any rule, with the program and with Python itself."""
    digest = hashlib.sha256(sys.version.encode())
    for path in sorted(rules.glob("*/*.toml")):  # all of them: a form may take in another
        digest.update(str(path.relative_to(rules)).encode())
        digest.update(path.read_bytes())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        status = path.stat()
        digest.update(f"{path.name} {status.st_size} {status.st_mtime_ns}".encode())
    return digest.hexdigest()[:32]


def is_ours(path: Path) -> bool:
    """Whether a kept form can only have been written by this user: what is unpickled is run."""
    if not hasattr(os, "getuid"):  # Windows: the folder is the user's own by its place
        return path.is_file()
    return all(
        one.stat().st_uid == os.getuid() and not one.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        for one in (path, path.parent)
    )
