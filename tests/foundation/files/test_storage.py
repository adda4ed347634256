"""What the store has promised to keep it gives back; what it could not keep leaves nothing behind."""

import errno
import hashlib
import os
import random
import signal
import subprocess
import sys
import threading
import time

import pytest

from langbiang.foundation.files import storage
from langbiang.foundation.files.storage import Damaged, Full


def left_behind(home) -> list:
    return [path for path in home.rglob("*") if path.is_file()]


def test_what_is_kept_is_given_back_and_lies_under_its_digest(home):
    digest = storage.keep(b"Gi\xe1\xba\xa5y khai sinh")
    assert digest == hashlib.sha256(b"Gi\xe1\xba\xa5y khai sinh").hexdigest()
    assert storage.read(digest) == b"Gi\xe1\xba\xa5y khai sinh"
    assert left_behind(home) == [home / "files" / digest[:2] / digest[2:4] / digest]


def test_the_same_content_is_kept_once(home):
    assert storage.keep(b"same") == storage.keep(b"same")
    assert len(left_behind(home)) == 1


def test_only_the_platform_may_look_into_the_store(home):
    digest = storage.keep(b"private")
    assert storage.path_of(digest).stat().st_mode & 0o077 == 0


def test_one_changed_byte_on_disk_is_noticed_and_not_shown():
    digest = storage.keep(b"one thousand dong")
    storage.path_of(digest).write_bytes(b"nine thousand dong")
    with pytest.raises(Damaged):
        storage.read(digest)


def test_a_missing_content_is_said_to_be_missing():
    digest = storage.keep(b"here")
    storage.path_of(digest).unlink()
    with pytest.raises(Damaged):
        storage.read(digest)


def test_a_damaged_content_is_put_right_by_whoever_brings_it_again():
    digest = storage.keep(b"whole")
    storage.path_of(digest).write_bytes(b"worn!")
    assert storage.keep(b"whole") == digest
    assert storage.read(digest) == b"whole"


@pytest.mark.parametrize("trouble", [errno.ENOSPC, errno.EDQUOT, errno.EROFS])
@pytest.mark.parametrize("step", ["write", "fsync", "open", "replace"])
def test_a_full_disk_is_said_in_words_and_leaves_nothing(home, monkeypatch, step, trouble):
    def fails(*args, **kwargs):
        raise OSError(trouble, os.strerror(trouble))

    (home / "files").mkdir()
    monkeypatch.setattr(storage.os, step, fails)
    with pytest.raises(Full) as refused:
        storage.keep(b"x" * 100_000)
    monkeypatch.undo()
    assert "Nothing was saved" in str(refused.value.message) or refused.value.message
    assert left_behind(home) == []


def test_a_disk_that_fills_in_the_middle_of_a_file_leaves_nothing(home, monkeypatch):
    write, room = os.write, [30_000]

    def fills(handle, data):
        if room[0] <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        written = write(handle, bytes(data[: room[0]]))
        room[0] -= written
        return written

    monkeypatch.setattr(storage.os, "write", fills)
    with pytest.raises(Full):
        storage.keep(b"y" * 100_000)
    assert left_behind(home) == []


KEEPS_UNDER_A_LIMIT = """
import resource, sys
from django.conf import settings
settings.configure(HOME=sys.argv[1], USE_I18N=False)
from langbiang.foundation.files import storage
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
try:
    storage.keep(b"x" * 80_000)
except storage.Full:
    print("full")
print(len(storage.read(storage.keep(b"y" * 40_000))))
"""


def test_the_kernel_itself_refusing_in_the_middle_of_a_file_leaves_nothing(home):
    done = subprocess.run(
        [sys.executable, "-c", KEEPS_UNDER_A_LIMIT, str(home)], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )  # fmt: skip
    assert done.stdout.split() == ["full", "40000"]
    assert [path.stat().st_size for path in left_behind(home)] == [40_000]


def test_a_reserve_is_left_for_the_database(home, monkeypatch):
    monkeypatch.setattr(storage, "RESERVE", 1 << 60)
    with pytest.raises(Full):
        storage.keep(b"z")
    assert left_behind(home) == []


def test_writing_in_small_pieces_keeps_the_whole(monkeypatch):
    write = os.write
    monkeypatch.setattr(storage.os, "write", lambda handle, data: write(handle, bytes(data[:7])))
    assert storage.read(storage.keep(b"piece by piece, all of it")) == b"piece by piece, all of it"


def test_many_who_bring_the_same_content_at_once_all_succeed(home):
    data, digests, start = os.urandom(300_000), [], threading.Barrier(8)

    def bring():
        start.wait()
        digests.append(storage.keep(data))

    threads = [threading.Thread(target=bring) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(digests) == 8
    assert len(left_behind(home)) == 1
    assert storage.read(digests[0]) == data


KEEPS_FOR_EVER = """
import os, random, sys
from django.conf import settings
settings.configure(HOME=sys.argv[1], USE_I18N=False)
from langbiang.foundation.files import storage
source = random.Random(int(sys.argv[2]))
while True:
    digest = storage.keep(source.randbytes(source.choice([10, 70_000, 900_000])))
    os.write(1, digest.encode() + b"\\n")
"""


@pytest.mark.faults
def test_kill_9_at_any_moment_loses_nothing_that_was_acknowledged(home):
    source, acknowledged = random.Random(7), []
    for turn in range(6):
        process = subprocess.Popen(
            [sys.executable, "-c", KEEPS_FOR_EVER, str(home), str(turn)], stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )  # fmt: skip
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(source.uniform(0.0, 0.12))
        os.kill(process.pid, signal.SIGKILL)
        rest = process.stdout.read()
        process.wait()
        acknowledged += [line for line in (first + rest).decode().split("\n") if len(line) == 64]
    assert len(acknowledged) >= 6
    for digest in acknowledged:
        storage.read(digest)
    # And no name in the store stands for half a file.
    for digest in storage.contents(older_than=time.time() + 60):
        assert storage.is_sound(digest)
    storage.sweep_drafts(older_than=time.time() + 60)
    assert all(len(path.name) == 64 for path in left_behind(home))


def test_half_written_files_are_swept_only_after_their_grace(home):
    digest = storage.keep(b"kept")
    draft = storage.path_of(digest).with_name(".abc.part")
    draft.write_bytes(b"half")
    assert storage.sweep_drafts(older_than=time.time() - 60) == 0
    assert storage.sweep_drafts(older_than=time.time() + 60) == 1
    assert storage.read(digest) == b"kept"
