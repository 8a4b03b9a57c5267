"""What the registry says of Excel: is it there, does it refuse the add-in, its macros or its place."""

from __future__ import annotations

import ntpath
from pathlib import Path

from consolidator.installwords import Line, line
from consolidator.registry import Key, Registry

OLDEST = 14.0
"""Excel 2010: the first that knows the kind of ribbon the add-in has."""

_SOFTWARE = "Software\\Microsoft\\Office"
_POLICIES = "Software\\Policies\\Microsoft\\Office"


def excel_lines(registry: Registry, addin: Path) -> list[Line]:
    """What stands between Excel and the add-in at `addin`; one line a subject where nothing does."""
    version = _version(registry)
    if not version:
        return [line("excel-missing")]
    click_to_run = registry(f"HKLM\\{_SOFTWARE}\\ClickToRun\\Configuration")
    full = str(click_to_run.get("versiontoreport", version))
    if float(version) < OLDEST:
        return [line("excel-old", version=full)]
    return [
        line("excel-fine", version=full),
        line("addin-disabled" if _is_disabled(registry, version, addin.name) else "addin-enabled"),
        *_macro_lines(registry, version),
        *_trust_lines(registry, version, addin),
    ]


def _version(registry: Registry) -> str:
    """The version that opens workbooks, as registry keys name it: `16.0`; "" without Excel."""
    current = str(registry("HKLM\\Software\\Classes\\Excel.Application\\CurVer").get("", ""))
    number = current.rpartition(".")[2]
    return f"{number}.0" if number.isdecimal() else ""


def _is_disabled(registry: Registry, version: str, name: str) -> bool:
    """Whether Excel put the add-in among its disabled items, whose values hold the path in UTF-16."""
    items = registry(f"HKCU\\{_SOFTWARE}\\{version}\\Excel\\Resiliency\\DisabledItems")
    sought = name.lower().encode("utf-16-le")
    return any(isinstance(value, bytes) and sought in value.lower() for value in items.values())


def _macro_lines(registry: Registry, version: str) -> list[Line]:
    """Settings of the Trust Center; what an administrator decreed wins over the user's own."""
    security: Key = {
        **registry(f"HKCU\\{_SOFTWARE}\\{version}\\Excel\\Security"),
        **registry(f"HKCU\\{_POLICIES}\\{version}\\Excel\\Security"),
    }
    off = any(
        registry(f"{hive}\\{base}\\{office}").get("vbaoff") == 1
        for hive in ("HKCU", "HKLM")
        for base, office in ((_SOFTWARE, f"{version}\\Common"), (_POLICIES, f"{version}\\Common"))
    )
    found = [line("vba-off")] if off else []
    found += [
        line(code)
        for code, name, value in (
            ("addins-off", "disablealladdins", 1),
            ("addins-signed", "requireaddinsig", 1),
            ("macros-blocked", "vbawarnings", 4),
            ("macros-internet", "blockcontentexecutionfrominternet", 1),
        )
        if security.get(name) == value
    ]
    return found or [line("macros-fine")]


def _trust_lines(registry: Registry, version: str, addin: Path) -> list[Line]:
    """Whether XLSTART is still one of the places whose macros run unasked, as it is when Excel is new."""
    security = f"{version}\\Excel\\Security\\Trusted Locations"
    own = registry(f"HKCU\\{_SOFTWARE}\\{security}")
    policy = registry(f"HKCU\\{_POLICIES}\\{security}")
    common = registry(f"HKCU\\{_POLICIES}\\{version}\\Common\\Security\\Trusted Locations")
    if {**own, **policy}.get("alllocationsdisabled") == 1:
        return [line("trust-off")]
    if common.get("allow user locations") == 0:
        return [line("trust-policy")]
    places = [place for key in (own, policy) for place in key.values() if isinstance(place, dict)]
    if any(_holds(place, addin.parent) for place in places):
        return [line("trust-fine")]
    return [line("trust-unlisted", path=str(addin.parent))]


def _holds(place: Key, folder: Path) -> bool:
    """Whether a trusted location is this folder, or one above that lets its sub-folders in."""
    trusted = _compared(ntpath.expandvars(str(place.get("path", ""))))
    sought = _compared(str(folder))
    return bool(trusted) and (sought == trusted or (place.get("allowsubfolders") == 1 and sought.startswith(trusted)))


def _compared(folder: str) -> str:
    """A folder's name without regard to case, kind of slash and a slash at the end."""
    return ntpath.normcase(folder).rstrip("\\") + "\\" if folder else ""
