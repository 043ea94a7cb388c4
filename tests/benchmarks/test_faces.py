"""How boxes are matched, and what is said of those that are not."""

from benchmarks.faces import FACTOR, fits, pair, table, width_of

BROWS_TO_CHIN = (100, 100, 200, 200)
TALLER = (105, 60, 195, 210)


def test_a_taller_box_around_the_same_face_fits() -> None:
    assert fits(BROWS_TO_CHIN, TALLER)


def test_a_box_beside_the_centre_does_not_fit() -> None:
    assert not fits(BROWS_TO_CHIN, (151, 100, 251, 200))
    assert fits(BROWS_TO_CHIN, (150, 100, 250, 200))


def test_a_box_beyond_the_factor_in_size_does_not_fit() -> None:
    side = round(100 * FACTOR)
    assert fits(BROWS_TO_CHIN, (90, 90, 90 + side, 90 + side))
    assert not fits(BROWS_TO_CHIN, (90, 90, 91 + side, 91 + side))
    assert not fits((90, 90, 91 + side, 91 + side), (125, 125, 225, 225))


def test_by_width_a_tall_box_fits_that_is_too_large_by_its_area() -> None:
    tall = (90, 0, 230, 220)
    assert not fits(BROWS_TO_CHIN, tall)
    assert fits(BROWS_TO_CHIN, tall, width_of)
    assert pair([BROWS_TO_CHIN], [tall], width_of) == [(BROWS_TO_CHIN, tall)]
    assert not fits(BROWS_TO_CHIN, (60, 100, 60 + round(100 * FACTOR) + 1, 200), width_of)


def test_a_box_matches_one_face_only() -> None:
    beside = (104, 100, 204, 200)
    assert pair([BROWS_TO_CHIN, beside], [TALLER]) == [(BROWS_TO_CHIN, TALLER), (beside, None)]


def test_the_table_names_what_is_not_matched() -> None:
    finder = {"finder": "hog", "frames": 2, "frames_with_a_face": 1, "faces": 1, "seconds": 1.0, "cpu_seconds": 0.5}
    figures = {**finder, "faces_per_second": 1.0, "faces_per_cpu_second": 2.0}
    lost = {"frame": 7, "box": BROWS_TO_CHIN, "ours": []}
    clips = [{"clip": "a.mp4", "wanted": 1, "ours": 0, "matched": 0, "unmatched": [lost]}]
    counts = {"matched": 0, "unmatched": 1, "matched_by_width": 1, "size_ratio": None}
    said = table({**counts, "wanted": figures, "ours": figures, "clips": clips})
    assert "frame 7 of a.mp4: (100, 100, 200, 200) is not matched, ours: none" in said
    assert "0 of 1 matched, 1 by their widths" in said
