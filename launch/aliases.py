"""Wheels that hold nothing but a dependency.

Some distributions are asked for by a name under which they are only to be had as a source package that takes a compiler
(dlib), or with a Qt of their own that gets in the way of ours (opencv-python). A wheel of that name, whose one
dependency is the stand-in, lets pip resolve everything at once and keeps ``pip check`` clean.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

ALIASES = (("dlib", "20.0.1", "dlib-bin"), ("opencv-python", "4.14.0", "opencv-python-headless"))
"""Name, version, what it stands for."""


def write_alias(folder: Path, name: str, version: str, stands_for: str) -> Path:
    """A wheel without a file of its own. Fixed times, so that it is the same every time."""
    stem = f"{name.replace('-', '_')}-{version}"
    info = f"{stem}.dist-info"
    texts = {
        "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        f"Summary: Stands for {stands_for}\nRequires-Dist: {stands_for}\n",
        "WHEEL": "Wheel-Version: 1.0\nGenerator: run.py\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    texts["RECORD"] = "".join(f"{info}/{file},,\n" for file in (*texts, "RECORD"))
    wheel = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, text in texts.items():
            archive.writestr(zipfile.ZipInfo(f"{info}/{file}", (2020, 1, 1, 0, 0, 0)), text)
    return wheel
