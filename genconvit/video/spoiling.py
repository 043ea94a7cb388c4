"""Which frames of a stream damage may have reached.

A decoder patches over damage and calls at most the patched frame damaged, when it gives it out: after the frames that
are presented before it, also those that were decoded after it and are predicted from it. So every packet is followed
through the decoder, and what became of it decides about those that were sent after it, in the order of sending.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from av.packet import Packet
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

REORDERED = 16
"""Frames that are presented before one that was decoded earlier, at the most."""
IN_FLIGHT = 256
"""More packets than a decoder with several threads holds, together with the frames that wait here."""

PREDICTED = frozenset({PictureType.P, PictureType.B, PictureType.S, PictureType.SP})


@dataclass(frozen=True, slots=True)
class _State:
    """What damage does to the next packet."""

    spoiled: bool
    """Whether it is predicted from damage, or from what came before the first packet."""
    shown_from: int | None = None
    """What is presented before this may be predicted from damage across the key frame that ended it."""


@dataclass(slots=True, eq=False)
class Sent:
    """A packet on its way through the decoder."""

    number: int
    pts: int | None
    begins: bool
    """Whether decoding can begin at it."""
    behind_loss: bool
    hidden: bool
    """Whether its frame is not given, because an edit list hides it."""
    before: _State
    """What is known of the stream in front of it."""
    damaged: bool = False
    sound: bool = True


@dataclass(slots=True)
class Spoiling:
    """Tells of each packet of a pass whether its frame is sound, as far as damage is known."""

    damaged: int = field(default=0)
    """Packets and frames that were called damaged; the missing beginning of a stream counts as one."""
    passed_over: int = field(default=0)
    """Packets of which no frame came, though ones that are presented later did."""
    _recent: deque[Sent] = field(default_factory=lambda: deque(maxlen=IN_FLIGHT))
    _waited: list[Sent] = field(default_factory=list)
    """Those of which no frame came so far."""
    _sent: int = field(default=0)
    _begun: bool = field(default=False)
    _behind_corrupt: bool = field(default=False)
    _state: _State = field(default=_State(spoiled=True))

    def send(self, packet: Packet[VideoStream], lost: int = 0) -> Sent:
        """To be called for each packet with content, in order.

        Args:
            lost: how many packets are known to be missing in front of it.
        """
        # A loss on the way is told of the packet before it, and what follows may lack its beginning.
        begins = packet.is_keyframe and not packet.is_corrupt and not self._behind_corrupt
        sent = Sent(self._sent, packet.pts, begins, bool(lost), packet.is_discard, self._state)
        self._behind_corrupt = packet.is_corrupt
        self._sent += 1
        self.damaged += lost
        self._recent.append(sent)
        self._waited.append(sent)
        if begins:
            self._begin(sent)
        self._judge(sent)
        return sent

    def damage(self, sent: Sent | None) -> None:
        """A packet or its frame is damaged; None when it is not known which of those that were sent."""
        if sent is None and not self._recent:
            return
        sent = sent or self._recent[-1]
        if not sent.damaged:
            self.damaged += 1
            sent.damaged = True
            self._judge_from(sent)

    def came(self, frame: VideoFrame) -> Sent:
        """The packet that a frame came of. To be called for each frame, in the order in which they come."""
        opaque = frame.opaque
        sent = opaque if isinstance(opaque, Sent) else self._recent[-1]
        pts, oldest = frame.pts, sent.number - REORDERED
        others = [other for other in self._waited if other is not sent]
        self._waited = [
            other
            for other in others
            if other.number >= oldest and (other.pts is None or pts is None or other.pts > pts)
        ]
        if len(self._waited) < len(others):
            self.passed_over += sum(not other.hidden for other in set(others).difference(self._waited))
        # Pictures that are refreshed bit by bit have packets marked as key frames at which the refreshing begins.
        if sent.begins and sent.number and frame.pict_type in PREDICTED and not frame.key_frame:
            sent.begins = False
            self._judge_from(sent)
        # A stream in which nothing is marked as a key frame up to here: its decoder chose where to begin.
        elif not self._begun and (frame.key_frame or frame.pict_type not in PREDICTED):
            sent.begins = True
            self._begin(sent)
            self._judge_from(sent)
        return sent

    def outstanding(self) -> bool:
        """Whether a frame that should have been presented after all that came has not come."""
        return not all(sent.hidden for sent in self._waited)

    def settled(self, sent: Sent) -> bool:
        """Whether all that was sent before ``sent`` has come, so that nothing more can spoil it."""
        return not self._waited or self._waited[0].number > sent.number

    def _begin(self, sent: Sent) -> None:
        if not self._begun and sent.number:
            self.damaged += 1
        self._begun = True

    def _judge(self, sent: Sent) -> None:
        state = self._state
        if sent.behind_loss:
            state = _State(spoiled=True)
        if sent.damaged:
            state = _State(spoiled=True)
        elif sent.begins:
            state = _State(False, sent.pts if state.spoiled and sent.number else None)
        early = state.shown_from is not None and sent.pts is not None and sent.pts < state.shown_from
        sent.sound = not state.spoiled and not early
        self._state = state

    def _judge_from(self, first: Sent) -> None:
        self._state = first.before
        for sent in self._recent:
            if sent.number >= first.number:
                sent.before = self._state
                self._judge(sent)
