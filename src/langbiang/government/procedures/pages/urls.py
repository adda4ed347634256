"""Addresses of the catalogue: the portal's first pages, and the workbench of those who keep it."""

from django.urls import path

from . import home, listing, procedure
from .manage import drafts, fees, imports, overview, sheet_editing, sheets, versions

app_name = "procedures"
urlpatterns = [
    # citizens
    path("", home.home, name="home"),
    path("procedures/", listing.listing, name="catalogue"),
    path("procedures/<str:code>/", procedure.procedure, name="procedure"),
    path("procedures/<str:code>/check/", procedure.check, name="check"),
    path("procedures/<str:code>/versions/<int:number>/", procedure.version, name="version"),
    # those who keep the catalogue
    path("manage/procedures/", overview.overview, name="admin"),
    path("manage/procedures/versions/<int:version_id>/", versions.version, name="version_admin"),
    path("manage/procedures/new/", drafts.new, name="draft_new"),
    path("manage/procedures/versions/<int:version_id>/begin/", drafts.begin, name="draft_from"),
    path("manage/procedures/versions/<int:version_id>/edit/", drafts.edit, name="draft"),
    path("manage/procedures/versions/<int:version_id>/approve/", drafts.approve, name="approve"),
    path("manage/procedures/versions/<int:version_id>/publish/", drafts.publish, name="publish"),
    path("manage/procedures/versions/<int:version_id>/fees/new/", fees.add, name="fee_new"),
    path("manage/procedures/versions/<int:version_id>/fees/<int:fee_id>/end/", fees.end, name="fee_end"),
    path("manage/procedures/imports/", imports.imports, name="imports"),
    path("manage/procedures/imports/<int:batch_id>/", imports.batch, name="import_batch"),
    path("manage/procedures/imports/records/<int:row_id>/", imports.record, name="import_record"),
    path("manage/procedures/imports/records/<int:row_id>/decide/", imports.decide, name="import_decide"),
    path("manage/procedures/sheets/<int:sheet_id>/", sheets.sheet, name="sheet"),
    path("manage/procedures/<int:procedure_id>/sheets/new/", sheet_editing.new, name="sheet_new"),
    path("manage/procedures/sheets/<int:sheet_id>/edit/", sheet_editing.edit, name="sheet_edit"),
    path("manage/procedures/sheets/<int:sheet_id>/simulate/", sheet_editing.simulate, name="sheet_simulate"),
    path("manage/procedures/sheets/<int:sheet_id>/approve/", sheet_editing.approve, name="sheet_approve"),
]
