"""The application served by granian: pages in threads that stay, live streams in the event loop."""

import os

from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application

from langbiang.site.serving import Serving

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "langbiang.site.settings")

application = Serving(
    pages=get_wsgi_application(),
    streams=get_asgi_application(),
    threads=int(os.environ.get("LANGBIANG_WEB_THREADS", "4")),
)
