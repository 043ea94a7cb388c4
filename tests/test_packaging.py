"""What is installed, pinned and named among the licences is one and the same set."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import genconvit
from launch.aliases import ALIASES

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = [line for extra in PROJECT["optional-dependencies"].values() for line in extra]
REQUIREMENTS = [Requirement(line) for line in [*PROJECT["dependencies"], *EXTRAS]]


@pytest.fixture(scope="module")
def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pairs = [line.split("==") for line in lines if not line.startswith("#")]
    assert all(len(pair) == 2 for pair in pairs), "names and versions only"
    names = [canonicalize_name(name) for name, _ in pairs]
    assert len(set(names)) == len(names)
    return dict(zip(names, (version for _, version in pairs), strict=True))


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=str)
def test_every_requirement_is_pinned_within_its_range(requirement: Requirement, pins: dict[str, str]) -> None:
    assert pins[canonicalize_name(requirement.name)] in requirement.specifier


def test_pins_fit_every_system_and_name_no_place(pins: dict[str, str]) -> None:
    assert all(re.fullmatch(r"[0-9a-z.]+", version) for version in pins.values())


def test_what_an_alias_stands_in_for_is_never_installed_itself(pins: dict[str, str]) -> None:
    for name, _, stands_for in ALIASES:
        assert name not in pins
        assert stands_for in pins


def test_only_one_opencv_is_installed() -> None:
    assert set(packages_distributions()["cv2"]) == {"opencv-python-headless"}


def test_what_is_installed_fits_together() -> None:
    command = [sys.executable, "-m", "pip", "check"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=str)
def test_every_requirement_is_named_among_the_licences(requirement: Requirement) -> None:
    rows = re.findall(r"^\| ([\w.-]+) \| ([^|]+) \|", (ROOT / "THIRD_PARTY.md").read_text("utf-8"), re.MULTILINE)
    licences = {canonicalize_name(name): licence.strip() for name, licence in rows}
    assert licences.get(canonicalize_name(requirement.name))


def test_the_version_is_the_same_everywhere() -> None:
    assert PROJECT["version"] == genconvit.__version__
    assert f"## [{genconvit.__version__}]" in (ROOT / "CHANGELOG.md").read_text("utf-8")
