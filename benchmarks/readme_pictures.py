"""The README's pictures, from the real app: the window on the demo case, and the first page of its report.

    python -m benchmarks.readme_pictures

Does the demo in a temporary folder and writes into ``resources/pictures``. Needs ``pdftoppm`` (Debian: poppler-utils).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

PICTURES = Path(__file__).resolve().parent.parent / "resources" / "pictures"
REPORT_DPI = 80


def main() -> int:
    from PIL import Image

    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        subprocess.run([sys.executable, "-m", "desktop", "demo", "--out", folder], check=True)
        page = ["pdftoppm", "-r", str(REPORT_DPI), "-png", "-f", "1", "-singlefile", "report.pdf", "report"]
        subprocess.run(page, check=True, cwd=out)
        for source, name in ((out / "pictures" / "case-light.png", "window"), (out / "report.png", "report")):
            with Image.open(source) as picture:
                target = PICTURES / f"{name}.png"
                picture.convert("RGB").save(target, optimize=True)
            print(f"{target}: {target.stat().st_size // 1024} KiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
