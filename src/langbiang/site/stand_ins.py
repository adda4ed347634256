"""The stand-ins for the outside world a demo installation starts: who they are, where they listen, what points to them."""

import sys
from importlib.util import find_spec
from pathlib import Path

from langbiang.site.supervisor import Process

# name: (module, offset from the platform's own port, environment that points to it)
_ALL: dict[str, tuple[str, int, dict[str, str]]] = {
    "identity-provider": (
        "simulators.identity_provider",
        1,
        {
            "LANGBIANG_OIDC_ISSUER": "http://localhost:{port}",
            "LANGBIANG_OIDC_CLIENT_ID": "langbiang",
            "LANGBIANG_OIDC_SECRET": "langbiang-demo",
            "LANGBIANG_FORM_TARGETS": "http://localhost:{port}",
        },
    ),
    "trust-services": (
        "simulators.trust_services",
        2,
        {"LANGBIANG_TRUST_SERVICES": "http://localhost:{port}", "LANGBIANG_TSA_URL": "http://localhost:{port}/tsa"},
    ),
    "message-gateway": (
        "simulators.message_gateway",
        3,
        {"LANGBIANG_SMS_URL": "http://localhost:{port}/sms", "SMTP_HOST": "127.0.0.1", "SMTP_PORT": "{next}"},
    ),
    "reporting-system": ("simulators.reporting_system", 5, {"LANGBIANG_REPORTING_URL": "http://127.0.0.1:{port}"}),
    "ministries": ("simulators.ministries", 6, {"LANGBIANG_MINISTRIES_URL": "http://127.0.0.1:{port}"}),
}


def environment(home: Path, port: int) -> dict[str, str]:
    """Settings that point the platform to its stand-ins."""
    found: dict[str, str] = {}
    for module, offset, variables in _ALL.values():
        if find_spec(module):
            own = port + offset
            found.update({k: v.format(port=own, next=own + 1) for k, v in variables.items()})
    return found


def ports(port: int) -> list[int]:
    """Where the stand-ins listen when the platform itself has this port."""
    return [port + offset for module, offset, _ in _ALL.values() if find_spec(module)]


def processes(home: Path, port: int) -> list[Process]:
    """The processes to start."""
    return [
        Process(
            f"simulator-{name}",
            [sys.executable, "-m", module, "--port", str(port + offset), "--home", str(home / "simulators" / name)],
        )
        for name, (module, offset, _) in _ALL.items()
        if find_spec(module)
    ]
