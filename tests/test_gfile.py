"""tf.gfile; the expected results were recorded from TensorFlow."""

from __future__ import annotations

import os

import pytest

from tfsession import errors, gfile, python_io


@pytest.fixture
def path(tmp_path):
    """A file of three lines."""
    path = tmp_path / "note"
    path.write_bytes(b"abc\ndef\nghi")
    return str(path)


# ---- Reading and writing ----


def test_reading(path):
    with gfile.GFile(path) as file:
        assert file.read(2) == "ab"
        assert file.tell() == 2
        assert file.readline() == "c\n"
        assert file.readlines() == ["def\n", "ghi"]
        assert file.read() == ""
        assert (file.size(), file.name, file.mode) == (11, path, "r")
    assert list(gfile.GFile(path)) == ["abc\n", "def\n", "ghi"]
    assert list(gfile.FastGFile(path, "rb")) == [b"abc\n", b"def\n", b"ghi"]
    assert gfile.Open(path, "rb").read() == b"abc\ndef\nghi"
    file = gfile.GFile(path)
    assert next(file) == file.seek(0) or file.next() == "abc\n"


def test_seeking(path):
    with gfile.GFile(path) as file:
        file.seek(1)
        assert file.read(1) == "b"
        file.seek(1, 1)
        assert file.tell() == 3
        file.seek(-2, whence=2)
        assert file.read() == "hi"
        file.seek(offset=2)
        file.seek(position=4)
        assert file.readline() == "def\n"
        with pytest.raises(errors.InvalidArgumentError, match="Invalid whence argument: 7"):
            file.seek(1, 7)
        with pytest.raises(errors.InvalidArgumentError, match="negative position: -5"):
            file.seek(-5)
        with pytest.raises(errors.OutOfRangeError, match="reached end of file"):
            file.seek(100)
        with pytest.raises(TypeError, match="offset"):
            file.seek()


def test_writing(path):
    with gfile.GFile(path, "w") as file:
        file.write("höhe\n")
        file.write(b"bytes")
        assert file.size() == 0
        file.flush()
        assert file.size() == 11
        with pytest.raises(TypeError, match="Expected binary or unicode string, got 3"):
            file.write(3)
    assert gfile.GFile(path).read() == "höhe\nbytes"
    with gfile.GFile(path, "a") as file:
        file.write("zz")
        assert file.tell() == 13
    assert gfile.GFile(path).read() == "höhe\nbyteszz"


def test_reading_has_its_own_position(path):
    with gfile.GFile(path, "w+") as file:
        file.write("testing")
        file.flush()
        assert (file.read(), file.tell(), file.read()) == ("testing", 7, "")
        file.seek(2)
        assert file.read(2) == "st"
        file.write("X")
        file.flush()
        assert (file.read(), file.tell()) == ("ingX", 8)
    assert gfile.GFile(path).read() == "testingX"


@pytest.mark.parametrize("mode", ["w", "w+", "r+", "a", "a+"])
def test_what_a_mode_does_to_a_file(tmp_path, mode):
    """Read first where that may be: a file is emptied when it is first written."""
    there, new = tmp_path / "there", tmp_path / "new"
    there.write_text("0123")
    with gfile.GFile(str(there), mode) as file:
        if "+" in mode:
            assert file.read(2) == "01"
        file.write("AB")
        file.flush()
        if "+" in mode:
            file.seek(1)
            assert file.read(2) == ("12" if "a" in mode else "B")
        else:
            assert file.tell() == (6 if "a" in mode else 2)
    assert there.read_text() == ("0123AB" if "a" in mode else "AB")
    with gfile.GFile(str(new), mode) as file:
        file.write("C")
    assert new.read_text() == "C"


def test_modes(path):
    for mode in ("q", "x", "rw", ""):
        with pytest.raises(errors.InvalidArgumentError, match="mode is not 'r' or 'w' or 'a'"):
            gfile.GFile(path, mode)
    with pytest.raises(errors.PermissionDeniedError, match="File isn't open for reading"):
        gfile.GFile(path, "w").read()
    with pytest.raises(errors.PermissionDeniedError, match="File isn't open for writing"):
        gfile.GFile(path).write("a")
    assert gfile.GFile(path).size() == 11


def test_files_open_when_they_are_used(tmp_path):
    missing = str(tmp_path / "missing")
    for use in (gfile.GFile.read, gfile.GFile.readline, gfile.GFile.size):
        with pytest.raises(errors.NotFoundError) as error:
            use(gfile.GFile(missing))
        assert error.value.message == f"{missing}; No such file or directory"
    gfile.GFile(missing, "w").close()
    assert not gfile.Exists(missing)
    for mode in ("r", "w"):
        with pytest.raises(errors.FailedPreconditionError, match="Is a directory"):
            gfile.GFile(str(tmp_path), mode).read() if mode == "r" else gfile.GFile(
                str(tmp_path), mode
            ).write("")


def test_closing(path):
    file = gfile.GFile(path)
    assert file.read(3) == "abc"
    file.close()
    file.close()
    assert file.read(3) == "abc"


@pytest.mark.parametrize("kind", [str, os.fsencode, lambda p: p])
def test_kinds_of_paths(tmp_path, kind):
    path = kind(tmp_path / "f")
    with gfile.GFile(path, "w") as file:
        file.write("x")
    assert gfile.Exists(path)
    assert gfile.Stat(path).length == 1


def test_other_file_systems(path):
    assert gfile.GFile(f"file://{path}").read(3) == "abc"
    with pytest.raises(errors.UnimplementedError, match="File system scheme 'gs' not implemented"):
        gfile.Exists("gs://bucket/model")
    with pytest.raises(TypeError, match="Expected binary or unicode string, got None"):
        gfile.Exists(None)


# ---- Names ----


def test_looking(tmp_path, path):
    assert gfile.Exists(path)
    assert not gfile.Exists("")
    assert not gfile.IsDirectory(path)
    assert gfile.IsDirectory(str(tmp_path))
    found = gfile.Stat(path)
    assert (found.length, found.is_directory) == (11, False)
    assert found.mtime_nsec == os.stat(path).st_mtime_ns
    with pytest.raises(errors.NotFoundError, match="No such file or directory"):
        gfile.Stat(path + "x")


def test_listing(tmp_path):
    for name in ("b.txt", "a.txt", ".hidden"):
        (tmp_path / name).write_text("")
    (tmp_path / "sub" / "deep").mkdir(parents=True)
    (tmp_path / "sub" / "c").write_text("")
    top = str(tmp_path)
    assert gfile.ListDirectory(top) == [".hidden", "a.txt", "b.txt", "sub"]
    names = [os.path.basename(p) for p in gfile.Glob(top + "/*.txt")]
    assert names == ["a.txt", "b.txt"]
    assert gfile.Glob([top + "/b*", top + "/a*", top + "/z*"]) == [
        f"{top}/b.txt",
        f"{top}/a.txt",
    ]
    walked = [
        (top, ["sub"], [".hidden", "a.txt", "b.txt"]),
        (f"{top}/sub", ["deep"], ["c"]),
        (f"{top}/sub/deep", [], []),
    ]
    assert list(gfile.Walk(top)) == walked
    assert list(gfile.Walk(top, in_order=False)) == walked[::-1]
    assert list(gfile.Walk(top + "/none")) == []
    for missing in (top + "/none", top + "/a.txt"):
        with pytest.raises(errors.NotFoundError, match="Could not find directory"):
            gfile.ListDirectory(missing)


# ---- Changes ----


def test_directories(tmp_path, path):
    top = str(tmp_path)
    gfile.MkDir(top + "/d")
    gfile.MkDir(top + "/d")
    with pytest.raises(errors.NotFoundError):
        gfile.MkDir(top + "/x/y")
    gfile.MakeDirs(top + "/x/y")
    gfile.MakeDirs(top + "/x/y")
    with pytest.raises(errors.FailedPreconditionError, match="is not a directory"):
        gfile.MakeDirs(path)
    gfile.DeleteRecursively(top + "/x")
    assert not gfile.Exists(top + "/x")
    gfile.DeleteRecursively(path)
    assert not gfile.Exists(path)
    with pytest.raises(errors.NotFoundError, match="not found"):
        gfile.DeleteRecursively(path)


def test_removing(tmp_path, path):
    with pytest.raises(errors.OpError):
        gfile.Remove(str(tmp_path))
    gfile.Remove(path)
    with pytest.raises(errors.NotFoundError, match="No such file or directory"):
        gfile.Remove(path)


def test_copying(tmp_path, path):
    copy = str(tmp_path / "copy")
    gfile.Copy(path, copy)
    assert gfile.GFile(copy).read() == "abc\ndef\nghi"
    with pytest.raises(errors.AlreadyExistsError, match="file already exists"):
        gfile.Copy(path, copy)
    with gfile.GFile(copy, "w") as file:
        file.write("longer than the file before")
    gfile.Copy(path, copy, overwrite=True)
    assert gfile.Stat(copy).length == 11
    gfile.Copy(path, path, overwrite=True)
    assert gfile.Stat(path).length == 11
    with pytest.raises(errors.NotFoundError):
        gfile.Copy(path + "x", path + "y")
    with pytest.raises(errors.InvalidArgumentError, match="Invalid argument"):
        gfile.Copy(str(tmp_path), path + "y")


def test_renaming(tmp_path, path):
    new = str(tmp_path / "new")
    gfile.Rename(path, new)
    assert not gfile.Exists(path)
    (tmp_path / "note").write_text("other")
    with pytest.raises(errors.AlreadyExistsError, match="file already exists"):
        gfile.Rename(path, new)
    gfile.Rename(path, new, overwrite=True)
    assert gfile.GFile(new).read() == "other"
    with pytest.raises(errors.NotFoundError):
        gfile.Rename(path, new + "2")


# ---- Behind a scheme ----


@pytest.fixture
def remote():
    """A folder of a file system in memory that fsspec has."""
    folder = "memory://bucket"
    gfile.MakeDirs(folder)
    yield folder
    gfile.DeleteRecursively(folder)


def test_remote_files_are_written_and_read(remote):
    with gfile.GFile(f"{remote}/note", "w") as file:
        file.write("abc\ndef\n")
    with gfile.GFile(f"{remote}/note") as file:
        assert file.readline() == "abc\n"
        assert (file.size(), file.name) == (8, f"{remote}/note")
    assert gfile.Open(f"{remote}/note", "rb").read() == b"abc\ndef\n"
    found = gfile.Stat(f"{remote}/note")
    assert (found.length, found.is_directory) == (8, False)
    assert found.mtime_nsec > 0


def test_remote_names(remote):
    for name in ("b", "a", "sub/c"):
        with gfile.GFile(f"{remote}/{name}", "w") as file:
            file.write(name)
    assert gfile.Exists(f"{remote}/a")
    assert not gfile.Exists(f"{remote}/z")
    assert gfile.IsDirectory(f"{remote}/sub")
    assert gfile.ListDirectory(remote) == ["a", "b", "sub"]
    assert gfile.Glob(f"{remote}/?") == ["memory:///bucket/a", "memory:///bucket/b"]
    assert gfile.Open(gfile.Glob(f"{remote}/a")[0]).read() == "a"
    visits = list(gfile.Walk(remote))
    assert visits == [
        ("memory:///bucket", ["sub"], ["a", "b"]),
        ("memory:///bucket/sub", [], ["c"]),
    ]


def test_remote_changes(remote, tmp_path):
    local = tmp_path / "local"
    local.write_text("here")
    gfile.Copy(str(local), f"{remote}/there")
    gfile.Rename(f"{remote}/there", f"{remote}/moved")
    gfile.Copy(f"{remote}/moved", str(tmp_path / "back"))
    assert (tmp_path / "back").read_text() == "here"
    with pytest.raises(errors.AlreadyExistsError):
        gfile.Copy(str(local), f"{remote}/moved")
    with pytest.raises(errors.UnimplementedError, match="in different file systems"):
        gfile.Rename(f"{remote}/moved", str(tmp_path / "else"))
    gfile.MkDir(f"{remote}/empty")
    gfile.MkDir(f"{remote}/empty")
    with pytest.raises(errors.FailedPreconditionError):
        gfile.Remove(f"{remote}/empty")
    gfile.Remove(f"{remote}/moved")
    assert gfile.ListDirectory(remote) == ["empty"]


def test_remote_files_that_are_not_there(remote):
    for call in (
        lambda: gfile.GFile(f"{remote}/absent").read(),
        lambda: gfile.Stat(f"{remote}/absent"),
        lambda: gfile.Remove(f"{remote}/absent"),
    ):
        with pytest.raises(errors.NotFoundError, match="bucket/absent; No such file or directory"):
            call()
    with pytest.raises(errors.NotFoundError):
        gfile.DeleteRecursively(f"{remote}/absent")


def test_records_are_read_from_remote_files(remote):
    with python_io.TFRecordWriter(f"{remote}/records") as writer:
        writer.write(b"hello")
    assert list(python_io.tf_record_iterator(f"{remote}/records")) == [b"hello"]
