"""A tap goes from folder to folder: hands, link, show and sound; only main.js knows them all."""

from __future__ import annotations

import posixpath
import re
from graphlib import TopologicalSorter
from pathlib import Path

from tests.support.js import SCRIPTS
from tests.types.checker import TYPES, checked

ROOM = SCRIPTS / "room"
IMPORT = re.compile(r'^(?:import|\} from)\b.*?"([./\w]+)";$', re.MULTILINE)
# What each folder may import besides itself and what stands above all of them.
MAY_IMPORT: dict[str, set[str]] = {
    "hands": set(),
    "link": set(),
    "show": {"link"},
    "sound": set(),
}
IMPURE = re.compile(r"\bDate\b|\bMath\.random\b|\bperformance\b")


def imports(path: Path) -> set[Path]:
    found = IMPORT.findall(path.read_text(encoding="utf-8"))
    return {Path(posixpath.normpath(path.parent / one)) for one in found}


def test_folders_import_one_way() -> None:
    for folder, allowed in MAY_IMPORT.items():
        for path in (ROOM / folder).glob("*.js"):
            reached = {one.parent.name for one in imports(path) if one.is_relative_to(ROOM)}
            assert reached <= allowed | {folder, "room"}, path.name
            assert ROOM / "main.js" not in imports(path)


def test_no_script_is_imported_by_what_it_imports() -> None:
    arrows = {path: imports(path) for path in SCRIPTS.rglob("*.js")}
    reached = {one for many in arrows.values() for one in many}
    assert len(arrows) > 50 and all("constants" in one.name or one.exists() for one in reached)
    TopologicalSorter(arrows).prepare()  # raises CycleError


def test_what_decides_touches_nothing_of_the_browser() -> None:
    """The project `pure` knows the language alone: what has no fault there uses nothing else."""
    assert checked(TYPES / "pure") == ""
    files = {Path(one).resolve() for one in checked(TYPES / "pure", "--listFilesOnly").split()}
    pure = {one for one in files if one.suffix == ".js"}
    for path in SCRIPTS.rglob("*.js"):
        text = path.read_text(encoding="utf-8")
        head = text.partition("\n\n")[0]
        assert path in pure or not re.search(r"\b[Pp]ure\b", head), f"{path.name} is in no project"
        assert path not in pure or not IMPURE.search(re.sub(r"//.*", "", text)), path.name
