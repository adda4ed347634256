"""The stand-ins for the outside world a demo installation starts: who they are, where they listen, what points to them."""

import json
import os
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
    "cabinet": ("simulators.cabinet", 7, {"LANGBIANG_COUNTS": "http://127.0.0.1:{port}/lanes"}),
    "camera": ("simulators.camera", 8, {}),
}
# Cabinets answer over UDP, one port each, counted from the platform's own port: these numbers are other ones than those over TCP.
CABINETS = ("dai-hoc", "phan-dinh-phung", "kim-cuc", "ba-thang-tu", "ho-tung-mau", "yersin", "hung-vuong")
# The camera stand-in streams at its offset and takes faults at the next one; the process that watches it answers at the one after.
WATCHED, FAULTS, PERCEIVED = "hung-vuong", 9, 10
COMMUNITY = "langbiang-demo"
PATTERNS = {"Cao điểm sáng": 1, "Ban ngày": 2, "Cao điểm chiều": 3}


def environment(home: Path, port: int) -> dict[str, str]:
    """Settings that point the platform to its stand-ins."""
    found: dict[str, str] = {}
    for module, offset, variables in _ALL.values():
        if find_spec(module):
            own = port + offset
            found.update({k: v.format(port=own, next=own + 1) for k, v in variables.items()})
    if find_spec("simulators.cabinet"):
        found["LANGBIANG_CABINETS"] = json.dumps(
            {
                code: {"address": f"127.0.0.1:{udp}", "community": COMMUNITY, "patterns": PATTERNS}
                for code, udp in zip(CABINETS, udp_ports(port), strict=True)
            },
            ensure_ascii=False,
        )
    if find_spec("simulators.camera"):
        perceived = f"http://127.0.0.1:{port + PERCEIVED}/lanes"
        found |= {"LANGBIANG_CAMERAS": str(home / "simulators" / "camera" / "perceive.json"), "LANGBIANG_CAMERAS_PORT": str(port + PERCEIVED)}
        # The street of the demo is counted exactly; a drawn camera only tells whether it sees, unless somebody wants its counts.
        if os.environ.get("LANGBIANG_DEMO_CAMERAS") == "1":
            found["LANGBIANG_COUNTS"] = f"{found['LANGBIANG_COUNTS']} {perceived}"
        else:
            found["LANGBIANG_CAMERA_HEALTH"] = perceived
    return found


def udp_ports(port: int) -> list[int]:
    """Where the cabinets of the demo listen when the platform itself has this port."""
    return [port + n for n in range(1, len(CABINETS) + 1)] if find_spec("simulators.cabinet") else []


def ports(port: int) -> list[int]:
    """Where the stand-ins listen when the platform itself has this port."""
    found = [port + offset for module, offset, _ in _ALL.values() if find_spec(module)]
    return [*found, port + FAULTS, port + PERCEIVED] if find_spec("simulators.camera") else found


def processes(home: Path, port: int) -> list[Process]:
    """The processes to start."""
    more = {
        "cabinet": lambda: ["--cabinets", str(udp_ports(port)[0])],
        "camera": lambda: ["--watch", WATCHED, "--street", f"http://127.0.0.1:{port + _ALL['cabinet'][1]}/lanes"],
    }
    # What an earlier start described may name other ports.
    (home / "simulators" / "camera" / "perceive.json").unlink(missing_ok=True)
    return [
        Process(
            f"simulator-{name}",
            [sys.executable, "-m", module, "--port", str(port + offset), "--home", str(home / "simulators" / name), *more.get(name, list)()],
        )
        for name, (module, offset, _) in _ALL.items()
        if find_spec(module)
    ]
