"""Random released weights, imported, in a temporary folder: for a benchmark that is given none."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.processes import stamped


@contextmanager
def random_home() -> Iterator[Path]:
    """A VERIFRAME_HOME with both networks as genconvit-ed and genconvit-vae; the folder that holds it has the two
    released files. Takes about 5 GB of disk until it is left, however that comes about.

    Raises:
        ProcessFailed: they could not be made or imported.
    """
    # Without that, a file that a process which was just killed still holds open would raise on Windows.
    with tempfile.TemporaryDirectory(prefix="veriframe-weights-", ignore_cleanup_errors=True) as folder:
        print(f"Making random weights of the released shape in {folder}", file=sys.stderr, flush=True)
        # In processes of their own: what they hold in memory is gone before anything is measured.
        stamped(["-m", "benchmarks.random_weights", folder])
        home = Path(folder) / "home"
        for file in sorted(Path(folder).glob("*.pth")):
            stamped(["-m", "genconvit", "weights", "import", str(file), "--to", str(home / "weight")])
        yield home
