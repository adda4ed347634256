"""Files in the browser: quiet documents under our own address, and the pages of those who keep the store."""

import io
import urllib.parse

import pytest
from django.contrib.messages.storage.cookie import CookieStorage
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse
from django.utils import translation
from PIL import Image

from langbiang.foundation.access import ANONYMOUS
from langbiang.foundation.access.middleware import AccessMiddleware
from langbiang.foundation.access.rules import rule_of
from langbiang.foundation.files import policies, previews, services, storage
from langbiang.foundation.files.models import Limit, StoredFile
from langbiang.foundation.files.pages import urls
from langbiang.foundation.ui import formats
from tests.foundation.files import samples
from tests.foundation.files.conftest import ADMIN, CITIZEN, NEIGHBOUR, NOW, OFFICER, hand_in, made

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def visit():
    """A page as this actor gets it, refusals included."""

    def open_page(path: str, actor=CITIZEN, data: dict | None = None):
        factory = RequestFactory()
        request = factory.get(path) if data is None else factory.post(path, data)
        request.actor, request.reference = actor, "test"
        request._messages = CookieStorage(request)
        match = resolve(path.partition("?")[0])
        request.resolver_match = match
        middleware = AccessMiddleware(lambda request: None)
        refused = middleware.process_view(request, match.func, match.args, match.kwargs)
        if refused is not None:
            return refused
        try:
            return match.func(request, *match.args, **match.kwargs)
        except Exception as problem:
            answer = middleware.process_exception(request, problem)
            if answer is None:
                raise
            return answer

    return open_page


def address(file: StoredFile, more: str = "") -> str:
    return reverse("files:download", args=[file.pk, file.name]) + more


def test_every_page_declares_who_may_open_it():
    assert all(rule_of(pattern.callback) for pattern in urls.urlpatterns)


def test_a_paper_opens_quietly_in_the_browser(visit):
    file = hand_in(samples.pdf(), name="Giấy khai sinh.pdf")
    response = visit(address(file))
    assert response.status_code == 200
    assert response.content == storage.read(file.sha256)
    assert response["Content-Type"] == "application/pdf"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert "no-store" in response["Cache-Control"]
    shown = response["Content-Disposition"]
    assert shown.startswith('inline; filename="Giay khai sinh.pdf"')
    assert urllib.parse.unquote(shown.partition("UTF-8''")[2]) == "Giấy khai sinh.pdf"


def test_what_a_browser_cannot_show_quietly_is_saved(visit):
    assert visit(address(hand_in(samples.docx())))["Content-Disposition"].startswith("attachment")
    assert visit(address(hand_in(samples.pdf()), "?save"))["Content-Disposition"].startswith("attachment")


def test_a_file_of_the_platform_that_is_not_plain_is_never_shown_as_a_page(visit):
    file = services.store_bytes(
        CITIZEN, data=b"<script>alert(1)</script>", name="a.html", mime="text/html", room="trial", owner="", at=NOW
    )
    response = visit(address(file))
    assert response["Content-Disposition"].startswith("attachment")
    assert "sandbox" in response["Content-Security-Policy"]


@pytest.mark.parametrize("page", ["files:download", "files:preview"])
def test_strangers_get_nothing(visit, page):
    file = hand_in(samples.picture("PNG"), name="a.png")
    path = reverse(page, args=[file.pk, file.name] if page == "files:download" else [file.pk])
    assert visit(path, NEIGHBOUR).status_code == 403
    assert visit(path, OFFICER).status_code == 403
    assert visit(path, ANONYMOUS).status_code == 302
    assert visit(path, CITIZEN).status_code == 200


def test_a_file_that_does_not_exist_is_not_found(visit):
    assert visit("/files/987654321/x.pdf").status_code == 404


def test_a_damaged_file_is_explained_and_not_shown(visit):
    file = hand_in(samples.pdf())
    storage.path_of(file.sha256).write_bytes(b"%PDF-changed")
    response = visit(address(file))
    assert response.status_code == 500
    assert b"%PDF-changed" not in response.content
    assert b"backup" in response.content


def test_a_download_costs_few_statements(visit):
    policies.register_reader("trial", lambda actor, file: True)
    file = hand_in(samples.pdf())
    with CaptureQueriesContext(connection) as asked:
        visit(address(file), OFFICER)
    assert len([q for q in asked if "SAVEPOINT" not in q["sql"]]) <= 2  # the file, and the row of the audit trail


@pytest.mark.parametrize("data", [samples.pdf(), samples.picture(size=(2000, 1500)), samples.picture("TIFF")])
def test_the_first_page_is_drawn_once_and_kept(visit, monkeypatch, data):
    file = hand_in(data)
    response = visit(reverse("files:preview", args=[file.pk]))
    assert response["Content-Type"] == "image/png"
    picture = Image.open(io.BytesIO(response.content))
    assert picture.width <= 480
    assert picture.height <= 960
    file.refresh_from_db()
    assert file.preview == "drawn"
    monkeypatch.setattr(previews, "_draw", None)
    assert visit(reverse("files:preview", args=[file.pk])).content == response.content


def test_a_photo_is_drawn_upright(visit):
    file = hand_in(samples.picture(size=(400, 100), exif=samples.with_place()))
    picture = Image.open(io.BytesIO(visit(reverse("files:preview", args=[file.pk])).content))
    assert picture.size == (100, 400)


def test_what_cannot_be_drawn_is_not_tried_again(visit, monkeypatch):
    file = made(b"%PDF-1.7 nothing that could be drawn")
    assert visit(reverse("files:preview", args=[file.pk])).status_code == 404
    monkeypatch.setattr(previews, "_draw", None)
    assert visit(reverse("files:preview", args=[file.pk])).status_code == 404
    file.refresh_from_db()
    assert not file.can_be_drawn


def test_those_who_keep_the_store_see_limits_and_how_much_lies_there(visit):
    page = visit(reverse("files:admin"), ADMIN).content.decode()
    assert formats.file_size(20_000_000) in page
    assert "No file has been handed in yet" in page
    hand_in(samples.pdf())
    with CaptureQueriesContext(connection) as asked:
        page = visit(reverse("files:admin"), ADMIN).content.decode()
    assert "What lies in the store" in page
    assert len(asked) <= 2


def test_others_do_not_keep_the_store(visit):
    for page in ("files:admin", "files:set_limit"):
        assert visit(reverse(page), OFFICER).status_code == 403
        assert visit(reverse(page), CITIZEN).status_code == 403


GIVEN = {
    "room": "*", "max_megabytes": "8.5", "max_pages": "200", "max_megabytes_a_day": "300",
    "valid_from": "01/12/2026", "source": "Thông báo số 5/TB-SKHCN ngày 20/11/2026",
}  # fmt: skip


def test_new_limits_are_set_on_a_page(visit):
    response = visit(reverse("files:set_limit"), ADMIN, GIVEN)
    assert response.status_code == 302
    limit = Limit.objects.get()
    assert (limit.max_bytes, limit.max_pages, limit.max_bytes_a_day) == (8_500_000, 200, 300_000_000)
    assert GIVEN["source"].encode() in visit(reverse("files:admin"), ADMIN).content


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"max_megabytes": "900"}, "max_megabytes"), ({"max_megabytes": ""}, "max_megabytes"),
        ({"max_pages": "0"}, "max_pages"), ({"max_megabytes_a_day": "1"}, "max_megabytes_a_day"),
        ({"valid_from": "31/02/2026"}, "valid_from"), ({"source": ""}, "source"), ({"room": "nowhere"}, "room"),
    ],
)  # fmt: skip
def test_limits_without_sense_come_back_with_a_link_to_the_field(visit, wrong, field):
    response = visit(reverse("files:set_limit"), ADMIN, GIVEN | wrong)
    assert response.status_code == 200
    assert f'href="#id_{field}"' in response.content.decode()
    assert not Limit.objects.exists()
