"""From the kind of an error to sentences: what happened, and what to do. No Qt; the command line uses it too."""

from __future__ import annotations

import platform
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop.cases import errors as cases
from desktop.report import errors as report
from genconvit import errors as core

FORM = "Only the number is needed now. All of it is printed on the report; what is empty reads “not supplied”."
NEW_CASE = "A new case closes this one as soon as it is created. Fill in the form for it?"
FORM_FIXED = "The case is read-only: this can be read and copied, not changed."
FORM_LEFT = "This can be read and copied, not changed: the case that it belongs to is no longer open."
FORM_FAULT = "This could not be saved: something unexpected happened."
SETTINGS_TYPED = "What you changed in the settings is not saved. Discard it?"
FORM_TYPED = "What you typed in this form is not saved. Discard it?"


@dataclass(frozen=True, slots=True)
class Message:
    """Words for one failure."""

    title: str
    what: str
    todo: str

    @property
    def text(self) -> str:
        return f"{self.what} {self.todo}"


def message(error: BaseException) -> Message | None:
    """Words for an expected failure; None for one that nobody expected."""
    for kind in type(error).__mro__:
        if (words := TABLE.get(kind)) is not None:
            return words(error)
    return None


def unexpected(error: BaseException, version: str) -> str:
    """A report on an unexpected error, to be copied by hand. It names no file of the case but those in the trace."""
    trace = error.trace if isinstance(error, core.EngineFailure) else ""
    lines = traceback.format_exception(error)
    return f"Veriframe {version}, Python {platform.python_version()}, {platform.platform()}\n\n{''.join(lines)}{trace}"


def earlier_stands(video: str, failure: Message) -> str:
    """A video with a result was analyzed again, in vain."""
    return f"{video}: {failure.title}. {failure.text} The result shown is the earlier one."


def leaving(typed: bool, under_way: int, go: str = "Leave the case?") -> str:
    """What is lost with a case that is left now: words that are ``typed`` and not kept, and what is ``under_way``."""
    lost = ["You typed a comment or a conclusion that is not recorded."] if typed else []
    if under_way:
        tasks = "1 task is" if under_way == 1 else f"{under_way} tasks are"
        lost.append(f"{tasks} still in work. Leaving ends this, and nothing is kept of what is not finished.")
    return " ".join((*lost, go))


def _plain(title: str, what: str, todo: str) -> Callable[[Any], Message]:
    """Words with the error's own fields in braces; a path is shown by its name."""

    def words(error: Any) -> Message:
        facts = {name: _shown(value) for name, value in vars(error).items()}
        return Message(title, what.format(**facts), todo.format(**facts))

    return words


def _by_problem(table: Mapping[str, tuple[str, str, str]], other: tuple[str, str, str]) -> Callable[[Any], Message]:
    """One set of words for each value of the error's ``problem``."""

    def words(error: Any) -> Message:
        return _plain(*table.get(error.problem, other))(error)

    return words


def _shown(value: object) -> str:
    if isinstance(value, Path):
        return value.name or str(value)
    if isinstance(value, tuple):
        return ", ".join(str(part) for part in value) or "none"
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {said}" for name, said in value.items()) or "no detail"
    return str(value)


def _weights_missing(error: core.WeightsMissing) -> Message:
    if error.name.startswith("released") or "genconvit" in error.name.lower():
        what = (
            f"The released GenConViT weights “{error.name}” are not on this computer. They are 2.8 GB, licensed "
            "CC BY-NC, and come from the authors’ Hugging Face page; nothing is downloaded by this program."
        )
    else:
        what = f"The weights “{error.name}” are not on this computer."
    todo = "Import the file with “python -m genconvit weights import FILE”, or choose another method in the settings."
    return Message("Weights are missing", what, todo)


def _finder_model(error: core.FinderModelUnfit) -> Message:
    if error.found_sha256:
        what = f"{error.path.name} is not the model that methods were made with (SHA-256 {error.found_sha256})."
    else:
        what = f"The face finder’s model {error.path.name} is missing, or may not be read."
    return Message("No face finder", what, "Install the program again. Nothing was analyzed with it.")


def _device(error: core.DeviceUnavailable) -> Message:
    known = "; ".join(part for part in (f"available: {', '.join(error.available)}", error.detail) if part)
    what = f"“{error.device}” cannot be used on this computer ({known})."
    return Message("Device not available", what, "Choose “Automatic” or “CPU” in the settings (Ctrl+,).")


def _engine_died(error: core.EngineDied) -> Message:
    code = "" if error.exit_code is None else f" (exit code {error.exit_code})"
    what = f"The engine process ended without an answer{code}. The case is as it was."
    todo = "Try again. If it happens with this video each time, its file is likely to break the decoder."
    return Message("The analysis stopped", what, todo)


def _case_unreadable(error: cases.CaseUnreadable) -> Message:
    what = f"{error.path.name} in the folder {error.path.parent.name} cannot be read: {error.problem}."
    todo = "Restore the folder from a backup. Its videos, analyses and frames are untouched."
    return Message("Case cannot be read", what, todo)


_NOT_FOUND = {
    "missing": (
        "File not found",
        "There is no file {path}.",
        "Check that its disk is connected.",
    ),
    "folder": ("Not a file", "{path} is a folder, not a video.", "Open the folder and choose the videos in it."),
    "empty": ("Empty file", "{path} has no content at all.", "Copy the file again from its source."),
    "forbidden": (
        "No right to read",
        "The system does not let you read {path}.",
        "Ask for the right to read it.",
    ),
    "failed": (
        "Reading failed",
        "{path} could not be read to its end: the disk or the connection to it failed.",
        "Check the disk or the connection, then try again. The case is as it was.",
    ),
    "vanished": (
        "File vanished",
        "{path} was removed or changed while it was read.",
        "Make sure that nothing else moves the file, then try again. The case is as it was.",
    ),
}
_REFUSED = {
    "missing": ("File not found", "There is no file {path}.", "Check the name."),
    "unsafe": (
        "Refused",
        "{path} holds program code, not only numbers.",
        "Get them from their authors’ own page.",
    ),
    "unreadable": (
        "Unreadable",
        "{path} is cut short or not a weights file.",
        "Download it again, compare its size.",
    ),
    "wrong_network": ("Wrong network", "{path} belongs to another network ({details}).", "Choose the matching file."),
    "wrong_keys": ("Wrong parts", "{path} has other layers than the network: {details}.", "Choose the matching file."),
    "wrong_shapes": ("Wrong sizes", "{path} has layers of another size: {details}.", "Choose the matching file."),
    "not_finite": ("Damaged", "{path} holds numbers that are not finite: {details}.", "Download it again."),
    "exists": ("Already there", "Weights of that name exist and are others.", "Import them under another name."),
    "changed": (
        "Weights were written into",
        "{path} was written into while it was used. Its content is what its card says.",
        "Nothing was analyzed with it. Open the program again and repeat the analysis.",
    ),
}
_NOT_SAVED = {
    "no space": (
        "Disk full",
        "There is no space left to write {path}. What was saved before is still there, whole.",
        "Free some space on the disk, then repeat the last step.",
    ),
    "forbidden": (
        "Not saved",
        "The system does not let you write {path}. What was saved before is still there, whole.",
        "Check the rights on the case folder, then repeat the last step.",
    ),
}

TABLE: Mapping[type[BaseException], Callable[[Any], Message]] = {
    core.VideoNotFound: _by_problem(_NOT_FOUND, _NOT_FOUND["missing"]),
    core.VideoUnreadable: _plain(
        "Not a readable video",
        "No decoder can make a picture of {path} ({decoders}).",
        "If a player shows it, the copy may be damaged: copy it again from its source and compare the hashes.",
    ),
    core.NoVideoStream: _plain(
        "No pictures in the file",
        "{path} holds no video stream (found: {streams}).",
        "A sound recording cannot be examined here.",
    ),
    core.FrameUnreadable: _plain(
        "Frame cannot be decoded",
        "Frame {frame} of {path} cannot be decoded: {detail}.",
        "The file may be damaged. The other frames can still be looked at.",
    ),
    core.WeightsMissing: _weights_missing,
    core.WeightsDamaged: _plain(
        "Weights are damaged",
        "{path} is not the file its card describes (SHA-256 {found_sha256} instead of {expected_sha256}).",
        "Install the program again, or import the weights again. Nothing was analyzed with it.",
    ),
    core.WeightsRefused: _by_problem(_REFUSED, _REFUSED["unreadable"]),
    core.CardInvalid: _plain(
        "Weights card is not valid", "{path}: {field_name} {problem}.", "Import the weights again to get a new card."
    ),
    core.MethodInvalid: _plain(
        "Method cannot be used", "{source}: {field_name}: {problem}.", "Correct the method file, or choose another."
    ),
    core.MethodMissing: _plain(
        "Method not found", "There is no method called “{name}”.", "Choose one in the settings (Ctrl+,)."
    ),
    core.RuleMismatch: _plain(
        "Rule belongs to another method",
        "The decision rule in {source} was derived for another method, so its thresholds mean nothing here.",
        "Use the rule with its own method, or derive one for this method.",
    ),
    core.WeightsUnfit: _plain(
        "Weights do not fit", "“{name}” is {found}; the method asks for {asked}.", "Choose weights that fit the method."
    ),
    core.FinderModelUnfit: _finder_model,
    core.EncoderModelMissing: _plain(
        "No face encodings",
        "The model {path}, which tells whether two faces are of one person, is missing.",
        "Install the program again. Nothing was analyzed without it.",
    ),
    core.AnalysisInvalid: _plain(
        "Analysis cannot be read",
        "The kept analysis is not as this program writes it ({field_name}: {problem}).",
        "Another version of Veriframe made it, or the file was changed: verify the case (Ctrl+Shift+V) to see which. "
        "Analyze again to get a new one; this one stays in the case.",
    ),
    core.CertificateInvalid: _plain(
        "Not a repeatability certificate",
        "The file is not a repeatability certificate that can be read ({field_name}: {problem}).",
        "Choose a file that “python -m genconvit repeat” wrote, or repeat the examination.",
    ),
    core.ResultsInvalid: _plain(
        "Results cannot be read",
        "“{path}” is not a file of results per video ({place}: {problem}).",
        "Choose a file that an evaluation wrote.",
    ),
    core.PictureNotKept: _plain(
        "Pictures cannot be kept",
        "A picture of a flagged frame could not be written ({detail}). Nothing was kept of this analysis.",
        "Make room on the disk of the case and analyze again.",
    ),
    core.DeviceUnavailable: _device,
    core.OutOfMemory: _plain(
        "Not enough memory",
        "Not even one face fits into the memory of {device}.",
        "Close other programs, or choose “CPU” in the settings (Ctrl+,).",
    ),
    core.EngineDied: _engine_died,
    cases.CaseNotFound: _plain(
        "Case not found", "There is no case in the folder {path}.", "Check that the disk is connected."
    ),
    cases.CaseUnreadable: _case_unreadable,
    cases.CaseTooNew: _plain(
        "Case of a newer version",
        "{path} was written by a newer version of this program.",
        "Update the program; this version would lose what it does not know.",
    ),
    cases.CaseReadOnly: _plain(
        "Case is read-only",
        "{path} was opened read-only ({reason}).",
        "Close it in the other window, or get the right to write, and open it again.",
    ),
    cases.CaseNotSaved: _by_problem(
        _NOT_SAVED,
        (
            "Not saved",
            "{path} could not be written: {problem}. What was saved before is still there, whole.",
            "Check the disk, then repeat the last step.",
        ),
    ),
    cases.CaseFolderTaken: _plain(
        "Folder is not empty", "{path} holds other files.", "Choose another case number or an empty folder."
    ),
    cases.NotInCase: _plain("Not in this case", "The case holds no {kind} “{id}”.", "Open the case again."),
    cases.CertificateRefused: _plain(
        "Certificate of something else",
        "The repeatability certificate is about another {what} (SHA-256 {found_sha256}) than the analysis in {path} "
        "(SHA-256 {expected_sha256}). It was not taken in.",
        "Repeat the examination of this video with the method of its analysis.",
    ),
    cases.RecordChanged: _plain(
        "A record has changed",
        "{path} is missing or is not the file whose hash was recorded.",
        "Verify the case (Ctrl+Shift+V) and restore the file from a backup.",
    ),
    cases.VerdictNotFollowing: _plain(
        "Not a result of its scores",
        "The verdict in {path} is not what its own scores and rule give. It is not shown as a result.",
        "Verify the case (Ctrl+Shift+V), restore the file from a backup, or analyze the video again.",
    ),
    cases.EvidenceChanged: _plain(
        "Another file",
        "{path} is no longer the file that was taken in, so none of its frames is shown.",
        "Verify the case (Ctrl+Shift+V), and put the original file back in its place.",
    ),
    cases.ReportNotCopied: _plain(
        "Report not copied",
        "The report is in the case, but its copy could not be written to {path}: {problem}.",
        "Copy it from the case’s folder “reports”, or choose another place.",
    ),
    report.ReportNotSaved: _plain(
        "Report not saved",
        "{to} could not be written: {detail}.",
        "Close it if it is open in another program, check the space on the disk, and export again.",
    ),
    report.ReportNotSet: _plain(
        "Report could not be typeset",
        "A fault of this program kept the report from being made: {detail}.",
        "The case is untouched. Please report the fault, with the log file.",
    ),
    report.TemplateMissing: _plain(
        "Template is missing", "The report’s template {template} is not there.", "Install the program again."
    ),
}
"""Every expected kind of failure. :class:`genconvit.errors.EngineFailure` is not here: nobody expected it."""
