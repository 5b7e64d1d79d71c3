"""Writes the table of scripts by which usernames are judged: python -m tools.script_table.

Reads the Unicode Character Database as fontTools carries it, and writes
src/facelogin/domain/scripts.txt. Needed again for letters that a new version of Unicode adds: until
then they are refused in new names.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from fontTools import unicodedata as ucd
from fontTools.unicodedata import ScriptExtensions

OUT = Path(__file__).resolve().parents[1] / "src" / "facelogin" / "domain" / "scripts.txt"
_UNKNOWN = "Zzzz"
_CODE_POINTS = 0x110000
_LICENCE = Path(__file__).with_name("unicode_licence.txt")
_HEAD = """\
Which scripts each character is written in: Script_Extensions, version {version} of the Unicode
Character Database. Made by tools/script_table.py. What is in no line is in no script; characters
between two of one line that are not assigned yet are taken for like ones.

"""


def main() -> None:
    """Write the table."""
    source = Path(ScriptExtensions.__file__).read_text(encoding="utf-8")
    found = re.search(r"ScriptExtensions-(\S+)\.txt", source)
    if found is None:
        raise SystemExit("fontTools does not say which version of Unicode it carries")
    lines = [f"{first:04X} {last:04X} {scripts}" for first, last, scripts in _ranges()]
    head = _HEAD.format(version=found[1]) + _LICENCE.read_text(encoding="utf-8")
    commented = [f"# {line}".rstrip() for line in head.splitlines()]
    OUT.write_text("\n".join([*commented, *lines]) + "\n", encoding="utf-8")


def _ranges() -> Iterator[tuple[int, int, str]]:
    """Yield the first and last character of each run, and its scripts."""
    run: tuple[int, int, str] | None = None
    for code_point in range(_CODE_POINTS):
        character = chr(code_point)
        if ucd.script(character) == _UNKNOWN:
            continue
        scripts = " ".join(sorted(ucd.script_extension(character)))
        if run is not None and run[2] == scripts:
            run = (run[0], code_point, scripts)
            continue
        if run is not None:
            yield run
        run = (code_point, code_point, scripts)
    if run is not None:
        yield run


if __name__ == "__main__":
    main()
