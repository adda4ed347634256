"""The child process: bounds itself, reads limits and bytes from standard input, writes a verdict and the bytes to keep."""

import json
import os
import resource
import sys
from dataclasses import asdict

_NOBODY = 65534


def bound(*, seconds: int, memory: int) -> None:
    """From here on this process can neither run long, nor grow large, nor write a file, nor start a program.

    Nor, where the platform runs as root, is it root any longer.
    """
    for what, limit in (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        hard = resource.getrlimit(what)[1]
        limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(what, (limit, limit))
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)


def main() -> None:
    """Check one file."""
    # The libraries first, while this process may still read them; the stranger's bytes only when it is bound.
    from .examining import examine
    from .kinds import Rejected

    limits = json.loads(sys.stdin.buffer.readline())
    bound(seconds=int(limits["seconds"]), memory=int(limits["memory"]))
    data = sys.stdin.buffer.read()
    kept = b""
    try:
        found, kept = examine(data, max_pages=int(limits["max_pages"]))
        answer = asdict(found)
    except Rejected as refused:
        answer = {"rejected": refused.code, "facts": refused.facts}
    except MemoryError:
        answer = {"rejected": "bomb", "facts": {}}
    except RecursionError:
        answer = {"rejected": "broken", "facts": {}}
    # The bytes travel back only where they were changed.
    answer["same"] = kept == data
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + (b"" if answer["same"] else kept))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
