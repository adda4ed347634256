"""The processes of a started platform stay up by themselves."""

import re
from collections import Counter

from tests.platform import Platform


def test_no_process_had_to_be_started_again(platform: Platform) -> None:
    platform.ask("import time; time.sleep(3)")
    said = (platform.home / "up.log").read_text(errors="replace")
    again = Counter(re.findall(r"^(\S+) .*started again", said, flags=re.MULTILINE))
    assert again - Counter(platform.killed) == Counter()
    for command in ("worker", "worker --prompt"):
        assert platform.pids(f"langbiang {command}"), command
