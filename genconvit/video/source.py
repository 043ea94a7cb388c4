"""Opening a file for PyAV: by content, alone, and with every failure named."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

import av
from av.container import InputContainer
from av.stream import Disposition, Stream
from av.video.stream import VideoStream

from genconvit.errors import NoVideoStream, VideoNotFound, VideoUnreadable

av.logging.set_level(None)

NAME = f"PyAV {av.__version__}"
BUFFER_BYTES = 256 * 1024
_TEXT_BYTES = 256
_PROBED_BYTES = 2 * 1024 * 1024
"""More than FFmpeg looks at to tell a container."""
_ELSEWHERE = (b"#EXTM3U", b"<MPD", b"ffconcat", b"c=IN", b"SmoothStreamingMedia", b"rtsp://", b"AssetMap")
_NOT_PICTURES = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image


class _Nameless:
    """A file without its name, so that the demuxer is chosen by content only and can open nothing beside it.

    PyAV passes an ``OSError`` of the file on as one of the format, if at all, and prints a ``KeyboardInterrupt`` and
    goes on. So what is raised is kept, the file looks as if it ended there, and whoever called PyAV raises it.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.raised: BaseException | None = None
        self.tell = file.tell
        reads = self._reads()
        next(reads)
        # Not a function: a signal that came while FFmpeg computed is raised at a function's first step, which no try
        # within it covers, but within a generator at the yield that it goes on from. ``seek`` has two arguments and has
        # to be a function: a signal that comes just before one is still lost.
        self.read = reads.send

    def _reads(self) -> Generator[bytes, int, None]:
        given = b""
        while True:
            try:
                while True:
                    size = yield given
                    given = b"" if self.raised is not None else self._file.read(size)
            except GeneratorExit:
                raise
            except BaseException as error:  # noqa: BLE001  raised again by those who called PyAV
                self._keep(error)
                given = b""

    def seek(self, offset: int, whence: int = 0) -> int:
        try:
            return self._file.seek(offset, whence)
        except (ValueError, OverflowError):
            return -1
        except BaseException as error:  # noqa: BLE001  raised again by those who called PyAV
            # Where a damaged file sends the reader: before its start.
            if not isinstance(error, OSError) or error.errno != errno.EINVAL:
                self._keep(error)
            return -1

    def _keep(self, error: BaseException) -> None:
        # An interrupt is never given up for a failure of the disk.
        if self.raised is None or not isinstance(error, Exception):
            self.raised = error


@contextlib.contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The file, for reading.

    Raises:
        VideoNotFound: missing, a folder, empty, or forbidden, which pipes and devices are as well.
    """
    try:
        if path.is_dir():
            raise VideoNotFound(path, "folder")
        if path.exists() and not path.is_file():
            raise VideoNotFound(path, "forbidden")
        file = path.open("rb")
    except (FileNotFoundError, NotADirectoryError):
        raise VideoNotFound(path, "missing") from None
    except IsADirectoryError:
        raise VideoNotFound(path, "folder") from None
    except OSError:
        raise VideoNotFound(path, "forbidden") from None
    with file:
        if not file.read(1):
            raise VideoNotFound(path, "empty")
        file.seek(0)
        yield file


@contextlib.contextmanager
def demuxer(
    path: Path, options: Mapping[str, str] = MappingProxyType({})
) -> Iterator[tuple[InputContainer, VideoStream]]:
    """The file's container and the stream of pictures to read.

    Args:
        options: FFmpeg's, for the demuxer.

    Raises:
        VideoNotFound: see :func:`opened`; or the disk or the way to it failed, which is told when the block is left and
            may make the file look cut short until then (problem ``failed``).
        VideoUnreadable: PyAV cannot open it, or knows no decoder for it.
        NoVideoStream: it holds no moving pictures.
    """
    with opened(path) as file:
        if is_text(file):
            raise VideoUnreadable(path, {NAME: "it is text"})
        nameless = _Nameless(file)
        with _told(path, nameless):
            try:
                container = av.open(
                    nameless,
                    mode="r",
                    buffer_size=BUFFER_BYTES,
                    metadata_errors="replace",
                    options={**options, "protocol_whitelist": ""},
                )
            except (av.FFmpegError, OSError, ValueError) as error:
                raise VideoUnreadable(path, {NAME: reason(error)}) from None
            with container:
                stream = _pictures(path, container)
                if getattr(stream, "codec_context", None) is None:
                    raise VideoUnreadable(path, {NAME: "no decoder for the stream's codec, or it is encrypted"})
                try:
                    yield container, stream
                finally:
                    # Freeing a decoder holds Python's lock and waits for its threads, which need that lock to let go of
                    # what was sent with a packet. Flushing it waits without.
                    stream.codec_context.flush_buffers()


@contextlib.contextmanager
def _told(path: Path, nameless: _Nameless) -> Iterator[None]:
    """Raise in the end what reading the file raised; nothing that the block made of the rest is to be trusted."""
    try:
        yield
    finally:
        if isinstance(nameless.raised, OSError):
            raise VideoNotFound(path, "failed") from nameless.raised
        if nameless.raised is not None:
            raise nameless.raised


def is_text(file: BinaryIO) -> bool:
    """Whether the file begins as text, which no video does but one."""
    start = file.read(_TEXT_BYTES)
    file.seek(0)
    if start.startswith(b"YUV4MPEG2"):
        return False
    return min(start) < 128 and not any(byte < 9 or 13 < byte < 27 or 27 < byte < 32 or byte == 127 for byte in start)


def points_elsewhere(file: BinaryIO) -> bool:
    """Whether a decoder might take the file for a playlist or a session description, and open what it names: other
    files, or addresses. PyAV is kept from that when it opens a file; decord cannot be."""
    start = file.read(_PROBED_BYTES)
    file.seek(0)
    return any(mark in start for mark in _ELSEWHERE)


def reason(error: Exception) -> str:
    """What a decoder said, in one line."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(text).split())


def _pictures(path: Path, container: InputContainer) -> VideoStream:
    """The stream FFmpeg calls best, cover art and thumbnails apart."""
    best = container.streams.best("video")
    if isinstance(best, VideoStream) and not best.disposition & _NOT_PICTURES:
        return best
    for stream in container.streams.video:
        if not stream.disposition & _NOT_PICTURES:
            return stream
    raise NoVideoStream(path, tuple(describe(stream) for stream in container.streams))


def describe(stream: Stream) -> str:
    """A stream in words, for example ``audio (aac)`` or ``picture (mjpeg)``."""
    context = getattr(stream, "codec_context", None)
    codec = context.name if context is not None else "unknown"
    kind = "picture" if stream.type == "video" else stream.type
    return f"{kind} ({codec})"
