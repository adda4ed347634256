"""One row of yes-and-no facts per case, as a SELECT: what statistics count, said once, in one statement for all cases.

Parameters: %(zone)s the time zone days are decided in; %(online)s intakes that count as online; %(satisfied)s the lowest
rating that is not dissatisfied; %(marks)s beginnings of payment notes that mean "paid online"; %(original)s whether the
first due date counts instead of the present one; %(apology)s whether an extension without form 04 does not count.
With `only`, %(ids)s names the cases.
"""


_SQL = """
SELECT c.id AS case_id, c.competent_unit_id AS agency_id, coalesce(w.last[2], 0) AS officer_id, v.procedure_id, c.field,
  (coalesce(c.received_at, c.submitted_at) AT TIME ZONE %(zone)s)::date AS received_day,
  (c.processing_end_at AT TIME ZONE %(zone)s)::date AS ended_day,
  r.yes AS received,
  r.yes AND c.intake = ANY(%(online)s) AS online,
  r.yes AND c.sync <> 'none' AS sync_known,
  r.yes AND c.sync = 'ok' AS synced,
  r.yes AND v.online_level IN ('partial', 'full') AS online_offered,
  r.yes AND f.procedure_id IS NOT NULL AS fee_listed,
  r.yes AND coalesce(h.charged, false) AS charged,
  r.yes AND coalesce(h.paid_online, false) AS paid_online,
  r.yes AND coalesce(d.digitised, false)
    AND (c.processing_end_at IS NULL OR NOT v.needs_paper_result OR p.case_id IS NOT NULL) AS digitised,
  r.yes AND coalesce(d.reused, false) AS reused,
  r.yes AND m.case_id IS NOT NULL AS asked,
  r.yes AND coalesce(m.answered, false) AS answered,
  c.business = 'refused' AS refused,
  e.yes AS ended,
  e.yes AND coalesce(c.processing_end_at <= CASE
      WHEN %(original)s THEN c.due_original
      WHEN %(apology)s AND x.times > coalesce(y.forms, 0) THEN x.due_before
      ELSE c.due_current END, true) AS on_time,
  e.yes AND v.needs_paper_result AS result_needed,
  e.yes AND v.needs_paper_result AND p.case_id IS NOT NULL AS result_digital,
  e.yes AND g.score IS NOT NULL AS rated,
  e.yes AND coalesce(g.score >= %(satisfied)s, false) AS satisfied
FROM cases_case c
JOIN procedures_procedureversion v ON v.id = c.procedure_version_id
CROSS JOIN LATERAL (SELECT c.received_at IS NOT NULL AND c.business <> 'refused' AS yes) r
CROSS JOIN LATERAL (SELECT r.yes AND c.processing_end_at IS NOT NULL AS yes) e
LEFT JOIN (SELECT DISTINCT procedure_id FROM procedures_feerule WHERE amount_vnd > 0) f
  ON f.procedure_id = v.procedure_id
LEFT JOIN (SELECT case_id, max(ARRAY[id, assignee_id]) AS last FROM cases_workitem
  WHERE kind = 'step' AND assignee_id IS NOT NULL {only} GROUP BY case_id) w ON w.case_id = c.id
LEFT JOIN (SELECT case_id, bool_or(amount_vnd > 0) AS charged,
    bool_or(amount_vnd > 0 AND paid_at IS NOT NULL AND payment_note ^@ ANY(%(marks)s)) AS paid_online
  FROM cases_charge WHERE true {only} GROUP BY case_id) h ON h.case_id = c.id
LEFT JOIN (SELECT case_id, bool_or(digitisation >= 1 AND file_id IS NOT NULL) AS digitised,
    bool_or(digitisation >= 2) AS reused
  FROM cases_casedocument WHERE digitisation >= 1 {only} GROUP BY case_id) d ON d.case_id = c.id
LEFT JOIN (SELECT DISTINCT case_id FROM cases_caseresult
  WHERE state = 'released' AND NOT is_paper AND file_id IS NOT NULL {only}) p ON p.case_id = c.id
LEFT JOIN (SELECT case_id, count(*) AS times, (array_agg(due_from ORDER BY at, id))[1] AS due_before
  FROM cases_duechange WHERE kind = 'extension' {only} GROUP BY case_id) x ON x.case_id = c.id
LEFT JOIN (SELECT case_id, count(*) AS forms FROM cases_issuedform
  WHERE form_no = '04' {only} GROUP BY case_id) y ON y.case_id = c.id
LEFT JOIN (SELECT case_id, score FROM cases_rating WHERE true {only}) g ON g.case_id = c.id
LEFT JOIN (SELECT case_id, max(at) FILTER (WHERE from_applicant) < max(at) FILTER (WHERE NOT from_applicant) AS answered
  FROM cases_message WHERE true {only} GROUP BY case_id HAVING bool_or(from_applicant)) m ON m.case_id = c.id
WHERE (c.received_at IS NOT NULL OR c.business = 'refused') {only_case}
"""


def fact_rows_sql(*, only: bool = False) -> str:
    """The statement for all cases, or for those of %(ids)s."""
    return _SQL.format(
        only="AND case_id = ANY(%(ids)s)" if only else "", only_case="AND c.id = ANY(%(ids)s)" if only else ""
    )
