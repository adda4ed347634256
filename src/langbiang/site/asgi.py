"""The ASGI application served by granian."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "langbiang.site.settings")

application = get_asgi_application()
