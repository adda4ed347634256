"""Addresses of the exchange, for those who keep it."""

from django.urls import path

from . import messages, systems

app_name = "exchange"
urlpatterns = [
    path("manage/exchange/", systems.listing, name="systems"),
    path("manage/exchange/new/", systems.open_new, name="open"),
    path("manage/exchange/messages/", messages.queue, name="queue"),
    path("manage/exchange/messages/<int:message_id>/", messages.message, name="message"),
    path("manage/exchange/messages/<int:message_id>/content/", messages.content, name="content"),
    path("manage/exchange/messages/<int:message_id>/again/", messages.replay, name="replay"),
    path("manage/exchange/inbox/", messages.inbox, name="inbox"),
    path("manage/exchange/systems/<slug:code>/", systems.system, name="system"),
    path("manage/exchange/systems/<slug:code>/pause/", systems.pause, name="pause"),
    path("manage/exchange/systems/<slug:code>/address/", systems.address, name="address"),
    path("manage/exchange/systems/<slug:code>/pace/", systems.pace, name="pace"),
]
