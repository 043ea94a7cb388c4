"""Colours, type and spacing: one place for light and dark. Everything sits on a grid of 8 px."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from string import Template

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

RESOURCES = Path(__file__).parents[2] / "resources"
GRID_PX = 8


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours by what they are for. ``fake``, ``real`` and ``open``: orange, blue and grey, told apart by everyone."""

    name: str
    window: str
    surface: str
    raised: str
    sunken: str
    viewer: str
    text: str
    muted: str
    faint: str
    border: str
    strong_border: str
    accent: str
    accent_hover: str
    on_accent: str
    selection: str
    fake: str
    fake_tint: str
    real: str
    real_tint: str
    open: str
    open_tint: str
    warning: str
    warning_tint: str


LIGHT = Theme(
    name="light",
    window="#F2F4F6",
    surface="#FFFFFF",
    raised="#F8F9FB",
    sunken="#E9ECF0",
    viewer="#1A1C20",
    text="#1A1F26",
    muted="#55606E",
    faint="#8A94A1",
    border="#DCE0E6",
    strong_border="#BFC6CF",
    accent="#0E6E78",
    accent_hover="#0B5C65",
    on_accent="#FFFFFF",
    selection="#DDEEF0",
    fake="#B5530C",
    fake_tint="#FBEBDD",
    real="#2563A8",
    real_tint="#E3EDF8",
    open="#5B6573",
    open_tint="#ECEEF1",
    warning="#8A6100",
    warning_tint="#FFF4D6",
)
DARK = Theme(
    name="dark",
    window="#15171B",
    surface="#1D2025",
    raised="#24282E",
    sunken="#101215",
    viewer="#0C0D10",
    text="#E7EAEE",
    muted="#A2ABB7",
    faint="#717B88",
    border="#2E333A",
    strong_border="#454C56",
    accent="#3FB3BE",
    accent_hover="#5CC5CF",
    on_accent="#06191B",
    selection="#1D3B40",
    fake="#F0995B",
    fake_tint="#3A281B",
    real="#76AEEA",
    real_tint="#1B2C40",
    open="#A9B2BD",
    open_tint="#2A2F36",
    warning="#E5BE62",
    warning_tint="#352C17",
)

TRACK_COLOURS = ("#7A5CC8", "#1B9E77", "#C2428F", "#8C6D1F", "#3B7F9E", "#7A7A7A")
TRACK_COLOURS_DARK = ("#A88BEB", "#45C9A0", "#E57ABB", "#CDAF5A", "#74BCDD", "#B0B0B0")

_now: list[Theme] = [LIGHT]


def current() -> Theme:
    return _now[0]


def track_colour(track: int) -> QColor:
    colours = TRACK_COLOURS if current().name == "light" else TRACK_COLOURS_DARK
    return QColor(colours[track % len(colours)])


def label_colours(label: str) -> tuple[QColor, QColor]:
    """Strong colour and tint of a machine's label."""
    theme = current()
    strong, tint = {
        "FAKE": (theme.fake, theme.fake_tint),
        "REAL": (theme.real, theme.real_tint),
    }.get(label, (theme.open, theme.open_tint))
    return QColor(strong), QColor(tint)


def apply(application: QApplication, choice: str) -> None:
    """Dress the application. ``choice``: ``system``, ``light`` or ``dark``."""
    hints = QGuiApplication.styleHints()
    scheme = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}.get(choice, Qt.ColorScheme.Unknown)
    hints.setColorScheme(scheme)
    dark = choice == "dark" or (choice == "system" and hints.colorScheme() == Qt.ColorScheme.Dark)
    _now[0] = DARK if dark else LIGHT
    text = sheet(current())
    if application.styleSheet() != text:  # dressing every widget anew is slow
        application.setPalette(palette(current()))
        application.setStyleSheet(text)


def palette(theme: Theme) -> QPalette:
    role = QPalette.ColorRole
    colours = {
        role.Window: theme.window,
        role.WindowText: theme.text,
        role.Base: theme.surface,
        role.AlternateBase: theme.raised,
        role.Text: theme.text,
        role.Button: theme.surface,
        role.ButtonText: theme.text,
        role.BrightText: theme.on_accent,
        role.Highlight: theme.accent,
        role.HighlightedText: theme.on_accent,
        role.ToolTipBase: theme.raised,
        role.ToolTipText: theme.text,
        role.PlaceholderText: theme.faint,
        role.Link: theme.accent,
        role.Light: theme.raised,
        role.Midlight: theme.border,
        role.Mid: theme.border,
        role.Dark: theme.strong_border,
        role.Shadow: theme.strong_border,
        role.Accent: theme.accent,
    }
    result = QPalette()
    for name, colour in colours.items():
        result.setColor(name, QColor(colour))
    for name in (role.WindowText, role.Text, role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, name, QColor(theme.faint))
    return result


def sheet(theme: Theme) -> str:
    """The style sheet with this theme's colours put in."""
    text = (RESOURCES / "style.qss").read_text(encoding="utf-8")
    icons = (RESOURCES / "icons").as_posix()
    return Template(text).substitute(asdict(theme), icons=icons)


def add_fonts() -> None:
    """Inter, which comes with the program, for Linux and wherever the system has no font at all. Once is enough."""
    if "Inter" in QFontDatabase.families():
        return
    for path in sorted((RESOURCES / "fonts").glob("Inter-*.otf")):
        QFontDatabase.addApplicationFont(str(path))


def base_font() -> QFont:
    """The system's own on Windows and macOS; Inter on Linux, where there is no such thing."""
    font = QGuiApplication.font() if sys.platform in ("win32", "darwin") else QFont("Inter")
    font.setPixelSize(13)
    return font


def sized(px: int, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """The application's font at another size, with digits of equal width."""
    font = QFont(QGuiApplication.font())
    font.setPixelSize(px)
    font.setWeight(weight)
    if hasattr(font, "setFeature"):
        font.setFeature(QFont.Tag("tnum"), 1)
    return font
