from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "langbiang.government.cases"
    label = "cases"

    def ready(self) -> None:
        from langbiang.foundation.access.roles import extend_role

        from .policies import ROLE_PERMISSIONS

        for code, permissions in ROLE_PERMISSIONS.items():
            extend_role(code, permissions)
        from langbiang.foundation.files.policies import register_holder, register_reader
        from langbiang.government.procedures.queries.catalogue import register_usage
        from langbiang.government.procedures.services.sheets import register_simulation

        from . import measures, queries, simulation, statuses, subscribers  # noqa: F401  (some register themselves)

        statuses.define()
        register_reader("cases", queries.may_read_file)
        register_holder("cases", queries.files_needed)
        register_usage(queries.most_filed)
        register_simulation(simulation.simulate)
