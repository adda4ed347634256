"""The job queue: procrastinate on the same database, so that a job is written in the transaction that needs it."""

from procrastinate import App


def on_app_ready(app: App) -> None:
    """Nothing to add to the application; tasks register themselves by import."""
