"""A field ties label, hint, error and input together for every reader."""

import re

import pytest
from django import forms

from langbiang.foundation.ui.form_fields import DateField, DatePartsField, MoneyField

EVIL = '"><script>alert(1)</script>'


class Application(forms.Form):
    name = forms.CharField(label="Họ tên", help_text="Như trên căn cước")
    phone = forms.CharField(label="Điện thoại", required=False)
    unit = forms.ChoiceField(label="Đơn vị", choices=[("", "Chọn"), ("1", "Phường Xuân Hương – Đà Lạt")])
    channel = forms.ChoiceField(label="Nhận ở đâu?", widget=forms.RadioSelect, choices=[("a", "Tại quầy"), ("b", "Bưu chính")])
    papers = forms.MultipleChoiceField(label="Giấy tờ", widget=forms.CheckboxSelectMultiple, choices=[("a", "Chứng sinh")])
    born_on = DatePartsField(label="Ngày sinh")
    issued_on = DateField(label="Ngày cấp", help_text="")
    fee = MoneyField(label="Số tiền", required=False, initial=1_250_000)
    agree = forms.BooleanField(label="Tôi cam đoan")
    secret = forms.CharField(widget=forms.HiddenInput, required=False, initial="s")


def test_hint_and_error_are_read_out_with_the_input(render):
    html = render("{% field form.name %}", form=Application({}))
    assert 'id="id_name_hint"' in html
    assert 'id="id_name_error"' in html
    assert 'aria-describedby="id_name_hint id_name_error"' in html
    assert 'aria-invalid="true"' in html
    assert "Hãy điền mục này." in html


def test_a_field_without_hint_or_error_points_to_nothing(render):
    html = render("{% field form.phone %}", form=Application())
    assert "aria-describedby" not in html
    assert "aria-invalid" not in html


def test_only_a_field_that_may_stay_empty_says_so(render):
    assert "(không bắt buộc)" in render("{% field form.phone %}", form=Application())
    assert "(không bắt buộc)" not in render("{% field form.name %}", form=Application())


def test_attributes_and_width_reach_the_input(render):
    html = render('{% field form.phone width="20" autocomplete="tel" inputmode="tel" data_x="1" %}', form=Application())
    assert 'class="form-control width-20"' in html
    assert 'autocomplete="tel"' in html
    assert 'data-x="1"' in html


def test_the_label_belongs_to_the_input(render):
    html = render("{% fields form %}", form=Application(prefix="p"))
    ids = set(re.findall(r'<(?:input|select|textarea)[^>]*\bid="([^"]+)"', html))
    assert set(re.findall(r'<label[^>]*\bfor="([^"]+)"', html)) <= ids
    assert "id_p-born_on_day" in ids


def test_the_choices_are_a_group_with_the_question_as_its_legend(render):
    html = render("{% field form.channel choice_hints=hints %}", form=Application({"channel": "b"}), hints={"a": "Mang theo giấy hẹn"})
    assert html.startswith("<fieldset")
    assert "<legend" in html
    assert re.search(r'value="b" id="id_channel_1" checked', html)
    assert 'aria-describedby="id_channel_0_hint"' in html
    assert "Mang theo giấy hẹn" in html


def test_the_question_of_a_group_can_be_the_heading_of_the_page(render):
    assert "<h1>Nhận ở đâu?</h1>" in render("{% field form.channel legend_is_heading=True %}", form=Application())


@pytest.mark.parametrize(
    ("name", "words"),
    [("unit", "Hãy chọn một mục."), ("channel", "Hãy chọn một mục."), ("papers", "Hãy chọn ít nhất một mục."),
     ("agree", "Hãy đánh dấu ô này để tiếp tục."), ("born_on", "Hãy điền ngày")],
)  # fmt: skip
def test_a_missing_answer_is_asked_for_in_fitting_words(render, name, words):
    form = Application({})
    assert words in render("{% field bound %}", bound=form[name])
    assert words in render("{% error_summary form %}", form=form)


def test_the_summary_jumps_to_an_input_that_exists(render):
    form = Application({}, prefix="q")
    page = render("{% error_summary form %}{% fields form %}", form=form)
    targets = re.findall(r'href="#([^"]+)"', page)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(targets) == 7
    assert set(targets) <= set(ids)
    assert len(ids) == len(set(ids)), "an id stands twice"


def test_what_was_typed_comes_back_unchanged_and_escaped(render):
    data = {"name": EVIL, "born_on_day": EVIL, "born_on_month": "2", "born_on_year": "1987", "issued_on": EVIL, "fee": EVIL, "unit": EVIL}
    html = render("{% error_summary form %}{% fields form %}", form=Application(data))
    assert "<script" not in html
    assert 'value="2"' in html
    assert "&lt;script&gt;" in html


def test_an_amount_is_shown_grouped_with_its_currency(render):
    html = render("{% field form.fee %}", form=Application())
    assert 'value="1.250.000"' in html
    assert ">đ</span>" in html
    assert 'inputmode="numeric"' in html


def test_hidden_fields_come_along(render):
    assert '<input type="hidden" name="secret" value="s"' in render("{% fields form %}", form=Application())


def test_three_parts_carry_autocomplete_for_a_birthday(render):
    html = render('{% field form.born_on autocomplete="bday" %}', form=Application())
    assert 'autocomplete="bday-day"' in html
    assert 'autocomplete="bday-year"' in html
