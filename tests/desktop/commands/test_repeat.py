from __future__ import annotations

from dataclasses import replace

import pikepdf
import pytest

from desktop import examination
from desktop.cases.opening import open_case
from desktop.cases.verify import verify
from desktop.commands import exits
from desktop.commands.line import main
from genconvit.certificate_document import to_document
from genconvit.document import canonical
from genconvit.errors import EngineDied, WeightsMissing
from genconvit.progress import Cancelled


@pytest.fixture
def folder(tmp_path, clip):
    """A case with one analysis."""
    folder = tmp_path / "case 7"
    assert main(["examine", "--case", str(folder), str(clip)]) == exits.DONE
    return folder


@pytest.fixture
def runs(monkeypatch, certified):
    """Stands in for the runs: what each asked for, and what is to come of it."""

    class Runs:
        def __init__(self) -> None:
            self.asked: list[tuple[str, str, str, int]] = []
            self.drift = 0.0
            self.failure: BaseException | None = None

        def __call__(self, path, method, *, folders, device, runs, progress):
            self.asked.append((path.name, method.sha256, device, runs))
            progress.report(0.5, 1)
            if self.failure is not None:
                raise self.failure
            return certified(path, self.drift)

    made = Runs()
    monkeypatch.setattr(examination.repeating, "repeat", made)
    return made


def snapshot(folder):
    with open_case(folder) as case:
        return case.snapshot()


def repeat(folder, *words: object) -> int:
    return main(["repeat", str(folder), *map(str, words)])


def test_the_analysis_is_repeated_with_its_own_method_and_the_certificate_kept(folder, runs, capsys):
    capsys.readouterr()
    assert repeat(folder, "--device", "cpu", "--runs", "3") == exits.DONE
    case = snapshot(folder)
    (kept,) = case.certificates
    assert runs.asked == [("Anruf 1.mp4", case.analyses[0].method_sha256, "cpu", 3)]
    assert kept.analysis == case.analyses[0].id
    assert capsys.readouterr().out == f"Anruf 1.mp4\tIDENTICAL\t0\t{kept.sha256}\n"
    assert len(case.analyses) == 1
    assert verify(folder) == ()


def test_the_report_carries_it(folder, runs, tmp_path):
    assert repeat(folder, "--report", tmp_path / "r.pdf") == exits.DONE
    with open_case(folder) as case:
        (entry,) = case.snapshot().reports
        assert (tmp_path / "r.pdf").read_bytes() == case.report_path(entry.id).read_bytes()
        with pikepdf.open(case.report_path(entry.id)) as pdf:
            files = {name: file.get_file().read_bytes() for name, file in pdf.attachments.items()}
        (kept,) = case.snapshot().certificates
        assert files[f"repeatability-{kept.id}.json"] == case.certificate_bytes(kept.id)
    assert verify(folder) == ()


def test_a_certificate_that_was_changed_is_not_in_the_report(folder, runs):
    repeat(folder)
    (path,) = (folder / "certificates").iterdir()
    path.chmod(0o644)
    path.write_bytes(b"{}")
    with open_case(folder) as case:
        entry = examination.export_report(case)
        with pikepdf.open(case.report_path(entry.id)) as pdf:
            assert [name for name in pdf.attachments if name.startswith("repeat")] == []


def test_runs_that_differ_are_kept_and_told(folder, runs, capsys):
    runs.drift = 0.25
    capsys.readouterr()
    assert repeat(folder) == exits.DIFFERS
    assert capsys.readouterr().out.startswith("Anruf 1.mp4\tDIFFERENT\t0.12\t")
    assert len(snapshot(folder).certificates) == 1


def test_a_video_that_is_not_there_or_was_not_analyzed(folder, runs, capsys):
    assert repeat(folder, "--video", "nobody.mp4", "--video", "Anruf 1.mp4") == exits.VIDEO
    assert "nobody.mp4: there is no such video in the case, or it has no analysis" in capsys.readouterr().err
    assert len(snapshot(folder).certificates) == 1


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (EngineDied(-9, "examine"), exits.VIDEO),
        (WeightsMissing("tiny", ()), exits.METHOD),
        (Cancelled(), exits.CANCELLED),
        (KeyboardInterrupt(), exits.CANCELLED),
    ],
)
def test_a_failure_leaves_the_case_as_it_was(folder, runs, failure, status):
    before = snapshot(folder)
    runs.failure = failure
    assert repeat(folder) == status
    assert snapshot(folder) == before


def test_a_case_in_use_or_missing(folder, runs, tmp_path):
    with open_case(folder):
        assert repeat(folder) == exits.CASE
    assert repeat(tmp_path / "no") == exits.CASE
    assert runs.asked == []


def test_one_made_elsewhere_is_taken_in(folder, runs, certified, clip, tmp_path, capsys):
    file = tmp_path / "certificate.json"
    file.write_bytes(canonical(to_document(certified(clip))))
    assert repeat(folder, "--take-in", file) == exits.DONE
    assert runs.asked == []
    assert (
        folder / "certificates" / f"{snapshot(folder).certificates[0].sha256}.json"
    ).read_bytes() == file.read_bytes()


def test_where_a_certificate_came_from_is_kept(folder, runs, certified, clip, tmp_path):
    file = tmp_path / "certificate.json"
    file.write_bytes(canonical(to_document(certified(clip, 0.25))))
    assert repeat(folder) == exits.DONE
    repeat(folder, "--take-in", file)
    origins = ["run by this program here", f"taken in from {file}"]
    case = snapshot(folder)
    assert [kept.origin for kept in case.certificates] == origins
    kept = [event for event in case.custody if event.what == "repeatability certificate kept"]
    assert [event.facts["origin"] for event in kept] == origins


@pytest.mark.parametrize("change", [{"fake": 0.0123, "label": "REAL", "result_sha256": "1" * 64}, {"fake": 0.0123},
                                    {"label": "REAL"}, {"result_sha256": "1" * 64}])  # fmt: skip
def test_runs_that_do_not_give_the_analysis_of_the_case_are_different(
    folder, certified, clip, tmp_path, capsys, change
):
    made = certified(clip)
    runs = tuple(replace(run, **change) for run in made.runs)
    (each,) = made.comparisons
    each = replace(each, verdict=replace(each.verdict, labels=(runs[0].label, runs[1].label)))
    file = tmp_path / "certificate.json"
    file.write_bytes(canonical(to_document(replace(made, runs=runs, comparisons=(each,)))))
    capsys.readouterr()
    assert repeat(folder, "--take-in", file, "--report", tmp_path / "r.pdf") == exits.DIFFERS
    said = capsys.readouterr()
    assert said.out.startswith("Anruf 1.mp4\tDIFFERENT\t0\t")
    assert "The reported analysis was NOT borne out by runs 1, 2 of its repeatability certificate" in said.err
    assert (tmp_path / "r.pdf").exists()


@pytest.mark.parametrize("what", ["video", "method"])
def test_one_of_another_video_or_method_is_refused(folder, certified, clip, tmp_path, capsys, what):
    certificate = certified(clip)
    file = tmp_path / "certificate.json"
    other = replace(certificate, **{what: replace(getattr(certificate, what), sha256="f" * 64)})
    file.write_bytes(canonical(to_document(other)))
    assert repeat(folder, "--take-in", file) == exits.VIDEO
    said = capsys.readouterr().err
    assert f"The repeatability certificate is about another {what} (SHA-256 {'f' * 64}) than the analysis in" in said
    assert snapshot(folder).certificates == ()


def test_what_is_no_certificate_is_refused(folder, clip, tmp_path, capsys):
    assert repeat(folder, "--take-in", clip) == exits.USAGE
    assert repeat(folder, "--take-in", tmp_path / "no.json") == exits.USAGE
    assert "The file is not a repeatability certificate that can be read" in capsys.readouterr().err
    assert snapshot(folder).certificates == ()


def test_an_original_that_was_replaced_gets_no_certificate(tmp_path, clip, runs, capsys):
    folder = tmp_path / "case 8"
    assert main(["examine", "--reference", "--case", str(folder), str(clip)]) == exits.DONE
    clip.write_bytes(b"another film")
    assert repeat(folder) == exits.VIDEO
    assert "about another video" in capsys.readouterr().err
    assert snapshot(folder).certificates == ()
