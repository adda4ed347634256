"""The processes of a started platform stay up by themselves."""

from tests.platform import Platform


def test_no_process_had_to_be_started_again(platform: Platform) -> None:
    platform.ask("import time; time.sleep(3)")
    assert "started again" not in (platform.home / "up.log").read_text(errors="replace")
    for command in ("worker", "worker --prompt"):
        assert platform.pids(f"langbiang {command}"), command
