from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccessConfig(AppConfig):
    name = "langbiang.foundation.access"
    label = "access"

    def ready(self) -> None:
        from .roles import define_role

        define_role("receiver", _("One-stop receiving officer"), {"people.view", "people.edit", "files.upload"})
        define_role("dispatcher", _("Head who assigns work"), {"people.view", "files.upload"})
        define_role("officer", _("Case officer"), {"people.view", "files.upload"})
        define_role("field_team", _("Field check team"), {"files.upload"})
        define_role("consulted", _("Consulted officer"), {"files.upload"})
        define_role("council_secretary", _("Council secretary"), {"files.upload"})
        define_role("reviewer", _("Reviewing head"), {"people.view", "files.upload"})
        define_role("signer", _("Signing leader"), {"people.view", "files.upload", "signatures.sign"})
        define_role("clerk", _("Records clerk"), {"people.view", "files.upload", "signatures.seal"})
        define_role("cashier", _("Cashier"), {"people.view"})
        define_role("returner", _("Officer who returns results"), {"people.view", "files.upload"})
        define_role("leader", _("Leader of the agency"), {"people.view"})
        define_role("catalogue_officer", _("Catalogue officer"), {"procedures.view", "procedures.edit"})
        define_role("catalogue_approver", _("Catalogue approver"), {"procedures.view", "procedures.approve"})
        define_role(
            "unit_admin",
            _("Administrator of a unit"),
            {
                "organizations.view",
                "organizations.edit",
                "access.view",
                "access.grant",
                "accounts.manage",
                "calendars.edit",
            },
        )
        define_role(
            "system_admin",
            _("Administrator of the platform"),
            {
                "organizations.view",
                "organizations.edit",
                "access.view",
                "access.grant",
                "accounts.manage",
                "calendars.edit",
                "places.edit",
                "people.merge",
                "people.view",
                "people.edit",
                "notifications.edit",
                "signatures.manage",
                "procedures.view",
                "system.view",
                "audit.view",
            },
        )
        define_role("auditor", _("Auditor"), {"audit.view", "organizations.view", "access.view", "procedures.view"})
