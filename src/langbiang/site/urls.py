"""All addresses: each room brings its own pages; nothing is open that does not declare who may open it."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from langbiang.site import api, health
from langbiang.site.rooms import INSTALLED_ROOMS

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("language/", set_language, name="set_language"),
    path("api/v1/", (api.mount(), "api", "api")),
]
urlpatterns += [
    path("", include(f"{room}.pages.urls"))
    for room in INSTALLED_ROOMS
    if find_spec(f"{room}.pages") and find_spec(f"{room}.pages.urls")
]

handler400 = "langbiang.foundation.ui.pages.errors.bad_request"
handler403 = "langbiang.foundation.ui.pages.errors.forbidden"
handler404 = "langbiang.foundation.ui.pages.errors.not_found"
handler500 = "langbiang.foundation.ui.pages.errors.server_error"
