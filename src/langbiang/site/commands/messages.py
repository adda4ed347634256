"""Translations: what is missing, and building the files the program reads."""

import re
from io import BytesIO
from pathlib import Path

import typer

app = typer.Typer(no_args_is_help=True, help="Translations: list what is missing, compile.")
SOURCE = Path(__file__).resolve().parents[2]
_KEYWORDS: dict[str, object] = {
    "gettext": None,
    "gettext_lazy": None,
    "_": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


def rooms() -> list[Path]:
    """Folders that carry their own translations: every room, and the site."""
    floors = [folder for folder in SOURCE.iterdir() if folder.is_dir() and folder.name not in ("site", "__pycache__")]
    found = [room for floor in floors for room in sorted(floor.iterdir()) if (room / "__init__.py").exists()]
    return [*found, SOURCE / "site"]


def extract(room: Path) -> set[tuple[str | None, str | tuple[str, ...]]]:
    """(context, message or (singular, plural)) of every translatable text in a room's code and templates."""
    from babel.messages.extract import extract as babel_extract
    from django.utils.translation.template import templatize

    found: set[tuple[str | None, str | tuple[str, ...]]] = set()
    for path in sorted([*room.rglob("*.py"), *room.rglob("*.html"), *room.rglob("*.txt")]):
        if "migrations" in path.parts or "node_modules" in path.parts or "static" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        if path.suffix != ".py":
            text = templatize(text, origin=str(path))
            text = re.sub(r"^X+$", "", text, flags=re.M)
            # Each call on a line of its own: what lies between is filler that need not be Python.
            text = "\n".join(_calls(text))
        for _line, message, _comments, context in babel_extract("python", BytesIO(text.encode()), keywords=_KEYWORDS):  # type: ignore[arg-type]  # bytes are read as well as text
            if message:
                found.add((context, message if isinstance(message, str) else tuple(message)))
    return found


def _calls(text: str) -> list[str]:
    pattern = re.compile(
        r"""\b(?:gettext|ngettext|pgettext|npgettext|_)\((?:[^()"']|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\([^()]*\))*\)""",
        re.S,
    )
    return [match.group(0).replace("\n", " ") for match in pattern.finditer(text)]


def missing(room: Path) -> list[tuple[str | None, str | tuple[str, ...]]]:
    """Texts of a room without a Vietnamese translation of its own."""
    from babel.messages.pofile import read_po

    known: set[tuple[str | None, str]] = set()
    path = room / "locale" / "vi" / "LC_MESSAGES" / "django.po"
    if path.exists():
        with path.open("rb") as stream:
            for entry in read_po(stream, locale="vi"):
                if (
                    entry.id
                    and entry.string
                    and not entry.fuzzy
                    and (isinstance(entry.string, str) or all(entry.string))
                ):
                    known.add((entry.context, entry.id if isinstance(entry.id, str) else entry.id[0]))
    return sorted(
        (item for item in extract(room) if (item[0], item[1] if isinstance(item[1], str) else item[1][0]) not in known),
        key=str,
    )


@app.command("missing")
def list_missing(room: Path) -> None:
    """Print the texts of a room that have no translation, as entries to fill in."""
    import json

    from langbiang.site.ready import setup

    setup()
    for context, message in missing(room.resolve()):
        if context:
            print(f"msgctxt {json.dumps(context, ensure_ascii=False)}")
        if isinstance(message, str):
            print(f'msgid {json.dumps(message, ensure_ascii=False)}\nmsgstr ""\n')
        else:
            print(f"msgid {json.dumps(message[0], ensure_ascii=False)}")
            print(f'msgid_plural {json.dumps(message[1], ensure_ascii=False)}\nmsgstr[0] ""\n')


@app.command("compile")
def compile_all() -> None:
    """Build the .mo files of every room whose .po is newer."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    for room in rooms():
        for path in room.glob("locale/*/LC_MESSAGES/django.po"):
            target = path.with_suffix(".mo")
            if target.exists() and target.stat().st_mtime >= path.stat().st_mtime:
                continue
            with path.open("rb") as stream:
                catalog = read_po(stream, locale=path.parts[-3])
            draft = target.with_suffix(".mo.new")
            with draft.open("wb") as stream:
                write_mo(stream, catalog)
            draft.replace(target)
