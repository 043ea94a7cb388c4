"""The only door to the decoders: what a video is, which of its frames to read, and the frames.

Two decoders stand behind it, and a rule says which one reads a file:

* **PyAV** reads every file of which it can decode a frame. It applies edit lists, reads MPEG-TS, and every frame it
  gives carries its own time stamp, so that a frame is known by that and never by counting from a seek.
* **decord** reads what PyAV cannot. It is read from the start without seeking, because its frames carry no time stamp.

The same file always gets the same decoder; ``Video.decoder`` says which. Files are told by content, not by name. No
decoder ever reaches past the file it was given: no other file, no network.

Damage is told where it is met: while frames are counted and while the planned ones are read. A decoder may not notice
it and give a picture with wrong parts; of what is jumped over nothing is known; and decord tells of failures only.
"""

from __future__ import annotations

from genconvit.video.notes import after_reading
from genconvit.video.probing import probe
from genconvit.video.reading import check_same, read_frames
from genconvit.video.sampling import plan

__all__ = ["after_reading", "check_same", "plan", "probe", "read_frames"]
