"""Forms as data: questions in groups become accessible pages, drafts and checked answers (docs/forms.md)."""
