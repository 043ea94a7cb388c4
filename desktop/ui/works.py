"""Jobs in words for the rows of videos."""

from __future__ import annotations

from desktop import messages
from desktop.jobs.records import Job
from desktop.models import words
from desktop.models.videos import Work


def work_of(job: Job) -> Work:
    """The job as its row shows it."""
    return Work(
        key=job.key,
        kind=job.kind,
        name=job.name,
        phase=job.phase,
        fraction=job.step.fraction if job.phase == "running" else 0.0,
        text=text_of(job),
        problem=problem_of(job.error),
    )


def text_of(job: Job) -> str:
    """One line: phase, per cent, frames per second and time left as far as they are known."""
    if job.phase == "waiting":
        return "Waiting"
    if job.phase == "cancelled":
        return "Cancelled"
    if job.phase == "failed":
        return "Failed"
    verb = "Analyzing" if job.kind == "analysis" else "Taking in and hashing"
    parts = [f"{verb}  {job.step.fraction:.0%}"]
    if job.step.fps is not None:
        parts.append(f"{job.step.fps:.1f} frames/s")
    if job.step.left_s is not None:
        parts.append(words.time_left(job.step.left_s))
    return "  ·  ".join(parts)


def problem_of(error: Exception | None) -> str:
    if error is None:
        return ""
    message = messages.message(error)
    return message.text if message is not None else "An unexpected error. The case is as it was."
