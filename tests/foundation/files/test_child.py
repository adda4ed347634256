"""The child that looks into files: whatever comes in, it ends soon, stays small and touches nothing."""

import io
import os
import random
import subprocess
import time
import zlib

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langbiang.foundation.files import examination
from langbiang.foundation.files.checking.examining import examine
from langbiang.foundation.files.checking.kinds import Rejected
from langbiang.foundation.files.checking.pdf import disarm
from tests.foundation.files import samples

SAMPLES = {
    "pdf": samples.pdf(lambda d: samples.annotated(d, samples.action("URI", URI="https://a.vn"), numbered=False)),
    "jpeg": samples.picture(size=(64, 48), exif=samples.with_place()),
    "png": samples.picture("PNG", size=(64, 48)),
    "tiff": samples.picture("TIFF", size=(64, 48)),
    "docx": samples.docx(),
    "odt": samples.odt(),
}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(SAMPLES)), st.randoms(use_true_random=False), st.sampled_from(["flip", "cut", "repeat"]))
def test_mangled_files_are_kept_or_refused_and_nothing_else(name, chance: random.Random, kind):
    content = bytearray(SAMPLES[name])
    here, length = chance.randrange(len(content)), chance.randrange(1, 200)
    if kind == "flip":
        for _ in range(length):
            content[chance.randrange(len(content))] = chance.randrange(256)
    elif kind == "cut":
        del content[here : here + length]
    else:
        content[here:here] = content[here : here + length]
    found, kept, code = attempt(bytes(content))
    if code:
        assert code in {*examination.REASONS, "pages"}
    else:
        assert kept
        assert found.mime
        assert set(found.cleaned) <= set(examination.CLEANED)


def attempt(data: bytes):
    """What becomes of a file: what it is and what is kept, or why it is refused."""
    try:
        return *examine(data, max_pages=50), ""
    except Rejected as refused:
        return None, b"", refused.code


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", b"%PDF-1.7\n", b"\xff\xd8\xff\xe1", b"PK\x03\x04", b"II*\x00"]))
def test_any_bytes_behind_a_familiar_beginning_are_refused(rest, beginning):
    with pytest.raises(Rejected):
        examine(beginning + rest, max_pages=50)


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_what_was_cleaned_once_is_clean(name):
    _found, kept = examine(SAMPLES[name], max_pages=50)
    assert examine(kept, max_pages=50)[0].cleaned == []


def swollen_pdf(size: int) -> bytes:
    """A PDF whose table of objects unpacks to very much."""
    table = zlib.compress(b"\0" * size, 1)
    head = b"%PDF-1.7\n"
    return head + (
        b"1 0 obj\n<</Type/XRef/Size 9/W[1 2 1]/Root 2 0 R/Filter/FlateDecode/Length %d>>\nstream\n" % len(table)
    ) + table + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF" % len(head)  # fmt: skip


def test_a_pdf_that_swells_ends_only_its_child(monkeypatch):
    monkeypatch.setattr(examination, "MEMORY", 256 * 1024**2)
    bomb = swollen_pdf(500 * 1024**2)
    begun = time.monotonic()
    with pytest.raises(examination.Rejected):
        examination.examine(bomb, max_pages=5, seconds=6)
    assert time.monotonic() - begun < 17


def test_a_child_that_works_too_long_is_ended(monkeypatch):
    monkeypatch.setattr(examination, "in_child", in_child_that("while True: pass"))
    begun = time.monotonic()
    with pytest.raises(examination.Rejected) as refused:
        examination.examine(SAMPLES["pdf"], max_pages=5, seconds=1)
    assert refused.value.code == "slow"
    assert time.monotonic() - begun < 10


def in_child_that(does: str):
    """Our child with this in place of the look into the file."""

    def run(module: str, request: bytes, *, seconds: int) -> "subprocess.CompletedProcess[bytes]":
        import sys

        start = (
            f"import sys; sys.path.insert(0, {examination.SOURCE!r}); "
            "from langbiang.foundation.files.checking.__main__ import bound\n"
            f"bound(seconds=1, memory={examination.MEMORY})\n{does}"
        )
        return subprocess.run([sys.executable, "-I", "-c", start], input=request, capture_output=True, timeout=seconds)

    return run


@pytest.mark.parametrize(
    "does",
    [
        "with open('{path}', 'w') as out: out.write('x' * 10)",
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))",
        "import subprocess; subprocess.run(['true'])",
        "x = bytearray(4 * 1024**3)",
    ],
)
def test_the_child_cannot_write_grow_or_free_itself(tmp_path, does):
    path = tmp_path / "written"
    done = in_child_that(does.replace("{path}", str(path)))("", b"", seconds=20)
    assert done.returncode != 0
    assert not path.exists() or path.stat().st_size == 0


def test_the_child_sees_no_settings_and_no_secrets(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    monkeypatch.setattr(
        examination, "SOURCE", os.fspath(examination.SOURCE) + "'); import os; print(sorted(os.environ)); ('"
    )
    done = examination.in_child("os", b"", seconds=20)
    assert b"DATABASE_URL" not in done.stdout


def test_a_dictionary_nested_without_end_is_no_trap():
    document = pikepdf.new()
    document.add_blank_page()
    inner = pikepdf.Dictionary()
    for _ in range(400):
        inner = pikepdf.Dictionary(K=inner)
    document.Root.Deep = inner
    out = io.BytesIO()
    document.save(out)
    assert attempt(out.getvalue())[2] in ("slow", "broken", "")


def test_a_circle_of_actions_is_no_trap():
    def change(document):
        first = document.make_indirect(samples.action("URI", URI="https://a.vn"))
        first.Next = first
        document.Root.OpenAction = first

    found, _kept = disarm(samples.pdf(change), max_pages=5)
    assert found.cleaned == ["script"]
