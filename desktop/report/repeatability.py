"""The section on repeatability: per video what its certificate compared, and the largest difference of each stage.

Never more than was compared: a certificate speaks of the machine it names, of one video and one method.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from desktop.cases.records import CertificateEntry
from desktop.report.blocks import Block, Column, Field, Fields, Paragraph, Section, Table
from desktop.report.items import title
from desktop.report.subjects import Subject
from desktop.report.words import NOT_SUPPLIED, clock, count, number, stamp, supplied, whole
from genconvit.certificate import TOLERANCES, Certificate, Comparison, FramePlace, Run, Scope, beyond, in_digits_alone
from genconvit.certifying import contradicting, digits_apart, of_the_same, result_sha256
from genconvit.records import Analysis, Verdict

ABOUT = (
    "Whether the same examination gave the same numbers again. A certificate speaks of this video, this method and the "
    "machine it names, of nothing else; numbers that repeat themselves are not thereby right. It is not signed: what "
    "it says is said by whoever made it. Its origin is what the case recorded when it was kept."
)
NONE = f"Repeatability certificate: {NOT_SUPPLIED}. Whether a second run gives the same number was not examined."
WITHHELD = "its file is missing, changed or unreadable, or is about another video or method"
ALIKE = "on the same device with the same program and libraries, where the records should be equal byte for byte"
LESS = ", less than is shown"
MOST_TABLES = 4
MOST_PLACES = 6
MOST_PATHS = 8
STAGES = {name: name for name in ("frames", "faces", "crops", "scores", "verdict")} | {"tracks": "persons"}
SCOPES = {Scope.SAME_DEVICE: "same device", Scope.ACROSS_DEVICES: "CPU against GPU"}


def sections(subjects: tuple[Subject, ...]) -> tuple[Section, ...]:
    """The heading and one part per video."""
    return (Section("Repeatability", (Paragraph(ABOUT),)), *(_certified(subject) for subject in subjects))


def attachment_name(certificate_id: str) -> str:
    """What a certificate is called inside the PDF."""
    return f"repeatability-{certificate_id}.json"


def caution_lines(subject: Subject) -> tuple[str, ...]:
    """What a reader of the first page must know: runs that differed, certificates that cannot be printed."""
    lines = [*_withheld(subject)]
    certificate, analysis = subject.certificate, subject.analysis
    said = [] if certificate is None or certificate.within else [outcome(certificate)]
    if certificate is not None and analysis is not None:
        said.append(contradiction(certificate, analysis))
    lines += [f"Item {subject.number}: {each} See section “Repeatability”." for each in said if each]
    return tuple(lines)


def contradiction(certificate: Certificate, analysis: Analysis) -> str:
    """What the runs gave where that is not what an analysis says; else empty.

    See :func:`genconvit.certifying.contradicting`: scores on another device or with other software may differ within
    the tolerance between devices.
    """
    if not (numbers := contradicting(certificate, analysis)):
        return ""
    runs = f"run{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers[:MOST_PLACES]))}"
    more = len(numbers) - MOST_PLACES
    runs += f" and {whole(more)} more" if more > 0 else ""
    mine = _gave(analysis.verdict.label.value, analysis.verdict.fake, analysis.verdict.published_score)
    named = [certificate.runs[each - 1] for each in numbers]
    gave = {run.number: _gave(run.label, run.fake, run.published_score) for run in named}
    if digits_apart(certificate, analysis) is not None:
        return (
            f"Same label as reported, {supplied(named[0].label)}, in {runs} of its repeatability certificate; "
            f"{_late(named, analysis.verdict)} within the "
            f"{TOLERANCES[analysis.method.scoring.precision]:g} that CPU and GPU may differ by. Of the records, label "
            f"and score were compared, and no other field. The runs were made {ALIKE}; they are not."
        )
    words = f"The reported analysis was NOT borne out by {runs} of its repeatability certificate: "
    if set(gave.values()) == {mine}:
        return f"{words}{mine}, as reported; but {_behind(certificate, named, analysis)}."
    if len(set(gave.values())) == 1:
        return f"{words}{gave[numbers[0]]}; reported {mine}."
    each = "; ".join(f"run {each} gave {gave[each]}" for each in numbers[:MOST_PLACES])
    return f"{words}{each}; reported {mine}."


def _gave(label: str, fake: float | None, published: float | None) -> str:
    released = "" if published is None else f", the released script's number {number(published)}"
    return f"{supplied(label)}, score {number(fake)}{released}"


def _late(runs: Sequence[Run], verdict: Verdict) -> str:
    """The differences of late digits, each with the numbers as they are shown where these are not the same."""
    of_runs = (
        ("the score", verdict.fake, [run.fake for run in runs]),
        ("the released script's number", verdict.published_score, [run.published_score for run in runs]),
    )
    said = []
    for what, mine, all_theirs in of_runs:
        pairs = [
            (abs(theirs - mine), run.number, number(theirs))
            for run, theirs in zip(runs, all_theirs, strict=True)
            if theirs is not None and mine is not None
        ]
        if any(apart for apart, *_ in pairs):
            said.append(f"{what} differs by {_apart(pairs, number(mine))}")
    if len(said) > 1:
        return f"{'; '.join(said)}; both"
    return f"{said[0]} and" if said[0].endswith(LESS) else f"{said[0]},"


def _apart(pairs: Sequence[tuple[float, int, str]], mine: str) -> str:
    """The largest difference of one number. ``pairs``: of each run its difference, the run, and its number as shown."""
    far, run, theirs = max(pairs, key=lambda each: each[0])
    up_to = "up to " if len({apart for apart, *_ in pairs}) > 1 else ""
    words = f"{up_to}{_figure(far)}"
    if theirs != mine:
        return f"{words} ({theirs} in run {run}, {mine} reported)"
    words += LESS
    if not (others := [each for each in pairs if each[2] != mine]):
        return words
    # A smaller difference that lies across the border between two shown numbers is seen all the same.
    near, run, theirs = max(others, key=lambda each: each[0])
    return f"{words}, and in run {run} by {_figure(near)} ({theirs}, {mine} reported)"


def _behind(certificate: Certificate, runs: Sequence[Run], analysis: Analysis) -> str:
    """Why runs do not bear out an analysis whose label and score they have, as far as they are shown."""
    if not of_the_same(certificate, analysis):
        return "what the certificate says of video and method does not belong to the hashes it gives for them"
    if any(run.result_sha256 == result_sha256(analysis) for run in runs):
        return "the certificate gives their records the hash of the reported one, and facts that do not belong to it"
    return f"the runs were made {ALIKE}, and they are not. What they differ in is not known"


def _certified(subject: Subject) -> Section:
    withheld = tuple(Paragraph(line, "statement") for line in _withheld(subject))
    certificate, entry = subject.certificate, subject.certificate_entry
    if certificate is None or entry is None or subject.analysis is None:
        return Section(title(subject), (*withheld, Paragraph(NONE)), level=2)
    shown = sorted(certificate.comparisons, key=lambda each: (each.within, each.scope is Scope.SAME_DEVICE))
    shown = sorted(shown[:MOST_TABLES], key=lambda each: each.second)
    blocks: tuple[Block, ...] = (
        *withheld,
        *_stated(certificate, subject.analysis),
        Fields((_origin(entry), *_compared(certificate), *_against(certificate, subject.analysis))),
        Paragraph("Runs, each in a process of its own", "heading"),
        _runs(certificate.runs),
        *(block for each in shown for block in _stages(each, certificate)),
        *_left_out(len(certificate.comparisons) - len(shown)),
        Fields(
            (
                Field("Certificate", f"{attachment_name(entry.id)}, attached; kept {stamp(entry.kept_at)}"),
                Field("Certificate SHA-256", entry.sha256, "hash"),
            )
        ),
    )
    return Section(title(subject), blocks, level=2)


def _stated(certificate: Certificate, analysis: Analysis) -> tuple[Block, ...]:
    lines = (outcome(certificate), contradiction(certificate, analysis))
    return tuple(Paragraph(line, "statement") for line in lines if line)


def _origin(entry: CertificateEntry) -> Field:
    return Field("Origin", f"{supplied(entry.origin)}; not signed")


def _withheld(subject: Subject) -> tuple[str, ...]:
    if not subject.certificates_withheld:
        return ()
    them = count(subject.certificates_withheld, "repeatability certificate is", "repeatability certificates are")
    return (f"Item {subject.number}: {them} listed in the case and not printed: {WITHHELD}.",)


def outcome(certificate: Certificate) -> str:
    """One sentence on the runs on one device, and one on those across devices where there are any."""
    same = [each for each in certificate.comparisons if each.scope is Scope.SAME_DEVICE]
    across = [each for each in certificate.comparisons if each.scope is Scope.ACROSS_DEVICES]
    runs = "a second run" if len(same) == 1 else f"{whole(len(same))} more runs"
    precision = certificate.method.precision
    if not all(each.within or in_digits_alone(each, precision) for each in same):
        words = f"NOT the same on {runs} on the same machine: different in {_names(same)}."
    elif not all(each.within for each in same):
        figures = [each.scores.fake or 0.0 for each in same]
        words = (
            f"Same label on {runs} on the same machine; a face's score differs by up to {_figure(max(figures))}, "
            f"within the {TOLERANCES[precision]:g} that CPU and GPU may differ by. The records are not equal byte for "
            "byte."
        )
    elif certificate.identical:
        what = "number" if certificate.runs[0].fake is not None else "result, without a score,"
        words = f"The same {what} on {runs} on the same machine; the records are equal byte for byte, but for times."
    else:
        words = f"The same in every stage on {runs} on the same machine; the records differ in other facts."
    for each in across:
        if each.within:
            words += f" CPU and GPU of that machine: the same within {each.tolerance:g} of every score."
        else:
            words += f" CPU and GPU of that machine: DIFFERENT by more than {each.tolerance:g}, in {_names([each])}."
    return words


def _names(comparisons: Iterable[Comparison]) -> str:
    return ", ".join(dict.fromkeys(STAGES[stage] for each in comparisons for stage in beyond(each)))


def _compared(certificate: Certificate) -> tuple[Field, ...]:
    video, method, runs = certificate.video, certificate.method, certificate.runs
    return (
        Field("Video", f"{supplied(video.name)}, {whole(video.size_bytes)} bytes"),
        Field("Video SHA-256", video.sha256, "hash"),
        Field("Method", f"{supplied(method.name)}, precision {supplied(method.precision)}"),
        Field("Method SHA-256", method.sha256, "hash"),
        Field("Software", _one_or_each(f"{run.program} {run.version}" for run in runs)),
        Field(
            "Source SHA-256",
            _one_or_each(run.source_sha256 or NOT_SUPPLIED for run in runs),
            "hash" if runs[0].source_sha256 and len({run.source_sha256 for run in runs}) == 1 else "text",
        ),
        Field("Platform", _one_or_each(f"{run.platform}; Python {run.python}" for run in runs)),
        Field("Decoder", _one_or_each(run.decoder for run in runs)),
        Field("Library versions", _one_or_each(_libraries(run) for run in runs)),
        Field(
            "CPU against GPU",
            f"Not compared. {supplied(certificate.no_other_device)}" if certificate.no_other_device else "Compared",
        ),
    )


def _one_or_each(values: Iterable[str]) -> str:
    each = tuple(dict.fromkeys(values))
    return supplied(each[0]) if len(each) == 1 else f"Differs between the runs: {supplied('; '.join(each))}"


def _libraries(run: Run) -> str:
    return ", ".join(f"{name} {version}" for name, version in sorted(run.libraries.items()))


def _against(certificate: Certificate, analysis: Analysis) -> tuple[Field, ...]:
    """Whether the runs gave what this report prints, and whether on such a machine."""
    mine, label, fake = result_sha256(analysis), analysis.verdict.label.value, analysis.verdict.fake
    against = contradicting(certificate, analysis)
    same = [run.number for run in certificate.runs if run.result_sha256 == mine and run.number not in against]
    if len(same) == len(certificate.runs):
        words = (
            "The reported analysis is that of every run, byte for byte, but for times, file's place, method's origin"
        )
    else:
        agree = all(run.label == label for run in certificate.runs)
        far = [abs(fake - run.fake) for run in certificate.runs if fake is not None and run.fake is not None]
        gap = f"largest difference of the score {_figure(max(far))}" if far else "no score to compare"
        named = f"; byte for byte that of run {', '.join(map(str, same))}" if same else ""
        words = f"Label {'the same' if agree else 'NOT the same'} in every run; {gap}{named}"
    fields = [Field("Against the reported analysis", words)]
    if any(run.platform != analysis.provenance.platform for run in certificate.runs):
        here = supplied(analysis.provenance.platform)
        fields.append(Field("Platform of the reported analysis", f"{here}; NOT that of the runs"))
    return tuple(fields)


def _runs(runs: Sequence[Run]) -> Table:
    columns = (
        Column("Run", kind="number"),
        Column("Device", 1.0),
        Column("Started"),
        Column("Ended"),
        Column("Machine result", kind="strong"),
        Column("Score", kind="number"),
    )
    rows = tuple(
        (
            str(run.number),
            supplied(run.device),
            stamp(run.started_at),
            stamp(run.finished_at),
            supplied(run.label),
            number(run.fake),
        )
        for run in runs
    )
    return Table(columns, rows, small=True)


def _stages(each: Comparison, certificate: Certificate) -> tuple[Block, ...]:
    far = beyond(each)
    rows = tuple(
        (STAGES[name], what, difference, "no" if name in far else "yes")
        for name, what, difference in (
            ("frames", *_frames(each)),
            ("faces", *_faces(each)),
            ("crops", *_crops(each)),
            ("scores", *_scores(each)),
            ("tracks", *_tracks(each)),
            ("verdict", *_verdict(each)),
        )
    )
    columns = (
        Column("Stage", kind="strong"),
        Column("What was compared", 1.0),
        Column("Largest difference", 1.0),
        Column("Within", kind="strong"),
    )
    heading = f"Run {each.second} against run {each.first}, {SCOPES[each.scope]}, tolerance {each.tolerance:g}"
    return (Paragraph(heading, "heading"), Table(columns, rows, small=True), Paragraph(_documents(each), "small"))


def _frames(each: Comparison) -> tuple[str, str]:
    frames = each.frames
    pixels = f"decoded pixels of {whole(frames.pixels)} by SHA-256" if frames.pixels else "decoded pixels not compared"
    parts = [
        _places("only in the first run", frames.only_first),
        _places("only in the second run", frames.only_second),
        _places(f"with another time, by up to {_figure(frames.largest_time_s)} s", frames.time_differs),
        _places("with other pixels", frames.pixels_differ),
    ]
    return f"{_both(frames.first, frames.second)} frames; time stamps; {pixels}", _joined(parts)


def _faces(each: Comparison) -> tuple[str, str]:
    faces = each.faces
    what = f"{_both(faces.first, faces.second)} faces found, {whole(faces.paired)} paired by their boxes"
    parts = [_places("with another number of faces", faces.count_differs)]
    if faces.box_px is not None:
        parts += [f"box {faces.box_px} px", f"confidence {_figure(faces.confidence)}"]
    return what, _joined(parts)


def _crops(each: Comparison) -> tuple[str, str]:
    crops = each.crops
    parts = [f"{whole(crops.differ)} differ", f"{whole(crops.only_one)} in one run only" if crops.only_one else ""]
    return f"{whole(crops.paired)} crops by SHA-256", _joined(parts) if crops.paired or crops.only_one else "none"


def _scores(each: Comparison) -> tuple[str, str]:
    scores = each.scores
    parts = [f"{name}: fake {_figure(a)}, real {_figure(b)}" for name, (a, b) in scores.networks.items()]
    parts.append(f"score {_figure(scores.fake)}" if scores.fake is not None else "")
    return f"networks' outputs and score of {whole(scores.paired)} faces", _joined(parts)


def _tracks(each: Comparison) -> tuple[str, str]:
    tracks = each.tracks
    parts = [
        f"{whole(tracks.linked_otherwise)} faces linked otherwise" if tracks.linked_otherwise else "",
        f"{whole(tracks.differ)} persons with other faces or times" if tracks.differ else "",
        f"score {_figure(tracks.fake)}" if tracks.fake is not None else "",
    ]
    return f"faces linked to persons; {_both(tracks.first, tracks.second)} in all", _joined(parts)


def _verdict(each: Comparison) -> tuple[str, str]:
    verdict = each.verdict
    flagged = ", ".join(str(frame) for frame in verdict.flagged_in_one[:MOST_PLACES])
    more = len(verdict.flagged_in_one) - MOST_PLACES
    parts = [
        "" if verdict.same else "NOT the same",
        f"frames flagged in one run only: {flagged}{f' and {whole(more)} more' if more > 0 else ''}" if flagged else "",
        f"score {_figure(verdict.fake)}" if verdict.fake is not None else "",
        f"published score {_figure(verdict.published_score)}" if verdict.published_score is not None else "",
    ]
    return f"{verdict.labels[0]} and {verdict.labels[1]}; reason, person, flagged frames", _joined(parts)


def _documents(each: Comparison) -> str:
    if each.identical:
        return "The two analysis records are the same byte for byte, but for start, end and seconds per stage."
    named = ", ".join(f"{d.path} ({count(d.places, 'place')})" for d in each.differing[:MOST_PATHS])
    more = len(each.differing) - MOST_PATHS
    return f"The two analysis records differ in: {named}{f' and {whole(more)} more' if more > 0 else ''}."


def _left_out(others: int) -> tuple[Block, ...]:
    if not others:
        return ()
    are = "is" if others == 1 else "are"
    return (Paragraph(f"{count(others, 'more comparison')} {are} in the attached certificate.", "small"),)


def _places(what: str, places: Sequence[FramePlace]) -> str:
    if not places:
        return ""
    named = ", ".join(f"{frame} ({clock(time_s)})" for frame, time_s in places[:MOST_PLACES])
    more = len(places) - MOST_PLACES
    return f"{count(len(places), 'frame')} {what}: {named}{f' and {whole(more)} more' if more > 0 else ''}"


def _both(first: int, second: int) -> str:
    return whole(first) if first == second else f"{whole(first)} and {whole(second)}"


def _figure(value: float | None) -> str:
    return "none" if value is None else f"{value:.2g}"


def _joined(parts: Iterable[str]) -> str:
    return "; ".join(part for part in parts if part) or "none"
