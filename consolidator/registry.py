"""Reads the Windows registry; whoever asks takes a `Registry`, so that tests can plant one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

Key = Mapping[str, Any]
"""Values of a key and, as further Keys, its sub-keys, by lower-case name; "" is the default value."""

Registry = Callable[[str], Key]
"""From a path such as `HKCU\\Software\\…` to that key; empty where there is none."""


def read_key(path: str) -> Key:
    """A key of this machine's registry (64-bit view), with all beneath it: ask for small ones only."""
    if sys.platform != "win32":
        return {}
    import winreg

    root, _, rest = path.partition("\\")
    hive = {"HKCU": winreg.HKEY_CURRENT_USER, "HKLM": winreg.HKEY_LOCAL_MACHINE}[root]
    try:
        key = winreg.OpenKey(hive, rest, access=winreg.KEY_READ | winreg.KEY_WOW64_64KEY)
    except OSError:  # no such key, or one that an administrator closed to this user: both tell us nothing
        return {}
    found: dict[str, Any] = {}
    with key:
        keys, values, _ = winreg.QueryInfoKey(key)
        for number in range(values):
            name, value, _ = winreg.EnumValue(key, number)
            found[name.lower()] = value
        names = [winreg.EnumKey(key, number) for number in range(keys)]
    found.update({name.lower(): read_key(f"{path}\\{name}") for name in names})
    return found
