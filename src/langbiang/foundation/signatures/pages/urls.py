from django.urls import path

from . import authorities, credentials

app_name = "signatures"
urlpatterns = [
    path("manage/signatures/", credentials.listing, name="admin"),
    path("manage/signatures/new/", credentials.enrol, name="enrol"),
    path("manage/signatures/check/", credentials.check, name="check"),
    path("manage/signatures/<int:pk>/", credentials.detail, name="credential"),
    path("manage/signatures/<int:pk>/picture/", credentials.picture, name="picture"),
    path("manage/signatures/<int:pk>/revoke/", credentials.revoke, name="revoke"),
    path("manage/signatures/authorities/", authorities.listing, name="authorities"),
    path("manage/signatures/authorities/new/", authorities.add, name="add_authority"),
    path("manage/signatures/authorities/lists/", authorities.refresh, name="refresh_lists"),
    path("manage/signatures/authorities/<int:pk>/end/", authorities.end, name="end_authority"),
]
