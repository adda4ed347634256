"""The embedded server of an installation is its own, also beside a copy of it."""

import shutil
from pathlib import Path

import psycopg

from langbiang.site import database


def test_a_copy_of_a_running_installation_is_not_taken_for_the_original(tmp_path: Path) -> None:
    original, copy = tmp_path / "original", tmp_path / "copy"
    url = database.embedded_url(original, role="superuser")
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CHECKPOINT")
        (copy / "database").mkdir(parents=True)
        shutil.copy(original / "database" / "postmaster.pid", copy / "database")
        assert database.socket_url(original / "database") is not None
        assert database.socket_url(copy / "database") is None
    finally:
        database.stop(original)


def test_a_folder_without_a_server_has_none(tmp_path: Path) -> None:
    assert database.socket_url(tmp_path) is None
    (tmp_path / "postmaster.pid").write_text("half a")
    assert database.socket_url(tmp_path) is None
