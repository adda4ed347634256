"""Every address of the platform and who may open it. A new address without a line here fails the walk."""

PUBLIC, SIGNED_IN, CITIZEN, STAFF, DEVELOPMENT = "public", "signed_in", "citizen", "staff", "development"


def only(permission: str) -> str:
    """Officers with this permission."""
    return f"{STAFF}:{permission}"


EXPECTED: dict[str, str] = {
    "healthz": PUBLIC,
    "set_language": PUBLIC,
    "ui:density": PUBLIC,
    "events:live": STAFF,
    **dict.fromkeys(
        [
            "centre:wall", "centre:live", "centre:home", "centre:figure", "centre:indicator", "centre:records", "centre:alerts", "centre:alert",
            "centre:brief", "centre:brief_paper", "centre:export", "centre:dashboards", "centre:dashboard", "centre:dashboard_export",
            "centre:brief_subscribe", "centre:brief_unsubscribe",
        ],
        only("centre.view"),
    ),
    **dict.fromkeys(
        [
            "centre:annotate", "centre:alert_acknowledge", "centre:alert_assign", "centre:alert_close", "centre:silences",
            "centre:silence_end", "centre:note_withdraw",
        ],
        only("centre.handle"),
    ),
    **dict.fromkeys(["centre:dashboard_make", "centre:dashboard_change", "centre:dashboard_put_away"], only("centre.design")),
    **dict.fromkeys(
        [
            "centre:keys", "centre:key_revoke", "centre:brief_write", "centre:brief_readers", "centre:brief_reader_end",
            # All may read what holds for their screens and alerts; the services let only those change it who manage the whole province.
            "centre:rules", "centre:rule", "centre:rule_make", "centre:rule_change", "centre:rule_end", "centre:rule_resume",
            "centre:layouts", "centre:layout", "centre:layout_make", "centre:layout_change", "centre:layout_remove", "centre:layout_restore",
            "centre:layout_preview",
        ],
        only("centre.manage"),
    ),
    **dict.fromkeys(["centre:screen", "centre:live_screen"], "token"),
    **dict.fromkeys(
        [
            "junctions:overview", "junctions:overview_part", "junctions:alerts", "junctions:arming", "junctions:plans",
            "junctions:plan", "junctions:shadow", "junctions:gain", "junctions:junction", "junctions:junction_part",
            "junctions:layout", "junctions:signals", "junctions:counts", "junctions:gain_running", "junctions:priority",
            # The service lets who plans or approves withdraw a draft, who approves a plan in use as well.
            "junctions:layout_version", "junctions:layout_withdraw", "junctions:plan_withdraw",
            "junctions:events", "junctions:event", "junctions:event_rehearsing", "junctions:event_end",
        ],
        only("traffic.view"),
    ),
    **dict.fromkeys(
        [
            "junctions:alert_acknowledge", "junctions:alert_close", "junctions:ask", "junctions:withdraw", "junctions:disarm",
            "junctions:override", "junctions:override_cancel",
        ],
        only("traffic.operate"),
    ),
    **dict.fromkeys(
        ["junctions:confirm", "junctions:plan_approve", "junctions:layout_approve", "junctions:event_approve"],
        only("traffic.approve"),
    ),
    **dict.fromkeys(["junctions:announce", "junctions:priority_passed", "junctions:priority_cancel"], only("traffic.priority")),
    **dict.fromkeys(["junctions:event_new", "junctions:event_change", "junctions:event_rehearse"], only("traffic.plan")),
    "junctions:plan_new": only("traffic.plan"),
    "junctions:detectors": only("traffic.plan"),
    "junctions:replay": only("traffic.plan"),
    "junctions:public": PUBLIC,
    **dict.fromkeys(["junctions:cameras", "junctions:calibration"], only("traffic.plan")),
    "api:junctions": "client:traffic.view",
    "api:flows": "client:traffic.view",
    "api:priority": "client:traffic.priority",
    "api:buses": "client:traffic.buses",
    **dict.fromkeys(
        [f"indicators:{page}" for page in (
            "overview", "matrix", "reminders", "indicator", "provenance", "report", "reopen", "narratives", "narratives_of", "narrative", "time", "ask_time",
            "narrative_ask_time",
        )],
        only("indicators.view"),
    ),
    **dict.fromkeys(
        [f"indicators:{page}" for page in ("reports", "cell", "part_cell", "send", "sheet", "upload")], only("indicators.report")
    ),
    **dict.fromkeys([f"indicators:{page}" for page in ("check", "verify", "return", "narrative_check", "narrative_return")], only("indicators.verify")),
    **dict.fromkeys([f"indicators:{page}" for page in (
        "publish", "extend", "waive", "narrative_hand_on", "narrative_extend", "narrative_waive", "refuse_time",
    )], only("indicators.publish")),
    **dict.fromkeys(
        [f"indicators:{page}" for page in (
            "catalogue", "new", "change", "formula", "end", "target", "rules", "rule_end", "outlines", "outline", "locks", "lock_ask",
            "lock_open", "ladder", "rung_end", "dimensions", "dimension", "dimension_end", "category_end", "breakdowns", "breakdown_end",
        )],
        only("indicators.keep"),
    ),
    **dict.fromkeys([f"indicators:{page}" for page in ("open_data", "open_data_csv", "open_data_json")], PUBLIC),
    "ui:style": DEVELOPMENT,
    "ui:shell": DEVELOPMENT,
    **dict.fromkeys(["access:list", "access:role"], only("access.view")),
    **dict.fromkeys(["access:grant", "access:revoke"], only("access.grant")),
    **dict.fromkeys(["organizations:list", "organizations:agency", "organizations:position"], only("organizations.view")),
    **dict.fromkeys(
        [
            "organizations:open", "organizations:change", "organizations:move", "organizations:end",
            "organizations:add_position", "organizations:change_position", "organizations:end_position",
            "organizations:appoint", "organizations:end_holding",
        ],
        only("organizations.edit"),
    ),
    # A holder arranges their own absence; the service decides about anybody else's.
    **dict.fromkeys(["organizations:substitute", "organizations:end_substitution"], STAFF),
    **dict.fromkeys(
        [
            "accounts:sign_in", "accounts:oidc_return", "accounts:staff_sign_in", "accounts:second_factor",
            "accounts:no_position", "accounts:sign_out", "accounts:password",
        ],
        PUBLIC,
    ),
    **dict.fromkeys(["accounts:profile", "accounts:end_session"], SIGNED_IN),
    **dict.fromkeys(
        [
            "accounts:positions", "accounts:second_factors", "accounts:enrol_app", "accounts:enrol_key",
            "accounts:renew_codes", "accounts:remove_factor",
        ],
        STAFF,
    ),
    **dict.fromkeys(["accounts:list", "accounts:enrol", "accounts:account", "accounts:change"], only("accounts.manage")),
    **dict.fromkeys(["accounts:keys", "accounts:revoke_key"], only("accounts.manage")),
    # Other systems, with a key.
    "api:openapi-json": PUBLIC,
    "api:api-root": DEVELOPMENT,
    "api:cases": "client:cases.receive",
    "api:case": "client:cases.view",
    "api:procedure": "client:cases.receive",
    "api:indicator": "client:indicators.view",
    **dict.fromkeys(
        ["api:measures", "api:measure", "api:measure_series", "api:measure_records"], "client:measures.view"
    ),
    **dict.fromkeys(["measures:ask", "measures:analysis"], only("measures.analyse")),
    **dict.fromkeys(["measures:open_data", "measures:open_data_csv", "measures:open_data_json"], PUBLIC),
    **dict.fromkeys(["places:list", "places:map", "places:boundaries", "places:unit"], STAFF),
    **dict.fromkeys(
        [
            "places:load_boundaries", "places:drop_boundaries", "places:edit", "places:change", "places:declare",
            "places:shares", "places:withdraw",
        ],
        only("places.edit"),
    ),
    "notifications:inbox": SIGNED_IN,
    "notifications:preferences": CITIZEN,
    **dict.fromkeys(
        ["notifications:templates", "notifications:template", "notifications:deliveries", "notifications:retry"],
        only("notifications.edit"),
    ),
    **dict.fromkeys(["people:list", "people:record"], only("people.view")),
    **dict.fromkeys(["people:register", "people:change"], only("people.edit")),
    "people:merge": only("people.merge"),
    "people:mine": CITIZEN,
    **dict.fromkeys(["files:preview", "files:download"], SIGNED_IN),
    **dict.fromkeys(["files:admin", "files:set_limit"], only("files.manage")),
    **dict.fromkeys(
        ["quality:overview", "quality:table", "quality:losses", "quality:risk", "quality:what_if"], only("quality.view")
    ),
    **dict.fromkeys(["quality:weights", "quality:scores", "quality:change"], only("quality.manage")),
    **dict.fromkeys(
        [
            "calendars:list", "calendars:open", "calendars:calendar", "calendars:year", "calendars:confirm", "calendars:day",
            "calendars:cancel", "calendars:swap", "calendars:hours", "calendars:set_hours", "calendars:set_cutoff",
            "calendars:trial",
        ],
        only("calendars.edit"),
    ),
    **dict.fromkeys(
        [
            "signatures:admin", "signatures:enrol", "signatures:check", "signatures:credential", "signatures:picture",
            "signatures:revoke", "signatures:authorities", "signatures:add_authority", "signatures:refresh_lists",
            "signatures:end_authority",
        ],
        only("signatures.manage"),
    ),
    **dict.fromkeys(
        ["exchange:systems", "exchange:system", "exchange:queue", "exchange:message", "exchange:content", "exchange:inbox"],
        only("exchange.view"),
    ),
    **dict.fromkeys(
        ["exchange:open", "exchange:pause", "exchange:address", "exchange:pace", "exchange:replay"], only("exchange.manage")
    ),
    **dict.fromkeys(
        [
            "reporting:overview", "reporting:packets", "reporting:packet", "reporting:mapping", "reporting:comparisons",
            "reporting:comparison", "reporting:sources", "reporting:source", "reporting:quarantine",
        ],
        only("reporting.view"),
    ),
    **dict.fromkeys(
        ["reporting:field", "reporting:verify", "reporting:compare", "reporting:change_source", "reporting:draw"],
        only("reporting.manage"),
    ),
    **dict.fromkeys(["audit:list", "audit:entry", "audit:chains", "audit:chain", "audit:verify"], only("audit.view")),
    **dict.fromkeys(
        ["procedures:home", "procedures:catalogue", "procedures:procedure", "procedures:check", "procedures:version"], PUBLIC
    ),
    **dict.fromkeys(
        [
            "procedures:admin", "procedures:version_admin", "procedures:imports", "procedures:import_batch",
            "procedures:import_record", "procedures:sheet",
        ],
        only("procedures.view"),
    ),
    **dict.fromkeys(
        [
            "procedures:draft_new", "procedures:draft_from", "procedures:draft", "procedures:sheet_new",
            "procedures:sheet_edit", "procedures:sheet_simulate",
        ],
        only("procedures.edit"),
    ),
    **dict.fromkeys(
        ["procedures:approve", "procedures:publish", "procedures:import_decide", "procedures:sheet_approve", "procedures:fee_new", "procedures:fee_end"],
        only("procedures.approve"),
    ),
    **dict.fromkeys(
        [
            "cases:file", "cases:filing", "cases:filing_page", "cases:filing_check", "cases:filing_discard",
            "cases:filing_done", "cases:my_cases", "cases:my_case", "cases:my_supplement", "cases:my_withdraw",
            "cases:my_rate", "cases:my_write",
        ],
        CITIZEN,
    ),
    **dict.fromkeys(["cases:track", "cases:verify_file", "cases:verify"], PUBLIC),
    **dict.fromkeys(["cases:form", "cases:result"], SIGNED_IN),
    **dict.fromkeys(["cases:counter", "cases:counter_page", "cases:counter_check", "cases:counter_done"], only("cases.receive")),
    **dict.fromkeys(
        [
            "cases:queue", "cases:queue_of", "cases:search", "cases:bulk", "cases:register", "cases:case", "cases:act",
            "cases:write", "cases:claim", "cases:control_sheet",
        ],
        only("cases.view"),
    ),
}  # fmt: skip

# Addresses of a record that belongs to a unit: nobody of another unit gets it, whatever their role there.
OF_A_UNIT = frozenset(
    {
        "cases:case", "cases:act", "cases:write", "cases:claim", "cases:control_sheet", "cases:form", "cases:result",
        "cases:counter_done", "files:download", "files:preview",
    }
)  # fmt: skip
# Addresses of a record that belongs to a citizen: to others it does not exist.
OF_A_CITIZEN = frozenset(
    {
        "cases:filing_done", "cases:my_case", "cases:my_supplement", "cases:my_withdraw", "cases:my_rate", "cases:my_write",
        "cases:filing", "cases:filing_page", "cases:filing_check", "cases:filing_discard", "cases:form", "cases:result",
        "files:download", "files:preview",
    }
)  # fmt: skip
