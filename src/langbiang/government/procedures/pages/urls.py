"""Addresses of the catalogue: the portal's first pages, and the workbench of those who keep it."""

from django.urls import path

from . import home, listing, procedure

app_name = "procedures"
urlpatterns = [
    # citizens
    path("", home.home, name="home"),
    path("procedures/", listing.listing, name="catalogue"),
    path("procedures/<str:code>/", procedure.procedure, name="procedure"),
    path("procedures/<str:code>/check/", procedure.check, name="check"),
    path("procedures/<str:code>/versions/<int:number>/", procedure.version, name="version"),
]
