"""Settings of the platform, driven by environment variables. One module for development, test and production.

LANGBIANG_HOME   folder for database, files and keys (default: var/ in the checkout)
DATABASE_URL     a PostgreSQL server; without it the embedded one in LANGBIANG_HOME is used
LANGBIANG_MODE   demo (default) | production; production demands a secret key and refuses development pages
PORT, LANGBIANG_PUBLIC_URL, LANGBIANG_DATA, LANGBIANG_BOUNDARIES, ... see docs/operations.md
"""

import os
import secrets
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import django.forms
from django.utils.translation import gettext_lazy as _

from langbiang.site.rooms import INSTALLED_ROOMS

BASE_DIR = Path(__file__).resolve().parents[3]
TESTING = "pytest" in sys.modules
HOME = Path(os.environ.get("LANGBIANG_HOME") or BASE_DIR / ("var/test-home" if TESTING else "var")).resolve()
MODE = os.environ.get("LANGBIANG_MODE", "demo")
DEBUG = os.environ.get("LANGBIANG_DEBUG") == "1"
STYLE_PAGE = os.environ.get("LANGBIANG_STYLE_PAGE", "0" if MODE == "production" else "1") == "1"
PORT = int(os.environ.get("PORT", "8000"))
PUBLIC_URL = os.environ.get("LANGBIANG_PUBLIC_URL", f"http://localhost:{PORT}").rstrip("/")
SHARED_DATA = Path(os.environ.get("LANGBIANG_DATA") or BASE_DIR.parent / "shared" / "data")
BOUNDARIES = os.environ.get("LANGBIANG_BOUNDARIES", "")
# Where open questions over the books are answered instead of on this machine: https://user:password@host:8443/?database=x
CLICKHOUSE = os.environ.get("LANGBIANG_CLICKHOUSE", "")


def _secret_key() -> str:
    """The signing key of sessions: from the environment, or made once and kept in the keys folder."""
    if value := os.environ.get("LANGBIANG_SECRET_KEY"):
        return value
    if MODE == "production":
        raise SystemExit("LANGBIANG_SECRET_KEY must be set in production.")
    path = HOME / "keys" / "secret_key"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        draft = path.with_name(f"secret_key.{os.getpid()}")
        draft.write_text(secrets.token_urlsafe(48))
        draft.chmod(0o600)
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()


SECRET_KEY = "only-for-tests" if TESTING else _secret_key()

_hosts = os.environ.get("LANGBIANG_ALLOWED_HOSTS", "")
ALLOWED_HOSTS = [h for h in _hosts.split(",") if h] or ["localhost", "127.0.0.1", "[::1]", "testserver"]
if host := urlsplit(PUBLIC_URL).hostname:
    ALLOWED_HOSTS.append(host)
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL.startswith("https://") else []
# Reverse proxies of our own: only from these is X-Forwarded-For believed.
TRUSTED_PROXIES = [p.strip() for p in os.environ.get("LANGBIANG_TRUSTED_PROXIES", "").split(",") if p.strip()]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "axes",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "procrastinate.contrib.django",
    *INSTALLED_ROOMS,
    "langbiang.site",
]

MIDDLEWARE = [
    "langbiang.site.middleware.RequestReference",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "langbiang.site.middleware.ChosenLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "langbiang.foundation.accounts.middleware.ActorMiddleware",
    "langbiang.foundation.access.middleware.AccessMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "langbiang.site.urls"
ASGI_APPLICATION = "langbiang.site.asgi.application"
WSGI_APPLICATION = None

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # The widgets of Django's own forms; as an installed application it would take the name of our room.
        "DIRS": [Path(django.forms.__file__).parent / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "langbiang.site.templates.RoomLoader",
                        "django.template.loaders.app_directories.Loader",
                        "django.template.loaders.filesystem.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "langbiang.site.navigation.context",
            ],
        },
    }
]
if DEBUG:
    TEMPLATES[0]["OPTIONS"]["loaders"] = TEMPLATES[0]["OPTIONS"]["loaders"][0][1]  # type: ignore[index]  # read from a mapping of many kinds
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"


def database_from_url(url: str) -> dict[str, object]:
    """Django's database settings from postgresql://user:password@host:port/name?host=/socket/dir."""
    parts = urlsplit(url)
    query = {k: v[-1] for k, v in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", None) or parts.hostname or "",
        "PORT": str(parts.port or query.pop("port", "")),
        "OPTIONS": query,
    }


def _database_url() -> str:
    if url := os.environ.get("DATABASE_URL"):
        return url
    from langbiang.site import database

    # All test runs of a checkout share one server, apart from the one `make run` uses.
    home = Path(os.environ.get("LANGBIANG_TEST_SERVER") or BASE_DIR / "var" / "test") if TESTING else HOME
    # The owner role migrates and makes test databases; everything else works as the application's role.
    owner = TESTING or os.environ.get("LANGBIANG_AS_OWNER") == "1"
    return database.embedded_url(home, role="owner" if owner else "application")


DATABASES: dict[str, dict[str, Any]] = {"default": database_from_url(_database_url())}
DATABASES["default"].setdefault("OPTIONS", {})
if os.environ.get("LANGBIANG_DB_KEPT") == "1" and not TESTING:
    # The threads that make pages keep their connections for ever and look themselves whether one is dead (site/serving.py).
    DATABASES["default"]["CONN_MAX_AGE"] = None
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 0 if TESTING else 300
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"]["TEST"] = {"NAME": os.environ.get("LANGBIANG_TEST_DB", "test_langbiang")}
DB_PREPARED = os.environ.get("LANGBIANG_DB_PREPARED", "1") == "1"  # 0 behind a pooler by transaction
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.Account"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
STAFF_HOME = "langbiang.site.navigation.home_of"  # which page an officer begins at
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_AGE = int(os.environ.get("LANGBIANG_SESSION_SECONDS", str(4 * 3600)))  # without any request
SESSION_LONGEST = timedelta(seconds=int(os.environ.get("LANGBIANG_SESSION_LONGEST_SECONDS", str(14 * 3600))))
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"
if PUBLIC_URL.startswith("https://"):
    SECURE_HSTS_SECONDS = 31536000
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
_form_targets = {o for o in os.environ.get("LANGBIANG_FORM_TARGETS", "").split(",") if o}
if _issuer := urlsplit(os.environ.get("LANGBIANG_OIDC_ISSUER", "")).netloc:
    _form_targets.add(f"{urlsplit(os.environ['LANGBIANG_OIDC_ISSUER']).scheme}://{_issuer}")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        # Leaving for the identity provider is a form too.
        "form-action": ["'self'", *sorted(_form_targets)],
        "frame-ancestors": ["'self'"],
    }
}

# Wrong tries within AXES_COOLOFF_TIME; what each limit is for stands in foundation/accounts/lockout.py.
SIGN_IN_LIMITS = {
    "account_from_address": int(os.environ.get("LANGBIANG_TRIES_PER_ACCOUNT_AND_ADDRESS", "5")),
    "account": int(os.environ.get("LANGBIANG_TRIES_PER_ACCOUNT", "20")),
    "address": int(os.environ.get("LANGBIANG_TRIES_PER_ADDRESS", "100")),
}
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # trying on does not lengthen the wait
AXES_DISABLE_ACCESS_LOG = True  # the audit trail tells who came in
AXES_HANDLER = "langbiang.foundation.accounts.lockout.Handler"
AXES_CLIENT_IP_CALLABLE = "langbiang.foundation.accounts.queries.client_address"
AXES_USERNAME_CALLABLE = "langbiang.foundation.accounts.lockout.username_of"
AXES_LOCKOUT_CALLABLE = "langbiang.foundation.accounts.lockout.locked_out"
AXES_VERBOSE = False

LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", "Tiếng Việt"), ("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Ho_Chi_Minh"
USE_THOUSAND_SEPARATOR = False
FORMAT_MODULE_PATH = ["langbiang.site.formats"]
LOCALE_PATHS: list[str] = []

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": HOME / "files"}},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING or DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = TESTING or DEBUG
WHITENOISE_AUTOREFRESH = DEBUG
# Document fonts are read by the renderer on the server, never sent: pressing them would take half of the first start.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (
    "jpg", "jpeg", "png", "gif", "webp", "zip", "gz", "tgz", "bz2", "tbz", "xz", "br", "woff", "woff2", "ttf",
)  # fmt: skip
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_TEMP_DIR = None

EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if os.environ.get("SMTP_HOST")
    else (
        "django.core.mail.backends.locmem.EmailBackend"
        if TESTING
        else "django.core.mail.backends.filebased.EmailBackend"
    )
)
EMAIL_FILE_PATH = HOME / "outgoing-mail"
EMAIL_HOST = os.environ.get("SMTP_HOST", "")
EMAIL_PORT = int(os.environ.get("SMTP_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("SMTP_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("SMTP_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("SMTP_TLS") == "1"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("LANGBIANG_MAIL_FROM", "khong-tra-loi@langbiang.localhost")

ACCOUNT_ADAPTER = "langbiang.foundation.accounts.allauth_adapters.AccountAdapter"
MFA_ADAPTER = "langbiang.foundation.accounts.allauth_adapters.SecondFactorAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "username"
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_RATE_LIMITS: dict[str, str] = {}  # ours stand in foundation/accounts/lockout.py
USERSESSIONS_TRACK_ACTIVITY = False
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Langbiang"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PUBLIC_URL.startswith("https://")
# The identity provider of citizens (VNeID or any OpenID Connect issuer), and what it calls the things we need.
OIDC: dict[str, Any] = {
    "issuer": os.environ.get("LANGBIANG_OIDC_ISSUER", "").rstrip("/"),
    "client_id": os.environ.get("LANGBIANG_OIDC_CLIENT_ID", ""),
    "secret": os.environ.get("LANGBIANG_OIDC_SECRET", ""),
    "scopes": os.environ.get("LANGBIANG_OIDC_SCOPES", "openid profile phone email address"),
    "claims": {
        name: os.environ.get(f"LANGBIANG_OIDC_CLAIM_{name.upper()}", usual)
        for name, usual in {
            "identity_no": "citizen_id",
            "full_name": "name",
            "birth_date": "birthdate",
            "sex": "gender",
            "phone": "phone_number",
            "email": "email",
            "address": "address",
            "place_code": "place_code",
        }.items()
    },
}

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
PROCRASTINATE_ON_APP_READY = "langbiang.foundation.events.queue.on_app_ready"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("LANGBIANG_LOG_LEVEL", "WARNING")},
}
SILENCED_SYSTEM_CHECKS = ["axes.W003", "security.W004", "auth.W004"]  # user names are unique without regard to case
PROVINCE_NAME = _("Lâm Đồng province")
PROVINCE_CODE = os.environ.get("LANGBIANG_PROVINCE", "68")
