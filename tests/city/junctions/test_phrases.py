"""Every sentence of gate, controllers and control process has an entry, and is said in the language of the reader."""

import ast
from pathlib import Path

import pytest
from django.utils import translation

import langbiang.city.traffic
from langbiang.city.junctions import phrases

TRAFFIC = Path(langbiang.city.traffic.__file__).parent
SPEAKERS = (
    "gate/gate.py", "gate/arming.py", "process/loop.py", "process/orders.py", "process/pressure.py",
    "process/horizon.py", "process/ladder.py", "process/running.py", "control/horizon.py",
    "process/priority.py", "process/watching.py", "priority/emergency.py", "priority/controller.py",
)
# Never seen by an operator: what the gate allows is not kept, and these cannot come from this process.
NOT_SHOWN = (
    "Keeps the running stage.", "Armed by 0, confirmed by 0.", "Stage 0 begins.", "The command is for another junction.",
    "The decision is not between 0 s and 0 s old.", "the lease is for junction 0", "the lease runs longer than 0 s",
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


def test_a_sentence_is_said_in_the_language_of_the_reader_with_what_stands_inside_it() -> None:
    with translation.override("vi"):
        assert phrases.say("Stage 2: 14 wait there, 3 in stage 1.") == "Pha 2: 14 xe đang chờ, so với 3 xe ở pha 1."
        assert phrases.say("Disarmed: the cabinet is in flash.") == "Đã thu lại: tủ đang ở trạng thái vàng nháy."
        assert phrases.say("Flashing by order.\nKeeps green: nobody in view.") == "Vàng nháy theo lệnh. Giữ xanh: không thấy xe nào."
        assert phrases.say("Ordered by Lan: Lễ hội hoa") == "Lệnh của Lan: Lễ hội hoa"
        assert phrases.say("Something else entirely") == "Something else entirely"
    with translation.override("en"):
        assert phrases.say("Not driven: The cabinet's own plan, until three quiet cycles have passed.").startswith("Not driven: The cabinet's own")
