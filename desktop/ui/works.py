"""Jobs in words for the rows of videos."""

from __future__ import annotations

from desktop import messages
from desktop.jobs.records import Job
from desktop.models import words
from desktop.models.videos import Work

CHORES = {
    "verify": "Checking every recorded hash",
    "export": "Writing the report",
    "repeat": "Repeating the examination",
}


def work_of(job: Job) -> Work:
    """The job as its row shows it."""
    return Work(
        key=job.key,
        kind=job.kind,
        name=job.name,
        phase=job.phase,
        fraction=job.step.fraction if job.phase == "running" else 0.0,
        text=text_of(job),
        numbers=numbers_of(job),
        problem=problem_of(job.error),
    )


def text_of(job: Job) -> str:
    """Phase, per cent and time left as far as it is known."""
    if job.phase == "waiting":
        return "Waiting"
    if job.phase == "cancelled":
        return "Cancelled"
    if job.phase == "failed":
        return "Failed"
    verb = "Analyzing" if job.kind == "analysis" else "Hashing"
    parts = [f"{verb}  {job.step.fraction:.0%}"]
    if job.step.left_s is not None:
        parts.append(words.time_left(job.step.left_s))
    return "  ·  ".join(parts)


def chore_of(job: Job) -> str:
    """What a chore does, and how far it is."""
    doing = CHORES[job.kind]
    if job.phase == "waiting":
        return f"{doing}: waiting"
    if not job.active:
        return f"{doing}: stopping"
    parts = [f"{doing}  {job.step.fraction:.0%}"]
    if job.step.left_s is not None:
        parts.append(words.time_left(job.step.left_s))
    return "  ·  ".join(parts)


def numbers_of(job: Job) -> str:
    """Per cent, frames, frames per second and time left as far as they are known."""
    step = job.step
    parts = [f"{step.fraction:.0%}"]
    if step.frames is not None:
        parts.append(words.count(step.frames, "frame"))
    if step.fps is not None:
        parts.append(f"{step.fps:.1f} frames/s")
    parts.append(words.time_left(step.left_s))
    return "   ·   ".join(parts) if job.phase == "running" else ""


def problem_of(error: Exception | None) -> str:
    if error is None:
        return ""
    message = messages.message(error)
    return message.text if message is not None else "An unexpected error. The case is as it was."
