"""What an examiner should know of the way a file was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import ColorTrc
from av.video.stream import VideoStream

from genconvit.records import Video
from genconvit.video.index import FrameIndex
from genconvit.video.orientation import orientation_of

SHORT_S = 1.0
"""Pictures that end this much before the file does are worth a word."""
LISTED = 24
"""Numbers of frames that a sentence bears."""
TIMES = 4
"""Times of gaps that it bears: a cadence has hundreds."""
_HDR = {int(ColorTrc.SMPTE2084): "PQ (SMPTE ST 2084)", int(ColorTrc.ARIB_STD_B67): "HLG (ARIB STD-B67)"}


def notes_of(
    index: FrameIndex, container: InputContainer, stream: VideoStream, first: VideoFrame, duration_s: float
) -> tuple[str, ...]:
    """Sentences, the most serious first; empty for an ordinary file."""
    return (*_missing(index, container, duration_s), *_picture(stream, first))


def after_reading(video: Video, planned: int, not_decoded: Sequence[int], damaged: int) -> Video:
    """The video with what reading its frames brought to light; the same one where that is nothing.

    Args:
        planned: how many frames were to be read.
        not_decoded: those of them that could not be decoded.
        damaged: packets and frames that the decoder called damaged.
    """
    notes: list[str] = []
    if not_decoded:
        notes.append(f"{len(not_decoded)} of {planned} planned frames could not be decoded: {_listed(not_decoded)}.")
    # Where probing decoded the whole file, it has told of the same packets.
    if damaged and not video.damaged:
        many = "1 packet or frame" if damaged == 1 else f"{damaged} packets or frames"
        notes.append(f"The decoder called {many} damaged while the planned frames were read.")
    if not notes:
        return video
    return replace(video, notes=(*video.notes, *notes), damaged=video.damaged or bool(damaged))


def _listed(frames: Sequence[int]) -> str:
    rest = len(frames) - LISTED
    return ", ".join(str(frame) for frame in frames[:LISTED]) + (f" and {rest} more" if rest > 0 else "")


def _missing(index: FrameIndex, container: InputContainer, duration_s: float) -> list[str]:
    notes: list[str] = []
    if index.promised:
        notes.append(f"The file ends early or is damaged: of {index.promised} frames, {len(index.pts)} can be decoded.")
    if index.damaged:
        many = "1 packet or frame is" if index.damaged == 1 else f"{index.damaged} packets or frames are"
        rest = "what follows up to the next key frame is left out."
        if index.kept:
            rest = (
                "what follows up to the next key frame is left out where they are damaged; where they are missing it "
                "is not, for want of usable time stamps, and may be predicted from what is lost."
            )
        notes.append(f"{many} damaged or missing; {rest}")
    # Of key frames alone none is predicted from another.
    alone = "" if index.keys == index.pts else ", and what follows may be predicted from them"
    if index.empty:
        many = "1 slot holds" if index.empty == 1 else f"{index.empty} slots hold"
        notes.append(f"{many} no frame, as where a capture had none in time; frames may be missing there{alone}.")
    if index.holes:
        times = [f"{float((at - index.pts[0]) * index.time_base):.2f}" for at in index.holes]
        gaps = "a gap" if len(times) == 1 else f"{len(times)} gaps"
        after = f"after {', '.join(times)}" if len(times) <= TIMES else f"the first after {times[0]}"
        notes.append(f"The time stamps have {gaps}, {after} s; frames may be missing there{alone}.")
    if index.ends_inside:
        notes.append("The file ends inside its last frame, which is left out.")
    if index.hidden:
        rest = "it was" if index.hidden == 1 else "they were"
        notes.append(
            f"An edit list hides {index.hidden} of the file's {index.stored} frames, counted by packets; "
            f"{rest} not examined."
        )
    if not index.timed:
        notes.append("The file has no usable time stamps; times are counted from the frame rate.")
    announced_s = (container.duration or 0) / 1_000_000
    if announced_s > duration_s + SHORT_S:
        notes.append(f"The file announces {announced_s:.1f} s, its pictures last {duration_s:.1f} s.")
    return notes


def _picture(stream: VideoStream, first: VideoFrame) -> list[str]:
    notes: list[str] = []
    orientation = orientation_of(first)
    if orientation.mirrored:
        notes.append("The file asks for a mirror image; it is examined as displayed.")
    if orientation.askew:
        notes.append("The file asks to be turned by more than quarter turns; it is examined as stored.")
    aspect = stream.sample_aspect_ratio
    if aspect and aspect != 1:
        notes.append(
            f"Pixels are not square (sample aspect ratio {aspect.numerator}:{aspect.denominator}); "
            "frames are examined at their stored size, not stretched."
        )
    if stream.container.format.name.endswith("_pipe"):
        notes.append("The file is a picture, not a video.")
    if first.interlaced_frame:
        notes.append("The video is interlaced; fields are not separated.")
    if (transfer := _HDR.get(int(first.color_trc))) is not None:
        notes.append(f"The video is HDR with {transfer}; it is read without tone mapping.")
    if (depth := max(component.bits for component in first.format.components)) > 8:
        notes.append(f"The video has {depth} bits per sample; frames are examined at 8.")
    pictures = [stream for stream in stream.container.streams.video if not int(stream.disposition)]
    if len(pictures) > 1:
        notes.append(f"The file has {len(pictures)} video streams; stream {stream.index} was read.")
    return notes
