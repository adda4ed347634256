"""When something goes wrong a person is told what, why and what to do, with a number to quote."""

import pytest
from django.test import RequestFactory
from django.utils import translation

from langbiang.foundation.ui.pages import errors


@pytest.fixture
def request_with_reference():
    request = RequestFactory().get('/x?y="><script>alert(1)</script>')
    request.reference = "K7M2QX9R"
    return request


@pytest.mark.parametrize(
    ("view", "status", "words"),
    [
        (errors.bad_request, 400, "Không đọc được yêu cầu"),
        (errors.server_error, 500, "Hệ thống gặp sự cố"),
        (errors.csrf_failure, 403, "Trang đã mở quá lâu"),
        (errors.maintenance, 503, "Đang bảo trì"),
    ],
)
def test_the_page_says_what_happened_and_gives_a_number(request_with_reference, view, status, words):
    with translation.override("vi"):
        response = view(request_with_reference)
    page = response.content.decode()
    assert response.status_code == status
    assert words in page
    assert "K7M2QX9R" in page
    assert "<script" not in page
    assert 'lang="vi"' in page


def test_maintenance_tells_machines_to_come_back(request_with_reference):
    assert errors.maintenance(request_with_reference)["Retry-After"] == "600"


def test_the_page_of_our_own_failure_needs_no_request_at_all(rf):
    with translation.override("en"):
        page = errors.server_error(rf.get("/")).content.decode()
    assert "The fault is ours" in page
    assert "quote this number" not in page
