"""Addresses of the case room."""

from django.urls import path

from . import applicant, counter, downloads, filing, verification
from .work import case, queue

app_name = "cases"
urlpatterns = [
    # citizens
    path("file/<str:code>/", filing.start, name="file"),
    path("filing/<uuid:draft_id>/", filing.resume, name="filing"),
    path("filing/<uuid:draft_id>/page/<int:page>/", filing.page, name="filing_page"),
    path("filing/<uuid:draft_id>/check/", filing.check, name="filing_check"),
    path("filing/<uuid:draft_id>/discard/", filing.discard, name="filing_discard"),
    path("filing/done/<int:case_id>/", filing.done, name="filing_done"),
    path("my/cases/", applicant.my_cases, name="my_cases"),
    path("my/cases/<int:case_id>/", applicant.my_case, name="my_case"),
    path("my/cases/<int:case_id>/supplement/", applicant.answer_supplement, name="my_supplement"),
    path("my/cases/<int:case_id>/withdraw/", applicant.withdraw, name="my_withdraw"),
    path("my/cases/<int:case_id>/rate/", applicant.rate, name="my_rate"),
    path("my/cases/<int:case_id>/write/", applicant.write, name="my_write"),
    path("track/", downloads.track, name="track"),
    path("v/", verification.verify_file, name="verify_file"),
    path("v/<str:token>", verification.verify, name="verify"),
    path("papers/forms/<int:form_id>.pdf", downloads.form, name="form"),
    path("papers/results/<int:case_id>.pdf", downloads.result, name="result"),
    # officers
    path("work/", queue.queue, name="queue"),
    path("work/queue/<slug:key>/", queue.queue, name="queue_of"),
    path("work/search/", queue.search, name="search"),
    path("work/bulk/", queue.bulk, name="bulk"),
    path("work/register/", downloads.register, name="register"),
    path("work/counter/", counter.start, name="counter"),
    path("work/counter/<uuid:draft_id>/page/<int:page>/", counter.page, name="counter_page"),
    path("work/counter/<uuid:draft_id>/check/", counter.check, name="counter_check"),
    path("work/counter/done/<int:case_id>/", counter.done, name="counter_done"),
    path("work/cases/<int:case_id>/", case.case, name="case"),
    path("work/cases/<int:case_id>/do/<slug:key>/", case.act, name="act"),
    path("work/cases/<int:case_id>/write/<slug:kind>/", case.write, name="write"),
    path("work/cases/<int:case_id>/claim/", case.claim, name="claim"),
    path("work/cases/<int:case_id>/control-sheet/", case.control_sheet, name="control_sheet"),
]
