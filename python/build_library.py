"""Compiles libspdylay with cargo and puts it into the wheel, which is then good for one platform and any Python 3."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from packaging.tags import platform_tags

PACKAGE = "src/spdylay"
PACKED = "rust"
SUFFIXES = (".so", ".dylib", ".dll")


class LibraryBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """What hatchling runs before it packs a wheel."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel":
            return
        library = compile_library(rust_sources(Path(self.root)))
        if version == "editable":
            shutil.copy(library, Path(self.root, PACKAGE))
        else:
            build_data["force_include"][str(library)] = f"spdylay/{library.name}"
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform()}"


def rust_sources(root: Path) -> Path:
    """Returns the folder with Cargo.toml: in a source distribution a part of it, in the repository the one above."""
    packed = root / PACKED
    return packed if packed.is_dir() else root.parent


def compile_library(sources: Path) -> Path:
    """Returns the path of the shared library."""
    command = ["cargo", "build", "--release", "--locked", "--lib", "--message-format=json-render-diagnostics"]
    if sources.name == PACKED:
        # Unpacked files have the time they were packed with, so in a folder that is shared with other builds cargo
        # would take the library of an older version for up to date.
        command += ["--target-dir", str(sources / "target")]
    try:
        process = subprocess.run(command, cwd=sources, stdout=subprocess.PIPE, check=True)
    except FileNotFoundError:
        raise SystemExit("building spdylay needs cargo; install Rust from https://rustup.rs, or a wheel") from None
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"cargo failed with status {error.returncode}") from None
    for line in process.stdout.splitlines():
        message = json.loads(line)
        if message["reason"] == "compiler-artifact" and message["target"]["name"] == "spdylay":
            for name in message["filenames"]:
                if name.endswith(SUFFIXES):
                    return Path(name)
    raise SystemExit("cargo has built no shared library")


def platform() -> str:
    """Returns the platform tag: on Linux the plain one, as only an audit of the library can say what it needs."""
    tags = list(platform_tags())
    return next((tag for tag in tags if tag.startswith("linux_")), tags[0])
