"""The command line: `langbiang --help`."""

from importlib.util import find_spec
from pathlib import Path

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


def _mount() -> None:
    """Rooms bring their own commands in `commands.py` (a typer application named `app`); Django is ready when they run."""
    from langbiang.site import commands
    from langbiang.site.commands.control import control
    from langbiang.site.ready import setup

    commands.mount(app)
    for name, module in {
        "procedures": "langbiang.government.procedures.commands",
        "quality": "langbiang.government.quality.commands",
        "indicators": "langbiang.government.indicators.commands",
        "audit": "langbiang.foundation.audit.commands",
        "files": "langbiang.foundation.files.commands",
        "measures": "langbiang.foundation.measures.commands",
        "places": "langbiang.foundation.places.commands",
        "demo": "langbiang.site.commands.demo",
        "messages": "langbiang.site.commands.messages",
        "traffic": "langbiang.city.traffic.cli",
    }.items():
        package = Path(__file__).parent.joinpath(*module.split(".")[1:])
        if package.with_suffix(".py").exists() or package.is_dir():
            if find_spec(module) is None:
                continue
            loaded = __import__(module, fromlist=["app"])
            needs_django = name != "traffic"
            if needs_django and loaded.app.registered_callback is None:
                loaded.app.callback()(setup)
            if name == "traffic":  # put together on the ground floor: it joins two rooms of the wing
                loaded.app.command("control")(control)
            app.add_typer(loaded.app, name=name)


def main() -> None:
    """Entry point of the `langbiang` program."""
    _mount()
    app()


if __name__ == "__main__":
    main()
