from __future__ import annotations

import json
import shutil
import sys
import unicodedata
from pathlib import Path

import pytest

from genconvit.evaluation.items import Item, Items, LayoutUnfit
from genconvit.evaluation.layouts import NAMES, find_items, timit
from genconvit.evaluation.layouts.files import child_folders

Row = tuple[str, str, str]


def files(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")
    return root


def rows(found: Items) -> list[Row]:
    for item in found.items:
        assert item.path.read_bytes()
    return [(item.file, item.label, item.group) for item in found.items]


def test_folders_of_any_case_and_depth(tmp_path: Path) -> None:
    files(tmp_path, "FAKE/b clip.mp4", "FAKE/Déepfakes/x/a.mp4", "Real/a.mp4", "Real/ä.MKV", "other/c.mp4")
    files(tmp_path, "FAKE/notes.txt", "FAKE/poster.JPG", "FAKE/.hidden.mp4", "FAKE/.git/a.mp4", "Real/no suffix")
    assert rows(find_items("folders", tmp_path)) == [
        ("FAKE/Déepfakes/x/a.mp4", "FAKE", "Déepfakes"),
        ("FAKE/b clip.mp4", "FAKE", ""),
        ("Real/a.mp4", "REAL", ""),
        ("Real/no suffix", "REAL", ""),
        ("Real/ä.MKV", "REAL", ""),
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_links_are_followed_and_loops_end(tmp_path: Path) -> None:
    files(tmp_path, "elsewhere/a.mp4", "fake/b.mp4")
    (tmp_path / "fake" / "linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "fake" / "loop").symlink_to(tmp_path / "fake")
    (tmp_path / "fake" / "nowhere.mp4").symlink_to(tmp_path / "gone.mp4")
    names = [item.file for item in find_items("folders", tmp_path).items]
    assert names == ["fake/b.mp4", "fake/linked/a.mp4", "fake/nowhere.mp4"]


def dfdc(root: Path, **labels: object) -> Path:
    (root / "metadata.json").write_text(json.dumps({f"{name}.mp4": entry for name, entry in labels.items()}), "utf-8")
    return root


def test_dfdc_in_one_folder_and_in_parts(tmp_path: Path) -> None:
    one, two = tmp_path / "dfdc_train_part_0", tmp_path / "dfdc_train_part_1" / "inner"
    files(tmp_path, "dfdc_train_part_0/a.mp4", "dfdc_train_part_0/b.mp4", "dfdc_train_part_1/inner/a.mp4")
    files(tmp_path, "dfdc_train_part_0/stray.mp4")
    real, fake = {"label": "REAL", "split": "train"}, {"label": "FAKE", "split": "train", "original": "b.mp4"}
    dfdc(one, b=real, a=fake, gone=fake)
    assert rows(found := find_items("dfdc", one)) == [("a.mp4", "FAKE", ""), ("b.mp4", "REAL", "")]
    assert "1 listed files are not there: gone.mp4" in found.notes[0]
    assert "stray.mp4" in found.notes[1]
    dfdc(two, a=real)
    assert [item.file for item in find_items("dfdc", tmp_path).items] == [
        "dfdc_train_part_0/a.mp4", "dfdc_train_part_0/b.mp4", "dfdc_train_part_1/inner/a.mp4",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not JSON"),
        ("[]", "table of file names"),
        ('{"a.mp4": {"label": "fake?"}}', "'fake?'"),
        ('{"a.mp4": 3}', "None"),
        ('{"../a.mp4": {"label": "REAL"}}', "not the name of a file"),
        ('{"a.mp4": {"label": "REAL"}, "a.mp4": {"label": "FAKE"}}', "a.mp4 stands there twice, labelled differently"),
    ],
)
def test_metadata_that_says_something_else(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "metadata.json").write_text(text, "utf-8")
    with pytest.raises(LayoutUnfit) as caught:
        find_items("dfdc", tmp_path)
    assert words in str(caught.value)


def test_metadata_with_a_byte_order_mark_and_a_name_twice(tmp_path: Path) -> None:
    files(tmp_path, "a.mp4", "b.mp4")
    one = '"a.mp4": {"label": "REAL"}'
    (tmp_path / "metadata.json").write_text(f'\ufeff{{{one}, "b.mp4": {{"label": "FAKE"}}, {one}}}', "utf-8")
    found = find_items("dfdc", tmp_path)
    assert rows(found) == [("a.mp4", "REAL", ""), ("b.mp4", "FAKE", "")]
    assert found.notes == ("1 names stand twice in a metadata.json, and count once: a.mp4",)


@pytest.fixture
def forensics(tmp_path: Path) -> Path:
    originals, fakes = "original_sequences", "manipulated_sequences"
    files(tmp_path, *(f"{originals}/youtube/{c}/videos/{n}.mp4" for c in ("c23", "c40") for n in ("000", "003", "005")))
    files(tmp_path, f"{originals}/actors/c23/videos/01__talking.mp4")
    files(tmp_path, *(f"{fakes}/Deepfakes/c23/videos/{n}.mp4" for n in ("000_003", "003_000", "005_010")))
    files(tmp_path, f"{fakes}/Face2Face/c23/videos/000_003.mp4", f"{fakes}/Deepfakes/c23/masks/000_003.mp4")
    return files(tmp_path, f"{fakes}/DeepFakeDetection/c23/videos/01_02__talking__X.mp4", "downloaded_videos/a.mp4")


def test_faceforensics(forensics: Path) -> None:
    found = rows(find_items("faceforensics", forensics, compression="c23"))
    assert [(label, group) for _, label, group in found] == [
        ("REAL", "actors"), *[("REAL", "youtube")] * 3, ("FAKE", "DeepFakeDetection"), *[("FAKE", "Deepfakes")] * 3,
        ("FAKE", "Face2Face"),
    ]  # fmt: skip
    assert found[-1][0] == "manipulated_sequences/Face2Face/c23/videos/000_003.mp4"
    assert len(find_items("faceforensics", forensics, compression="c40").items) == 3
    with pytest.raises(LayoutUnfit, match="c23 and c40: name one"):
        find_items("faceforensics", forensics)
    with pytest.raises(LayoutUnfit, match="no videos in raw"):
        find_items("faceforensics", forensics, compression="raw")


def test_faceforensics_with_a_split(forensics: Path, tmp_path: Path) -> None:
    split = tmp_path / "test.json"
    split.write_text('[["000", "003"]]', "utf-8")
    found = find_items("faceforensics", forensics, compression="c23", split=str(split))
    names = [f"{item.group}/{item.path.stem}" for item in found.items]
    assert names == ["youtube/000", "youtube/003", "Deepfakes/000_003", "Deepfakes/003_000", "Face2Face/000_003"]
    assert found.notes[0] == "1 videos of test.json are not there: Face2Face/003_000"
    assert found.notes[1].startswith("2 videos of DeepFakeDetection")
    for text in ("{}x", '["000"]', "[1]"):
        split.write_text(text, "utf-8")
        with pytest.raises(LayoutUnfit, match="not a list of pairs"):
            find_items("faceforensics", forensics, compression="c23", split=str(split))
    with pytest.raises(LayoutUnfit, match="there is no"):
        find_items("faceforensics", forensics, compression="c23", split=str(tmp_path / "none.json"))


def test_celeb_takes_what_its_list_names_and_1_means_real(tmp_path: Path) -> None:
    files(tmp_path, "Celeb-real/id0_0000.mp4", "Celeb-real/id0_0001.mp4", "Youtube-real/videos/00170.mp4")
    files(tmp_path, "Celeb-synthesis/id0_id1_0000.mp4")
    assert [label for _, label, _ in rows(find_items("celeb", tmp_path))] == ["REAL", "REAL", "REAL", "FAKE"]
    listing = tmp_path / "List_of_testing_videos.txt"
    listing.write_text(
        "1 YouTube-real/00170.mp4\n0 Celeb-synthesis/id0_id1_0000.mp4\n\n1 Celeb-real/gone.mp4\n", "utf-8"
    )
    found = find_items("celeb", tmp_path)
    assert rows(found) == [
        ("Youtube-real/videos/00170.mp4", "REAL", "YouTube-real"),
        ("Celeb-synthesis/id0_id1_0000.mp4", "FAKE", "Celeb-synthesis"),
    ]
    assert found.notes == ("1 listed videos are not there: Celeb-real/gone.mp4",)
    assert len(find_items("celeb", tmp_path, split="none").items) == 4
    listing.write_text("1 Celeb-synthesis/id0_id1_0000.mp4\n", "utf-8")
    with pytest.raises(LayoutUnfit, match="but 1 means real"):
        find_items("celeb", tmp_path)
    listing.write_text("2 Celeb-synthesis/id0_id1_0000.mp4\n", "utf-8")
    with pytest.raises(LayoutUnfit, match="line 1"):
        find_items("celeb", tmp_path)


def test_two_videos_of_one_name_in_celeb_are_refused(tmp_path: Path) -> None:
    files(tmp_path, "Celeb-real/id0_0000.mp4", "Celeb-real/videos/ID0_0000.mp4", "Celeb-synthesis/id0_0000.mp4")
    with pytest.raises(LayoutUnfit, match="have one name, and the list does not tell them apart"):
        find_items("celeb", tmp_path)


@pytest.mark.parametrize(
    ("layout", "listing", "text", "words"),
    [
        ("dfdc", "metadata.json", '{"gone.mp4": {"label": "FAKE"}}', "1 listed files are not there: gone.mp4"),
        ("celeb", "List_of_testing_videos.txt", "1 Celeb-real/gone.mp4", "videos are not there: Celeb-real/gone.mp4"),
        ("faceforensics", "split.json", '[["000", "001"]]', "videos of split.json are not there: youtube/000"),
    ],
)
def test_where_nothing_that_is_listed_is_there_the_missing_are_named(
    layout: str, listing: str, text: str, words: str, tmp_path: Path
) -> None:
    files(tmp_path, "Celeb-real/id0_0000.mp4", "original_sequences/youtube/c23/videos/003.mp4")
    (tmp_path / listing).write_text(text, "utf-8")
    split = str(tmp_path / listing) if layout == "faceforensics" else ""
    with pytest.raises(LayoutUnfit, match=words):
        find_items(layout, tmp_path, split=split)


@pytest.mark.parametrize(
    ("layout", "listing"),
    [("dfdc", "metadata.json"), ("celeb", "List_of_testing_videos.txt"), ("faceforensics", "split.json")],
)
def test_a_list_that_is_not_utf_8_is_named(layout: str, listing: str, tmp_path: Path) -> None:
    files(tmp_path, "Celeb-real/id0_0000.mp4", "original_sequences/youtube/c23/videos/003.mp4")
    (tmp_path / listing).write_bytes(b"1 Celeb-real/caf\xe9.mp4")
    split = str(tmp_path / listing) if layout == "faceforensics" else ""
    with pytest.raises(LayoutUnfit, match=f"{listing} is not a text in UTF-8"):
        find_items(layout, tmp_path, split=split)


def test_timit_is_all_fake_and_its_reals_lie_elsewhere(tmp_path: Path) -> None:
    data = files(
        tmp_path / "df", "higher_quality/fadg0/sa1-video-fram1.avi", "higher_quality/fadg0/sa1-video-fram1.wav"
    )
    files(data, "lower_quality/fadg0/sa1-video-fram1.avi")
    alone = find_items("timit", data)
    assert {item.label for item in alone.items} == {"FAKE"}
    assert "no real videos" in alone.notes[0]
    other = files(tmp_path / "vidtimit", "fadg0/sa1.avi")
    assert rows(find_items("timit", data, real=str(other)))[-1] == ("real/fadg0/sa1.avi", "REAL", "VidTIMIT")
    files(data, "real/fadg0/sa2.avi")
    beside = find_items("timit", data)
    assert [item.group for item in beside.items] == ["higher_quality", "lower_quality", "VidTIMIT"]
    assert beside.notes == ()
    pictures = tmp_path / "pictures" / "fadg0" / "video" / "sa1"
    pictures.mkdir(parents=True)
    (pictures / "001").write_bytes(b"\xff\xd8\xff\xe0 and so on")
    with pytest.raises(LayoutUnfit, match="numbered pictures"):
        find_items("timit", data, real=str(tmp_path / "pictures"))


def table(folder: Path, text: str) -> Path:
    path = folder / "labels.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table_with_groups_and_unknown_labels(tmp_path: Path) -> None:
    files(tmp_path, "a b.mp4", "sub/ü.mp4", "c.mp4")
    text = "\ufefffile,label,method,source\na b.mp4,REAL,,DFDC\nsub\\ü.mp4,fake,Deepfakes,FF++\nc.mp4,,,\n,,,\n"
    found = find_items("csv", table(tmp_path, text))
    assert rows(found) == [("a b.mp4", "REAL", "DFDC"), ("sub/ü.mp4", "FAKE", "FF++"), ("c.mp4", "", "")]
    by_method = find_items("csv", table(tmp_path, text), group="Method")
    assert [item.group for item in by_method.items] == ["", "Deepfakes", ""]


def test_a_table_from_a_spreadsheet_with_a_missing_file(tmp_path: Path) -> None:
    found = find_items("csv", table(tmp_path, 'File;Label\n"gone; really.mp4";REAL\n'))
    assert found.items == (Item("gone; really.mp4", tmp_path / "gone; really.mp4", "REAL"),)


def test_a_file_that_is_listed_under_several_paths_is_one_item(tmp_path: Path) -> None:
    files(tmp_path, "a.mp4", "sub/b.mp4")
    others = ("./a.mp4", "sub/../a.mp4", str(tmp_path / "a.mp4"))
    lines = "".join(f"{name},fake\n" for name in ("a.mp4", "sub/b.mp4", *others))
    found = find_items("csv", table(tmp_path, f"file,label\n{lines}"))
    assert rows(found) == [("a.mp4", "FAKE", ""), ("sub/b.mp4", "FAKE", "")]
    (note,) = found.notes
    assert note.startswith("3 lines name a file that stands further up, and count once: ./a.mp4 (line 4), sub/../a.mp4")


def test_two_files_of_one_name_in_the_results_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files(tmp_path, "higher_quality/s/a.avi", "one/s/b.avi", "two/s/b.avi")
    folders = [tmp_path / "one", tmp_path / "two"]
    # As a file system that tells real from Real has them.
    monkeypatch.setattr(
        timit, "child_folders", lambda root, name: folders if name == "real" else child_folders(root, name)
    )
    with pytest.raises(LayoutUnfit, match=r"would both be named real/s/b.avi in the results"):
        find_items("timit", tmp_path)


@pytest.mark.skipif(sys.platform == "darwin", reason="its file system does not tell the two spellings apart")
def test_both_spellings_of_an_umlaut_are_one_name(tmp_path: Path) -> None:
    files(tmp_path, unicodedata.normalize("NFD", "ä.mp4"))
    assert find_items("csv", table(tmp_path, "file,label\nä.mp4,REAL\n")).items[0].path.exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name,label\na,REAL\n", "no column 'file'"),
        ("file\na\n", "no column 'label'"),
        ("file,label\na.mp4,1\n", "line 2: the label '1'"),
        ("file,label\na.mp4,REAL\na.mp4,FAKE\n", "line 3: a.mp4 is the same file as a.mp4, but is labelled diff"),
        ("file,label\na.mp4,REAL\nx/../a.mp4,FAKE\n", "line 3: x/../a.mp4 is the same file as a.mp4, but is"),
        ("file,label\na.mp4,REAL\na.mp4,\n", "line 3: a.mp4 is the same file as a.mp4, but is labelled"),
        ("file,label\na.mp4,REAL\n,FAKE\n", "line 3: names no file"),
        ("file,label\na\0.mp4,REAL\n", "line 2: names no file"),
        ("file,label,group\na.mp4,REAL,x\n,,x\n", "line 3: names no file"),
        ("file,label\na.mp4,REAL\nb.mp4\n", "line 3: has no cell for 'label'"),
        ("file,label,Label\na.mp4,REAL,FAKE\n", "line 1: several columns are called label"),
        ("file,label,file \na.mp4,REAL,b.mp4\n", "line 1: several columns are called file"),
        ("file,label\n", "no files"),
        ("", "its columns are: none"),
        ('file,label\n"a,REAL\n', "not a CSV file"),
    ],
)
def test_a_table_that_says_something_else(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(LayoutUnfit) as caught:
        find_items("csv", table(tmp_path, text))
    assert words in str(caught.value)


def test_a_column_that_is_not_there_and_a_table_that_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(LayoutUnfit, match="no column 'camera'"):
        find_items("csv", table(tmp_path, "file,label\na.mp4,REAL\n"), group="camera")
    (tmp_path / "x.csv").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "x.csv", tmp_path):
        with pytest.raises(LayoutUnfit):
            find_items("csv", path)


def test_faces_with_and_without_splits(tmp_path: Path) -> None:
    files(tmp_path / "plain", "fake/a.png", "real/b.JPG", "real/list.csv")
    assert rows(find_items("faces", tmp_path / "plain")) == [("fake/a.png", "FAKE", ""), ("real/b.JPG", "REAL", "")]
    data = files(tmp_path / "data", "train/fake/a.png", "valid/real/a.png", "test/Fake/a.png", "test/real/a.png")
    found = find_items("faces", data)
    assert found.faces
    assert [group for _, _, group in rows(found)] == ["train", "valid", "test", "test"]
    assert len(find_items("faces", data, split="test").items) == 2
    with pytest.raises(LayoutUnfit, match="no folder holdout"):
        find_items("faces", data, split="holdout")


@pytest.mark.parametrize("layout", NAMES)
def test_what_is_not_laid_out_like_that_is_named(layout: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("file,label\n", "utf-8")
    for name in ("empty", "file", "gone"):
        with pytest.raises(LayoutUnfit) as caught:
            find_items(layout, tmp_path / name)
        assert str(tmp_path / name) in str(caught.value)


def test_what_a_layout_was_told_and_what_it_took_stand_beside_the_files(forensics: Path, tmp_path: Path) -> None:
    for part in ("original_sequences/youtube/c40", "original_sequences/youtube/c23"):
        assert (forensics / part).is_dir()
    assert find_items("faceforensics", forensics, compression="c40", split="none").options == {
        "compression": "c40", "split": "none",
    }  # fmt: skip
    shutil.rmtree(forensics / "original_sequences" / "youtube" / "c40")
    assert find_items("faceforensics", forensics, compression="").options == {"compression": "c23"}
    timit = files(tmp_path / "timit", "higher_quality/fadg0/a.avi", "real/fadg0/a.avi", "other/../other/a.avi")
    assert find_items("timit", timit).options == {"real": str((timit / "real").resolve())}
    other = find_items("timit", timit, real=str(timit / "real" / ".." / "other"))
    assert other.options == {"real": str((timit / "other").resolve())}


def test_an_option_of_another_layout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LayoutUnfit, match="the layout folders has no --real"):
        find_items("folders", tmp_path, real="x")
