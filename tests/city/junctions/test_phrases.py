"""Every sentence of gate, controllers and control process has an entry, and is said in the language of the reader."""

import ast
from datetime import date
from pathlib import Path

import pytest
from django.utils import translation

import langbiang.city.traffic
from langbiang.city.junctions import phrases
from langbiang.city.junctions.queries import CAMERA_WORDS
from langbiang.city.junctions.services.signals import finding_word
from langbiang.city.traffic.signals import watchdog

TRAFFIC = Path(langbiang.city.traffic.__file__).parent
SPEAKERS = (
    "gate/gate.py", "gate/arming.py", "process/loop.py", "process/orders.py", "process/pressure.py",
    "process/horizon.py", "process/ladder.py", "process/running.py", "control/horizon.py",
    "process/priority.py", "process/planned.py", "process/watching.py", "priority/emergency.py", "priority/controller.py",
)
# Never seen by an operator: what the gate allows is not kept, these cannot come from this process, or they go to the log alone.
NOT_SHOWN = (
    "Keeps the running stage.", "Armed by 0, confirmed by 0.", "Stage 0 begins.", "The command is for another junction.",
    "The decision is not between 0 s and 0 s old.", "the lease is for junction 0", "the lease runs longer than 0 s",
    "%s ended and begins anew", "%s was not given back in order: %s: %s", "%s: %s: %s", "the cameras of 0", "the counts of 0",
)  # fmt: skip


def sentences() -> list[str]:
    """Strings with a blank that begin a sentence or give a reason, with 0 in place of every value."""
    found = []
    for name in SPEAKERS:
        tree = ast.parse((TRAFFIC / name).read_text(encoding="utf-8"))
        docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        for node in ast.walk(tree):
            if id(node) in docs or id(node) in inside:
                continue
            if isinstance(node, ast.JoinedStr):
                text = "".join(str(part.value) if isinstance(part, ast.Constant) else "0" for part in node.values)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = node.value
            else:
                continue
            if " " in text.strip() and "0: 0" not in text and text not in NOT_SHOWN:
                found.append(text)
    return found


@pytest.mark.parametrize("sentence", sorted(set(sentences())))
def test_every_sentence_has_an_entry(sentence: str) -> None:
    assert phrases.found(sentence), sentence


@pytest.mark.parametrize("kind", [watchdog.SILENT, watchdog.STUCK_MAX, watchdog.STUCK_FORCE, watchdog.FEW_VEHICLES, watchdog.MANY_PRESSES])
def test_what_the_watch_over_the_log_finds_is_kept_in_english_and_said_in_the_language_of_the_reader(kind: str) -> None:
    with translation.override("vi"):
        kept = finding_word(watchdog.Finding(kind, 3, 96, 90), day=date(2026, 11, 2))
        assert phrases.found(kept)
        said = phrases.say(kept)
    assert kept.startswith("02/11/2026: ")
    assert said.startswith("02/11/2026: ")
    assert said != kept
    assert "96" in said
    assert "%%" not in kept + said
    with translation.override("en"):
        assert phrases.say(kept) == kept


@pytest.mark.parametrize("word", [word for code, word in CAMERA_WORDS.items() if code != "ok"])
def test_the_state_of_a_camera_inside_a_sentence_has_an_entry_of_its_own(word: str) -> None:
    assert word in phrases.PHRASES


def test_a_sentence_is_said_in_the_language_of_the_reader_with_what_stands_inside_it() -> None:
    with translation.override("vi"):
        assert phrases.say("Stage 2: 14 wait there, 3 in stage 1.") == "Pha 2: 14 xe đang chờ, so với 3 xe ở pha 1."
        assert phrases.say("Disarmed: the cabinet is in flash.") == "Đã thu lại: tủ đang ở trạng thái vàng nháy."
        assert phrases.say("Flashing by order.\nKeeps green: nobody in view.") == "Vàng nháy theo lệnh. Giữ xanh: không thấy xe nào."
        assert phrases.say("Ordered by Lan: Lễ hội hoa") == "Lệnh của Lan: Lễ hội hoa"
        assert phrases.say("Something else entirely") == "Something else entirely"
    with translation.override("en"):
        assert phrases.say("Not driven: The cabinet's own plan, until three quiet cycles have passed.").startswith("Not driven: The cabinet's own")
