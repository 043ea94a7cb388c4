from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks import random_home as module
from benchmarks.processes import ProcessFailed
from benchmarks.random_home import random_home
from benchmarks.random_weights import FILES


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Of the processes that would have run; the first of them leaves the files."""
    found: list[list[str]] = []

    def stamped(words: Sequence[str]) -> list[object]:
        found.append(list(words))
        if words[1] == "benchmarks.random_weights":
            for name in FILES.values():
                (Path(words[2]) / name).write_bytes(b"weights")
        return []

    monkeypatch.setattr(module, "stamped", stamped)
    return found


def test_both_files_are_made_and_imported_beside_them(commands: list[list[str]]) -> None:
    with random_home() as home:
        made, *imports = commands
        assert made == ["-m", "benchmarks.random_weights", str(home.parent)]
        assert imports == [
            ["-m", "genconvit", "weights", "import", str(home.parent / name), "--to", str(home / "weight")]
            for name in sorted(FILES.values())
        ]


@pytest.mark.parametrize("failure", [KeyboardInterrupt(), ProcessFailed(["a"], "b"), None])
def test_the_folder_goes_however_it_ends(commands: list[list[str]], failure: BaseException | None) -> None:
    seen: list[Path] = []

    def use() -> None:
        with random_home() as home:
            seen.append(home.parent)
            assert home.parent.is_dir()
            if failure:
                raise failure

    if failure:
        with pytest.raises(type(failure)):
            use()
    else:
        use()
    assert len(seen) == 1 and not seen[0].exists()


def test_the_folder_goes_when_the_making_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Path] = []

    def stamped(words: Sequence[str]) -> list[object]:
        seen.append(Path(words[2]))
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "stamped", stamped)
    with pytest.raises(KeyboardInterrupt), random_home():
        pass
    assert not seen[0].exists()
