"""The design system: shells, components, formats. Every page of the platform is put together from these."""
