from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from desktop.jobs.job_list import JobList
from desktop.jobs.records import Job
from desktop.jobs.tasks import Step, Task

Told = tuple[JobList, list[tuple[Job, ...]], list[tuple[Job, ...]]]


@pytest.fixture
def told(qtbot: QtBot) -> Told:
    jobs = JobList()
    of_videos: list[tuple[Job, ...]] = []
    of_chores: list[tuple[Job, ...]] = []
    jobs.jobs_changed.connect(of_videos.append)
    jobs.chores_changed.connect(of_chores.append)
    return jobs, of_videos, of_chores


def job(kind: str, key: str = "k") -> Job:
    task = Task(kind, key, lambda progress: None)
    return Job(kind, key, "", task.number)


def test_a_job_is_told_of_among_its_like_at_once(told: Told) -> None:
    jobs, of_videos, of_chores = told
    analysis, export = job("analysis"), job("export")
    jobs.put(analysis)
    assert (of_videos, of_chores) == ([(analysis,)], [])
    jobs.put(export)
    assert (of_videos, of_chores) == ([(analysis,)], [(export,)])
    assert jobs.all == (analysis, export)
    jobs.drop(export)
    assert of_chores[-1] == jobs.chores == ()
    jobs.drop(None)
    assert len(of_videos) == 1 and len(of_chores) == 2


def test_steps_are_told_together_to_whom_they_concern(told: Told, qtbot: QtBot) -> None:
    jobs, of_videos, of_chores = told
    analysis, export = job("analysis"), job("export")
    jobs.put(analysis)
    jobs.put(export)
    of_videos.clear()
    of_chores.clear()
    for hundredth in range(1, 51):
        jobs.step(analysis, Step(hundredth / 100))
        jobs.step(export, Step(hundredth / 200))
    assert not of_videos and not of_chores
    qtbot.waitUntil(lambda: bool(of_videos and of_chores))
    assert [[job.step.fraction for job in each] for each in (*of_videos, *of_chores)] == [[0.5], [0.25]]
    jobs.step(analysis, Step(0.9))
    qtbot.waitUntil(lambda: len(of_videos) == 2)
    assert len(of_chores) == 1, "nothing of a chore has changed"


def test_a_job_that_took_another_ones_place_is_not_that_ones(told: Told) -> None:
    jobs, _, _ = told
    before, after = Task("analysis", "k", lambda progress: None), Task("analysis", "k", lambda progress: None)
    for task in (before, after):
        jobs.put(Job("analysis", "k", "", task.number))
    found = jobs.of(after)
    assert jobs.of(before) is None and found is not None and jobs.active("analysis", "k")
    jobs.end(before, "failed", ValueError())
    assert jobs.all == (found,)
    jobs.end(after, "failed", ValueError())
    assert [each.phase for each in jobs.all] == ["failed"] and not jobs.active("analysis", "k")
