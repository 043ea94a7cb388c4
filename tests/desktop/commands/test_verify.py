from __future__ import annotations

from desktop.commands import exits
from desktop.commands.line import main


def test_a_case_as_recorded(case, clip, capsys):
    case.add_evidence(clip, True, None)
    assert main(["verify", str(case.folder)]) == exits.DONE
    last = case.snapshot().custody[-1].sha256
    assert capsys.readouterr().out == f"all 3 recorded objects are as recorded\nhead\tcustody line 2\t{last}\n"


def test_objects_that_differ_are_printed(case, clip, capsys):
    evidence = case.add_evidence(clip, True, None)
    path = case.evidence_path(evidence.id)
    path.chmod(0o644)
    path.write_bytes(b"else")
    assert main(["verify", str(case.folder)]) == exits.DIFFERS
    line, head = capsys.readouterr().out.splitlines()
    assert line.startswith(f"changed\tevidence/Anruf 1.mp4\trecorded {evidence.sha256}\tfound ")
    assert head.startswith("head\tcustody line 2\t")


def test_a_file_that_nothing_names_is_printed_but_differs_from_nothing(case, capsys):
    (case.folder / "notes.txt").touch()
    assert main(["verify", str(case.folder)]) == exits.DONE
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["not recorded\tnotes.txt", "all 1 recorded objects are as recorded"]


def test_a_chain_head_kept_elsewhere_must_be_in_the_log(case, clip, capsys):
    head = case.snapshot().custody[-1].sha256
    case.add_evidence(clip, True, None)
    assert main(["verify", str(case.folder), "--head", head.upper()]) == exits.DONE
    capsys.readouterr()
    # Chained anew: everything agrees with itself, and with no head that was kept.
    other = head.translate(str.maketrans("0123456789abcdef", "123456789abcdef0"))
    assert main(["verify", str(case.folder), "--head", other]) == exits.DIFFERS
    out = capsys.readouterr().out
    assert out.startswith(f"missing\tcustody log, chain head\trecorded {other}\n")
    assert "as recorded" not in out


def test_a_folder_that_is_no_case(tmp_path, capsys):
    assert main(["verify", str(tmp_path)]) == exits.CASE
    assert "There is no case" in capsys.readouterr().err
