"""`{% load ui %}`: the tags and filters of the design system. See docs/design-system.md."""

from langbiang.foundation.ui.tags import actions, fields, figures, records, shells, tables  # noqa: F401  (they register)
from langbiang.foundation.ui.tags.library import register

__all__ = ["register"]
