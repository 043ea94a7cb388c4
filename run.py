#!/usr/bin/env python3
"""Sets Veriframe up and starts it. Needs Python 3.11 or newer and nothing else.

    python3 run.py              open the app
    python3 run.py demo         do the main job on the bundled clip  [--out DIR]
    python3 run.py test         run every test  [options of pytest]
    python3 run.py WORDS...     anything else is passed on to "python -m desktop"

    --venv DIR                  keep the environment in DIR, not in .venv beside this file;
                                nothing is then written into the program's own folder
"""

# Any Python 3 must be able to read this file, so that an old one gets a sentence and not a SyntaxError.
import sys
from pathlib import Path

OLDEST, NEWEST = (3, 11), (3, 14)

if __name__ == "__main__":
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        sys.exit(
            f"run.py: Veriframe needs Python 3.{OLDEST[1]} to 3.{NEWEST[1]}, and this is "
            f"{sys.version_info[0]}.{sys.version_info[1]}. Install one of those and start run.py with it, for example: "
            "python3.12 run.py"
        )
    sys.dont_write_bytecode = any(word.split("=")[0] == "--venv" for word in sys.argv)
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    from launch.start import main

    sys.exit(main(sys.argv[1:], __doc__ or ""))
