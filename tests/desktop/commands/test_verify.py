from __future__ import annotations

from desktop.commands import exits
from desktop.commands.line import main


def test_a_case_as_recorded(case, clip, capsys):
    case.add_evidence(clip, True, None)
    assert main(["verify", str(case.folder)]) == exits.DONE
    assert capsys.readouterr().out == "all 3 recorded objects are as recorded\n"


def test_objects_that_differ_are_printed(case, clip, capsys):
    evidence = case.add_evidence(clip, True, None)
    path = case.evidence_path(evidence.id)
    path.chmod(0o644)
    path.write_bytes(b"else")
    assert main(["verify", str(case.folder)]) == exits.DIFFERS
    line = capsys.readouterr().out
    assert line.startswith(f"changed\tevidence/Anruf 1.mp4\trecorded {evidence.sha256}\tfound ")
    assert line.count("\n") == 1


def test_a_file_that_nothing_names_is_printed_but_differs_from_nothing(case, capsys):
    (case.folder / "notes.txt").touch()
    assert main(["verify", str(case.folder)]) == exits.DONE
    assert capsys.readouterr().out == "not recorded\tnotes.txt\nall 1 recorded objects are as recorded\n"


def test_a_folder_that_is_no_case(tmp_path, capsys):
    assert main(["verify", str(tmp_path)]) == exits.CASE
    assert "There is no case" in capsys.readouterr().err
