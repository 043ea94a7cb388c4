"""A video in the case, and an analysis of it."""

from __future__ import annotations

import pytest


@pytest.fixture
def evidence(case, clip, probed):
    return case.add_evidence(clip, True, probed(clip))


@pytest.fixture
def entry(case, evidence, examined):
    return case.keep(evidence.id, examined(case, evidence.id))
