"""Turn the pages' scripts into what phones load: without comments, and with all they import.

Types and reasons are a third of a script, and only people read them. This relies on how scripts are
written here, and knows no JavaScript; tests/test_floor.py proves on each script that it still says
the same.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence

_BLOCK = re.compile(r"[ \t]*/\*\*.*?\*/", re.DOTALL)
_LINE = re.compile(r"(?:^|(?<=\s))[ \t]*//[ \t].*$", re.MULTILINE)

_IMPORT = re.compile(r'^import\b[^"(;]*"(\.[^"]+)";$', re.MULTILINE)


def without_comments(script: str) -> str:
    """Return a script without `/** … */` and `// …`; every line keeps its number."""
    script = _BLOCK.sub(lambda found: "\n" * found[0].count("\n"), script)
    return re.sub(r"[ \t]+$", "", _LINE.sub("", script), flags=re.MULTILINE)


def imports_of(name: str, script: str) -> tuple[str, ...]:
    """Return the names of the scripts that a script imports, in its own order."""
    folder = posixpath.dirname(name)
    found = _IMPORT.findall(script)
    return tuple(posixpath.normpath(posixpath.join(folder, path)) for path in found)


def with_all_they_import(names: Sequence[str], imports: Mapping[str, Sequence[str]]) -> list[str]:
    """Return these scripts and all that they need, each once, the nearest first.

    Raises KeyError where one of them is not there.
    """
    found = dict.fromkeys(names)
    for name in (waiting := list(names)):
        fresh = [needed for needed in imports[name] if needed not in found]
        found |= dict.fromkeys(fresh)
        waiting += fresh
    return list(found)
