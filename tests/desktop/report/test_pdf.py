from __future__ import annotations

import errno
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pikepdf
import pytest
from pypdf import PdfReader

from desktop.cases.records import CaseDetails, Difference
from desktop.report import pdf
from desktop.report.blocks import Paragraph
from desktop.report.conclusions import EXAMINERS_ONLY
from desktop.report.content import describe
from desktop.report.errors import ReportError, ReportNotSaved, ReportNotSet, TemplateMissing
from desktop.report.words import COUNTING, SPELLED
from genconvit import whole
from genconvit.records import Label, Reason

Render = Callable[..., "Printed"]


class Printed:
    """A PDF that was read back."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.pages = [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(path.read_bytes())).pages]
        self.text = " ".join(self.pages)
        self.dense = "".join(self.text.split()).replace("\u200b", "")


@pytest.fixture
def printed(records: SimpleNamespace, tmp_path: Path) -> Render:
    def make(sample: object, differences: tuple[Difference, ...] = (), to: Path = tmp_path / "report.pdf") -> Printed:
        content = describe(sample.snapshot, sample.analyses, differences, records.ISSUED, records.VERSION)
        pdf.render(content, sample.pictures, sample.attachments, to)
        return Printed(to)

    return make


def bare(records: SimpleNamespace, **changes: object) -> object:
    """A case without a video."""
    return records.Sample(records.a_snapshot(**changes), {}, lambda sha256: Path("nowhere") / sha256)


def test_head_and_page_numbers_stand_on_every_page(records: SimpleNamespace, printed: Render) -> None:
    report = printed(records.a_case())
    assert len(report.pages) > 5
    for number, text in enumerate(report.pages, start=1):
        assert f"Page {number} of {len(report.pages)}" in text
        assert "Case VF-2026-0117" in text
        assert "Institute of Digital Evidence, Section Image and Video" in text
        assert "Hafenstrasse 12, 24103 Kiel" in text
        assert "Report on the examination of video" in text
    assert "End of the report on case VF-2026-0117" in report.pages[-1]


def test_it_is_pdf_a_3_with_the_attachments_byte_for_byte(records: SimpleNamespace, printed: Render) -> None:
    sample = records.a_case()
    with pikepdf.open(printed(sample).path) as document:
        with document.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "B")
            assert "VF-2026-0117" in metadata["dc:title"]
        attached = {name: spec.get_file().read_bytes() for name, spec in document.attachments.items()}
        relations = [str(spec.obj.AFRelationship) for spec in document.attachments.values()]
        fonts = [font for page in document.pages for font in page.Resources.get("/Font", {}).values()]
        assert all("/FontDescriptor" in font.DescendantFonts[0] for font in fonts)
    assert attached == sample.attachments == {"analysis-a-1.json": sample.attachments["analysis-a-1.json"]}
    assert relations == ["/Data"]


def test_hashes_and_figures_are_in_print(records: SimpleNamespace, printed: Render) -> None:
    sample = records.a_case()
    report = printed(sample)
    for sha256 in (sample.snapshot.evidence[0].sha256, sample.analyses["a-1"].scores[0].crop_sha256):
        assert sha256 in report.dense
    for said in ("FAKE", "Score 0.7374", "upper 0.7200", "Person 1", "Inconsistent with an original"):
        assert said in report.text


def test_the_same_report_is_the_same_file(records: SimpleNamespace, printed: Render, tmp_path: Path) -> None:
    sample = records.a_case()
    one = printed(sample, to=tmp_path / "one.pdf").path.read_bytes()
    assert one == printed(sample, to=tmp_path / "two.pdf").path.read_bytes()


MARKUP = (
    "#strong[bold]",
    '#read("/report.json")',
    "*a* _b_ `c` $x^2$",
    "= not a heading",
    "<label> @reference",
    "// comment /* more */",
    '\\ "quoted" ~ #sym.hash',
    "https://example.org/a",
)


def test_markup_prints_as_it_stands(records: SimpleNamespace, printed: Render) -> None:
    details = CaseDetails("#1 *x* <y>", title=" ".join(MARKUP), note="\n".join(MARKUP), laboratory="#eval $ Lab")
    report = printed(bare(records, details=details))
    for text in MARKUP:
        assert report.dense.count("".join(text.split())) == 2
    assert all("Case #1 *x* <y>" in page and "#eval $ Lab" in page for page in report.pages)


NAMES = (
    ("张伟", "[U+5F20][U+4F1F]"),
    ("😀", "[U+1F600]"),
    ("Łódź Ελλάδα Київ", "ŁódźΕλλάδαКиїв"),
    ("a\u202eb\x00c", "a[U+202E]b[U+0000]c"),
    ("lost\udcff", "lost[U+DCFF]"),
    ("ไทย한국", "[U+0E44][U+0E17][U+0E22][U+D55C][U+AD6D]"),
    ("\U000f0000\ufffe\u0378", "[U+F0000][U+FFFE][U+0378]"),
)


def test_names_of_all_scripts_print_or_are_spelled_out(records: SimpleNamespace, printed: Render) -> None:
    details = replace(records.DETAILS, note="\n".join(name for name, _ in NAMES))
    report = printed(bare(records, details=details))
    for _, spelled in NAMES:
        assert spelled in report.dense


@pytest.mark.parametrize("name", ["案件", "a\u202eb"])
def test_code_points_are_explained_once(records: SimpleNamespace, printed: Render, name: str) -> None:
    report = printed(bare(records, details=replace(records.DETAILS, title=name)))
    assert "[U+" in report.text.replace(SPELLED, "")
    assert report.text.count(SPELLED) == 1
    assert SPELLED in report.pages[0]


def test_where_no_code_point_is_printed_none_is_explained(records: SimpleNamespace, printed: Render) -> None:
    assert "Unicode" not in printed(records.a_case()).text


def test_right_to_left_names_print(records: SimpleNamespace, printed: Render) -> None:
    details = replace(records.DETAILS, examiner="שרה כהן", laboratory="مختبر الأدلة", title="کتاب می\u200cخواهم")
    report = printed(bare(records, details=details))
    assert set("שרהכן") <= set(report.text)
    assert "[U+" not in report.text


def test_any_character_in_any_place_is_printed(records: SimpleNamespace, printed: Render) -> None:
    """One of every 197 code points, among them unassigned ones, marks without a letter and half surrogates."""
    wild = "".join(map(chr, range(0, 0x20000, 197)))
    details = CaseDetails(wild[:300], title=wild, examiner=wild[300:600], laboratory=wild[600:900], note=wild)
    video = records.a_video()
    evidence = records.evidence_of(video, "e-1", name=wild, problem=wild)
    assert "[U+0000]" in printed(bare(records, details=details, evidence=(evidence,))).dense


def test_long_names_and_notes_wrap(records: SimpleNamespace, printed: Render) -> None:
    name, note = "n" * 250 + ".mp4", "Ten letters and more. " * 460
    details = CaseDetails("N" * 300, title="t" * 400, laboratory="L" * 400, laboratory_address="A" * 400, note=note)
    evidence = records.evidence_of(records.a_video(name), "e-1")
    report = printed(bare(records, details=details, evidence=(evidence,)))
    assert name in report.dense
    assert report.dense.count("Tenlettersandmore.") == 460
    with pikepdf.open(report.path) as document:
        assert {tuple(round(float(x)) for x in page.MediaBox) for page in document.pages} == {(0, 0, 595, 842)}


def test_a_name_can_be_copied_as_it_is(records: SimpleNamespace, printed: Render) -> None:
    name = "camera_04_entrance_2026-11-03_shift_b.mp4"
    evidence = records.evidence_of(records.a_video(name), "e-1", name=name)
    text = " ".join(printed(bare(records, evidence=(evidence,))).pages)
    assert name in text
    assert "\u200b" not in text


@pytest.mark.parametrize("lines", [11, 13, 16, 20, 24])
def test_no_page_ends_with_a_heading_or_with_words_on_what_follows(
    records: SimpleNamespace, printed: Render, lines: int
) -> None:
    details = replace(records.DETAILS, note="\n".join(["A line of the note."] * lines))
    sample = records.a_case(records.fake_analysis(flagged=lines % 7), details=details)
    report = printed(sample)
    content = describe(sample.snapshot, sample.analyses, (), records.ISSUED, records.VERSION)
    leading = [section.title for section in content.sections]
    leading += [b.text for s in content.sections for b in s.blocks if isinstance(b, Paragraph) and b.kind == "heading"]
    leading += [COUNTING, EXAMINERS_ONLY, "The newest mark of a frame counts."]
    for text in report.pages:
        body = text.split(" Report on the examination of video for signs of face manipulation Page ")[0]
        assert not body.endswith(tuple(" ".join(part.split()) for part in leading)), body[-80:]


def test_nothing_supplied_is_a_report(records: SimpleNamespace, printed: Render) -> None:
    report = printed(bare(records, details=CaseDetails(""), custody=()))
    assert "Case c-5f0a91" in report.pages[0]
    assert "Laboratory not supplied" in report.pages[-1]
    assert "This case holds no video." in report.text


def test_no_face_prints_no_score(records: SimpleNamespace, printed: Render) -> None:
    analysis = records.an_analysis([], Label.INCONCLUSIVE, Reason.NO_FACE, frames=range(0, 300, 10))
    report = printed(records.a_case(analysis, reviews=()))
    assert "INCONCLUSIVE No score" in report.text
    assert "No face was scored" in report.text


def test_a_missing_or_changed_picture_is_named(records: SimpleNamespace, printed: Render, tmp_path: Path) -> None:
    (other := tmp_path / "other.png").write_bytes(b"other")
    for place in (tmp_path / "gone.png", other):
        report = printed(replace(records.a_case(), pictures=lambda sha256, place=place: place))
        assert report.text.count("The kept picture is missing or is not the recorded one") == 12


def test_a_hash_that_is_none_is_never_looked_up(records: SimpleNamespace, printed: Render) -> None:
    sample = records.a_case()
    entry = sample.snapshot.analyses[0]
    pictures = tuple(replace(picture, sha256="../../etc/passwd") for picture in entry.pictures)
    snapshot = replace(sample.snapshot, analyses=(replace(entry, pictures=pictures),))
    asked: list[str] = []
    printed(replace(sample, snapshot=snapshot, pictures=lambda sha256: asked.append(sha256)))
    assert asked == []


def test_five_hundred_flagged_frames_make_a_report_to_send(records: SimpleNamespace, printed: Render) -> None:
    analysis = records.fake_analysis(500, 510, video=records.a_video(frames=900))
    one = records.a_case().snapshot.analyses[0].pictures[:2]
    pictures = [replace(picture, frame=frame) for frame in analysis.verdict.flagged_frames for picture in one]
    sample = records.a_case()
    entry = records.entry_of(analysis, "a-1", "e-1", pictures)
    snapshot = replace(sample.snapshot, analyses=(entry,))
    report = printed(replace(sample, snapshot=snapshot, analyses={"a-1": analysis}))
    assert report.text.count("▲") == 501, "every flagged face, and the words on the mark"
    assert len(report.text.split("PNG file, SHA-256")) - 1 == 24
    assert report.path.stat().st_size < 6_000_000


def test_persons_without_end_share_a_mark(records: SimpleNamespace, printed: Render) -> None:
    scores = [records.a_face(i * 5, 0.9, track=i % 12) for i in range(60)]
    assert "further persons" in printed(records.a_case(records.an_analysis(scores))).text


def test_boxes_beyond_the_frame_and_odd_numbers_print(records: SimpleNamespace, printed: Render) -> None:
    face = replace(records.a_face(0, 0.9), box=(-50, -50, 3000, 4), time_s=-0.2)
    video = replace(records.a_video(), width_px=1, height_px=4000, duration_s=0.0, frame_count=1)
    analysis = records.an_analysis([face], video=video)
    entry = records.entry_of(analysis, "a-1", "e-1")
    snapshot = records.a_snapshot([records.evidence_of(video, "e-1")], [entry])
    report = printed(records.Sample(snapshot, {"a-1": analysis}, lambda sha256: Path(sha256)))
    assert "-50, -50, 3000, 4" in report.text
    assert "No picture was kept" in report.text


def test_differences_are_printed(records: SimpleNamespace, printed: Render) -> None:
    found = records.digest("another")
    sample = records.a_case()
    intake = sample.snapshot.evidence[0].sha256
    report = printed(sample, (Difference("evidence/e-1.mp4", "changed", intake, found),))
    assert found in report.dense
    assert "NO: the file is not the one that was taken in." in report.text


# -- what can go wrong -------------------------------------------------------------------------------------------------


def test_a_folder_that_is_not_there(records: SimpleNamespace, printed: Render, tmp_path: Path) -> None:
    with pytest.raises(ReportNotSaved) as caught:
        printed(bare(records), to=tmp_path / "gone" / "report.pdf")
    assert caught.value.to == tmp_path / "gone" / "report.pdf"


def test_a_full_disk_leaves_the_old_report(
    records: SimpleNamespace, printed: Render, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "report.pdf"
    old.write_bytes(b"old")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pdf.os, "fsync", full)
    with pytest.raises(ReportNotSaved, match="No space left"):
        printed(bare(records), to=old)
    assert [path.name for path in tmp_path.iterdir()] == ["report.pdf"]
    assert old.read_bytes() == b"old"


def test_a_report_that_is_open_for_a_moment_is_tried_again(
    records: SimpleNamespace, printed: Render, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries, replace_file = [], Path.replace

    def busy_once(self: Path, target: Path) -> Path:
        tries.append(target)
        if len(tries) == 1:
            raise PermissionError(errno.EACCES, "used by another process")
        return replace_file(self, target)

    monkeypatch.setattr(Path, "replace", busy_once)
    monkeypatch.setattr(whole, "WINDOWS", True)
    assert "End of the report" in printed(bare(records)).text
    assert len(tries) == 2


def test_a_folder_in_the_place_of_the_report(records: SimpleNamespace, printed: Render, tmp_path: Path) -> None:
    (tmp_path / "report.pdf").mkdir()
    with pytest.raises(ReportNotSaved):
        printed(bare(records))
    assert [path.name for path in tmp_path.iterdir()] == ["report.pdf"]


def test_a_template_that_is_missing_or_broken(
    records: SimpleNamespace, printed: Render, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "TEMPLATE", tmp_path / "report.typ")
    with pytest.raises(TemplateMissing):
        printed(bare(records))
    (tmp_path / "report.typ").write_text("#unknown-function()")
    with pytest.raises(ReportNotSet) as caught:
        printed(bare(records))
    assert "unknown variable" in caught.value.detail
    assert isinstance(caught.value, ReportError)


def test_a_letter_that_fails_only_under_a_mark_is_spelled_out(
    records: SimpleNamespace, printed: Render, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample = bare(records, details=replace(records.DETAILS, note="\u02a7\u0308 张"))
    assert "[U+5F20]" in printed(sample).dense
    # With a probe that finds nothing missing, the refusals of the report itself are all there is to go by.
    monkeypatch.setattr(pdf, "_missing", lambda characters, room: frozenset())
    report = printed(sample)
    assert "[U+5F20]" in report.dense
    assert SPELLED in report.text
    monkeypatch.setattr(pdf, "ROUNDS", 1)
    with pytest.raises(ReportNotSet, match="could not be displayed"):
        printed(sample)


def test_letter_paper(records: SimpleNamespace, printed: Render, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "PAPER", "us-letter")
    with pikepdf.open(printed(records.a_case()).path) as document:
        assert [round(float(x)) for x in document.pages[0].MediaBox] == [0, 0, 612, 792]
