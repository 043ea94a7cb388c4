"""What the processes of an evaluation run in tests: the name of a file says what happens to it."""

import os
import time
from multiprocessing.connection import Connection
from pathlib import Path

from genconvit.engine_process import answer
from genconvit.errors import VideoUnreadable, WeightsMissing
from genconvit.evaluation.items import Item
from genconvit.evaluation.results import Result
from genconvit.evaluation.worker import Setting
from genconvit.progress import Progress


def serve(connection: Connection, folders: tuple[Path, ...]) -> None:
    prepared = 0

    def prepare(setting: Setting, progress: Progress) -> str:
        nonlocal prepared
        prepared += 1
        match setting.device:
            case "nowhere":
                raise WeightsMissing("standard", folders)
            case "dies between files" if prepared > 1:
                os._exit(9)
            case "dies at once":
                with (folders[0] / "prepared.txt").open("a", encoding="utf-8") as file:
                    file.write("once\n")
                os._exit(9)
        return "cpu (for tests)"

    def examine(item: Item, progress: Progress) -> Result:
        with (folders[0] / "examined.txt").open("a", encoding="utf-8") as file:
            file.write(f"{item.file}\n")
        match item.path.stem.partition(" ")[0]:
            case "poison":
                os._exit(7)
            case "broken":
                raise VideoUnreadable(item.path, {"PyAV": "moov atom\nnot found"})
            case "fault":
                raise ZeroDivisionError("a fault of ours")
            case "hangs":
                time.sleep(600)
            case "meets":
                _meet(folders[0], item)
        score = (sum(item.file.encode("utf-8")) % 97) / 97
        return Result(item.file, item.label, score, "INCONCLUSIVE", 3, 4, 0.125, group=item.group)

    answer(connection, {"prepare": prepare, "examine": examine})


def _meet(folder: Path, item: Item) -> None:
    """Wait until three files are under way at the same time."""
    (folder / f"{item.file}.here").touch()
    deadline = time.monotonic() + 30
    while len(list(folder.glob("*.here"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert time.monotonic() < deadline
