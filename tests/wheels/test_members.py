"""Members of wheels, with pip pointed at a folder instead of the registry."""

from __future__ import annotations

import importlib.util
import io
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from cotbench.wheels import members
from cotbench.wheels.cache import cache_directory
from cotbench.wheels.members import WheelError, copy_member

DATA = bytes(range(256)) * 9000


@pytest.fixture(autouse=True)
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes wheels from, instead of the registry."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("COTBENCH_CACHE", str(tmp_path / "cache"))
    return folder


def put_wheel(shelf: Path, members: dict[str, bytes], name: str = "shelved_data") -> None:
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(shelf / f"{name}-1.0-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members.items():
            archive.writestr(member, content)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")


def test_the_member_is_copied_with_progress(shelf: Path, tmp_path: Path) -> None:
    put_wheel(shelf, {"pkg/__init__.py": b"raise SystemExit('executed')", "pkg/data/big.bin": DATA})
    seen: list[tuple[int, int]] = []
    copy = io.BytesIO()
    count = copy_member("shelved-data==1.0", "*/big.bin", copy, progress=lambda done, total: seen.append((done, total)))
    assert copy.getvalue() == DATA
    assert count == len(DATA) == seen[-1][0] == seen[-1][1]
    assert seen == sorted(seen) and len(seen) > 1
    assert not list((tmp_path / "cache" / "incoming").iterdir())


@pytest.mark.parametrize(
    ("pattern", "said"),
    [("*.gguf", "no files"), ("*.bin", "2 files"), ("pkg/", "no files")],
    ids=["none", "two", "dir"],
)
def test_exactly_one_member_must_match(shelf: Path, pattern: str, said: str) -> None:
    put_wheel(shelf, {"pkg/a.bin": b"a", "pkg/b.bin": b"b", "pkg/": b""})
    with pytest.raises(WheelError, match=said):
        copy_member("shelved-data==1.0", pattern, io.BytesIO())


def test_an_unknown_requirement_is_one_line() -> None:
    with pytest.raises(WheelError, match="No matching distribution found") as raised:
        copy_member("no-such-thing-here==1.0", "*", io.BytesIO())
    assert "\n" not in str(raised.value)


def test_a_registry_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/")
    with pytest.raises(WheelError, match="does not answer"):
        copy_member("shelved-data==1.0", "*", io.BytesIO())


def test_a_source_archive_is_never_built(shelf: Path) -> None:
    (shelf / "only_source-1.0.tar.gz").write_bytes(b"not even an archive")
    with pytest.raises(WheelError, match="No matching distribution found"):
        copy_member("only-source==1.0", "*", io.BytesIO())


def test_an_option_is_not_a_requirement() -> None:
    with pytest.raises(WheelError, match="not a requirement"):
        copy_member("--index-url=elsewhere", "*", io.BytesIO())


def test_a_slow_download_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    real = members.run_quietly

    def slow(command: list[str], **options: Any) -> Any:
        return real([sys.executable, "-c", "import time; time.sleep(30)"], **options)

    monkeypatch.setattr(members, "run_quietly", slow)
    with pytest.raises(WheelError, match=r"no wheel within 0\.2 s"):
        copy_member("shelved-data==1.0", "*", io.BytesIO(), timeout=0.2)


def test_a_python_without_pip_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(WheelError, match="no pip"):
        copy_member("shelved-data==1.0", "*", io.BytesIO())


def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COTBENCH_CACHE", str(tmp_path / "file"))
    with pytest.raises(WheelError, match="shelved-data"):
        copy_member("shelved-data==1.0", "*", io.BytesIO())


def test_the_cache_directory_is_chosen_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("COTBENCH_CACHE", "~/here")
    monkeypatch.setenv("XDG_CACHE_HOME", "~/there")
    assert cache_directory() == tmp_path / "here"
    monkeypatch.delenv("COTBENCH_CACHE")
    assert cache_directory() == tmp_path / "there" / "cotbench"
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    assert cache_directory() == tmp_path / ".cache" / "cotbench"
