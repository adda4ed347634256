"""What the tags write, and that nothing typed by a person becomes markup."""

import uuid
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django import forms
from django.template import TemplateSyntaxError
from django.test import RequestFactory
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.ui import statuses

EVIL = '"><script>alert(1)</script>'
DUE = datetime(2031, 11, 25, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "source",
    [
        "{% button x kind='primary' icon='send' value=x %}",
        "{% link_button x x %}",
        "{% action_menu x %}{% menu_link x x %}{% menu_button x value=x %}{% endaction_menu %}",
        "{% badge x 'info' %}",
        "{% notice 'info' title=x %}{{ x }}{% endnotice %}",
        "{% disclosure x %}{{ x }}{% enddisclosure %}",
        "{% deadline_why due 2 %}{{ x }}{% enddeadline_why %}",
        "{% timeline entries %}",
        "{% summary_list rows %}",
        "{% empty x x x x %}",
        "{% steps 2 5 x %}",
        "{% breadcrumbs pairs %}",
        "{% back_link x x %}",
        "{% tabs items x %}",
        "{% link_list items %}",
        "{% search_field x x value=x hint=x placeholder=x %}",
        "{% data_table x %}<tr><td>{{ x }}</td></tr>{% enddata_table %}",
        "{% filter_chips chips x %}",
        "{% pagination x x x %}",
        "{% queue x %}{% queue_item x select_name=x select_value=x select_label=x %}{{ x }}{% endqueue_item %}{% endqueue %}",
        "{% confirm_act lines x x introduction=x %}{{ x }}{% endconfirm_act %}",
        "{% progress 3 10 x %}",
        "{% qr x x x %}",
        "{% wall_tile x x x due unit=x note=x url=x %}",
        "{% wall_panel x x due %}{{ x }}{% endwall_panel %}",
        "{% kiosk_tile x x 'send' hint=x %}",
        "{% icon x %}",
        "{% keys x %}",
        "{% status 'case' x %}",
        "{% error_summary x %}",
    ],
)
def test_what_a_person_typed_never_becomes_markup(render, source):
    entry = {"at": DUE, "what": EVIL, "who": EVIL, "position": EVIL, "agency": EVIL, "note": EVIL, "documents": [(EVIL, EVIL)]}
    item = {"label": EVIL, "title": EVIL, "url": EVIL, "text": EVIL, "count": EVIL}
    html = render(
        source, x=EVIL, due=DUE, entries=[entry], rows=[(EVIL, EVIL, EVIL), (EVIL, [EVIL])], pairs=[(EVIL, EVIL)],
        items=[item], chips=[(EVIL, EVIL, EVIL)], lines=[EVIL],
    )  # fmt: skip
    assert "<script" not in html
    assert '"">' not in html


def test_a_button_takes_any_attribute_and_refuses_an_unknown_kind(render):
    html = render('{% button "Gửi" kind="danger" name="action" value="send" data_key="s" hidden=False formnovalidate=True %}')
    assert 'name="action" value="send" data-key="s" formnovalidate>' in html
    assert "hidden" not in html.replace("aria-hidden", "")
    with pytest.raises(ValueError, match="No such kind"):
        render('{% button "Gửi" kind="huge" %}')


def test_a_status_is_a_word_a_shape_and_a_colour_and_never_a_code(render):
    statuses.define_statuses("test-kind", {"frozen_solid": statuses.Status(_("Draft"), "caution", "lock")})
    html = render("{% status 'test-kind' 'frozen_solid' %}")
    assert "tone-caution" in html
    assert "#lock" in html
    assert "Bản nháp" in html
    assert "Chưa rõ tình trạng" in render("{% status 'test-kind' 'no_such_code' %}")
    assert "no_such_code" not in render("{% status 'test-kind' 'no_such_code' %}")


def test_a_kind_without_a_word_of_its_own_uses_the_general_one(render):
    assert "Quá hạn" in render("{% status 'anything' 'overdue' %}")


@pytest.mark.parametrize(
    ("source", "tone", "words"),
    [
        ("{% deadline due 5 %}", "neutral", "còn 5 ngày làm việc"),
        ("{% deadline due 1 %}", "caution", "còn 1 ngày làm việc"),
        ("{% deadline due 3 soon=3 %}", "caution", "còn 3 ngày làm việc"),
        ("{% deadline due 0 hours=4 %}", "caution", "còn 4 giờ làm việc"),
        ("{% deadline due 0 hours=-1 %}", "late", "quá hạn 1 giờ"),
        ("{% deadline due -2 %}", "late", "quá hạn 2 ngày"),
        ("{% deadline due -2 state='paused' %}", "neutral", "tạm dừng tính thời hạn"),
        ("{% deadline due -2 state='missed' %}", "late", "xong trễ hạn"),
    ],
)
def test_a_deadline_says_in_words_what_its_colour_says(render, source, tone, words):
    html = render(source, due=DUE)
    assert f"tone-{tone}" in html
    assert words in html
    assert "17:00 25/11/2031" in html


def test_a_list_names_the_year_of_a_deadline_only_when_it_is_another_year(render):
    assert ">25/11/2031</time>" in render("{% deadline due 5 brief=True %}", due=DUE)
    now = datetime.now(tz=UTC).replace(month=6, day=15, hour=3)
    assert ">15/06</time>" in render("{% deadline due 5 brief=True %}", due=now)


def test_no_deadline_is_said_in_words(render):
    assert "Chưa có thời hạn" in render("{% deadline None %}")


def test_the_history_shows_no_name_where_none_is_given(render):
    html = render("{% timeline entries %}", entries=[SimpleNamespace(at=DUE, what="Tiếp nhận", position="Một cửa", who="")])
    assert "Một cửa" in html
    assert "None" not in html
    assert ", Một cửa" not in html


def test_an_empty_fact_is_said_to_be_missing_and_zero_is_not_empty(render):
    html = render("{% summary_list rows %}", rows=[("Thư điện tử", ""), ("Số bản", 0)])
    assert html.count("chưa có") == 1
    assert "<p>0</p>" in html


def test_the_once_token_stays_when_the_form_comes_back_and_changes_when_it_is_new(render):
    first = render("{% once_token %}")
    assert first != render("{% once_token %}")
    token = str(uuid.uuid4())
    again = RequestFactory().post("/", {"once": token})
    assert token in render("{% once_token %}", request=again)
    forged = RequestFactory().post("/", {"once": EVIL})
    assert "script" not in render("{% once_token %}", request=forged)


def test_a_binding_act_says_what_will_happen_and_offers_the_way_back(render):
    html = render("{% confirm_act lines 'Từ chối hồ sơ' '/back' danger=True %}{% endconfirm_act %}", lines=["Không mở lại được"])
    assert "Điều sẽ xảy ra" in html
    assert "Không mở lại được" in html
    assert 'name="once"' in html
    assert 'name="csrfmiddlewaretoken"' in html
    assert 'href="/back"' in html
    assert "btn-danger" in html


def test_a_queue_item_opens_beside_the_list_and_is_a_plain_link_without_scripts(render):
    html = render("{% queue 'Hồ sơ' %}{% queue_item '/c/1' current=True %}Tâm{% endqueue_item %}{% endqueue %}")
    assert 'href="/c/1"' in html
    assert 'hx-get="/c/1"' in html
    assert 'hx-target="#detail"' in html
    assert 'aria-current="true"' in html


def test_the_row_height_follows_the_cookie_of_the_person(render):
    request = RequestFactory().get("/", headers={"cookie": "density=compact"})
    assert "density-compact" in render("{% data_table 'Phí' %}{% enddata_table %}", request=request)
    forged = RequestFactory().get("/", headers={"cookie": "density=evil"})
    assert "density-comfortable" in render("{% data_table 'Phí' %}{% enddata_table %}", request=forged)


def test_only_a_list_with_items_is_walked_by_the_keyboard(render):
    assert "data-list" in render("{% data_table 'x' %}<tr data-item></tr>{% enddata_table %}")
    assert "data-list" not in render("{% data_table 'x' %}<tr></tr>{% enddata_table %}")


def test_a_qr_code_is_drawn_without_inline_style(render):
    html = render("{% qr 'https://example.vn/H36.24-251124-0001' caption='H36.24-251124-0001' %}")
    assert "<svg" in html
    assert "style=" not in html
    assert "<figcaption>H36.24-251124-0001</figcaption>" in html


def test_a_tile_of_the_wall_carries_time_and_source_and_says_when_it_is_stale(render):
    html = render("{% wall_tile 'Quá hạn' '311' 'Một cửa' due stale=True %}", due=DUE)
    assert "Số liệu cũ" in html
    assert "Một cửa" in html
    assert "17:00 25/11/2031" in html


def test_progress_stays_between_nothing_and_all(render):
    assert 'value="0"' in render("{% progress -3 10 %}")
    assert 'value="100"' in render("{% progress 30 10 %}")
    assert 'value="0"' in render("{% progress 3 0 %}")


def test_pages_are_left_out_when_there_is_only_one(render):
    assert "<nav" not in render("{% pagination %}")


def test_an_unknown_tone_is_a_mistake_of_the_programmer(render):
    with pytest.raises((ValueError, TemplateSyntaxError)):
        render("{% badge 'x' 'rainbow' %}")


class _Form(forms.Form):
    name = forms.CharField(label="Họ tên")


def test_the_error_summary_takes_forms_formsets_and_refusals_together(render):
    broken = _Form({"name": ""})
    formset = forms.formset_factory(_Form)({"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0", "form-0-name": "x" * 3})
    formset.is_valid()
    refusal = SimpleNamespace(message="Hồ sơ đã được người khác sửa.", way_out="Hãy tải lại trang.", field=None)
    html = render("{% error_summary form formset refusal %}", form=broken, formset=formset, refusal=refusal)
    assert "Có 2 chỗ cần sửa" in html
    assert 'href="#id_name"' in html
    assert "Hồ sơ đã được người khác sửa. Hãy tải lại trang." in html


def test_no_error_no_summary(render):
    assert render("{% error_summary form %}", form=_Form({"name": "Tâm"})).strip() == ""
