"""Packets of an MPEG-TS that are missing are noticed by their count."""

from __future__ import annotations

import numpy as np
import pytest

from genconvit.errors import VideoNotFound
from genconvit.progress import QUIET, Cancelled, Reporter
from genconvit.video import continuity

PICTURES = 0x100


@pytest.fixture
def packets(make):
    """A file and its packets, of which more than 16 are of the pictures."""
    path = make(format="mpegts", frames=60)
    content = path.read_bytes()
    cut = [content[at : at + 188] for at in range(0, len(content), 188)]
    assert sum(of_pictures(packet) for packet in cut) > 40
    return path, cut


def of_pictures(packet):
    return (packet[1] & 0x1F) << 8 | packet[2] == PICTURES


def without(packets, start, count):
    """Without ``count`` packets of the pictures, from the one with number ``start`` on."""
    mine = [n for n, packet in enumerate(packets) if of_pictures(packet)][start : start + count]
    return [packet for n, packet in enumerate(packets) if n not in mine]


@pytest.mark.parametrize(("before", "behind"), [(b"", b""), (b"time", b""), (b"", bytes(16))])
@pytest.mark.parametrize(("lost", "whole"), [(0, True), (1, False), (3, False), (15, False), (16, True)])
def test_lost_packets_are_noticed_but_for_multiples_of_16(before, behind, lost, whole, packets, monkeypatch):
    monkeypatch.setattr(continuity, "READ", 7)
    path, cut = packets
    path.write_bytes(b"".join(before + packet + behind for packet in without(cut, 20, lost)))
    assert continuity.unbroken(path, PICTURES, QUIET) is whole


def test_a_last_packet_that_is_cut_is_no_loss(packets):
    path, cut = packets
    path.write_bytes(b"".join(cut)[:-50])
    assert continuity.unbroken(path, PICTURES, QUIET)


def test_packets_of_other_streams_do_not_count(packets):
    path, cut = packets
    path.write_bytes(b"".join(packet for n, packet in enumerate(cut) if n < 30 or of_pictures(packet)))
    assert continuity.unbroken(path, PICTURES, QUIET)


def test_where_no_packets_can_be_told_nothing_is_called_whole(packets):
    path, cut = packets
    path.write_bytes(b"".join(cut[:20]) + b"\0" * 100 + b"".join(cut[20:]))
    assert not continuity.unbroken(path, PICTURES, QUIET)
    path.write_bytes(np.random.default_rng(0).bytes(20_000))
    assert not continuity.unbroken(path, PICTURES, QUIET)


def test_it_can_be_cancelled_and_a_file_that_is_gone_is_named(packets):
    path, _ = packets

    def tell(fraction, frames):
        raise Cancelled

    with pytest.raises(Cancelled):
        continuity.unbroken(path, PICTURES, Reporter(tell))
    path.unlink()
    with pytest.raises(VideoNotFound):
        continuity.unbroken(path, PICTURES, QUIET)
