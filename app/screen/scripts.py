"""Turn the pages' scripts into what phones load: without their comments, each on its own line.

Types and reasons are a third of a script, and only people read them. This relies on how scripts are
written here, and knows no JavaScript; tests/test_floor.py proves on each script that it still says
the same.
"""

from __future__ import annotations

import re

_BLOCK = re.compile(r"[ \t]*/\*\*.*?\*/", re.DOTALL)
_LINE = re.compile(r"(?:^|(?<=\s))[ \t]*//[ \t].*$", re.MULTILINE)


def without_comments(script: str) -> str:
    """Return a script without `/** … */` and `// …`; every line keeps its number."""
    script = _BLOCK.sub(lambda found: "\n" * found[0].count("\n"), script)
    return re.sub(r"[ \t]+$", "", _LINE.sub("", script), flags=re.MULTILINE)
