/** Hides questions that do not apply to what was answered on the same page; without it all are shown. */
interface Condition {
  question?: string;
  all?: Condition[];
  any?: Condition[];
  not?: Condition;
  const?: boolean;
  is?: unknown;
  is_not?: unknown;
  in?: unknown[];
  filled?: boolean;
  less_than?: number;
  greater_than?: number;
}

function answersTo(form: HTMLFormElement, name: string): string[] {
  return new FormData(form).getAll(name).map((value) => (typeof value === "string" ? value.trim() : value.name)).filter(Boolean);
}

function same(given: string, wanted: unknown): boolean {
  if (typeof wanted === "boolean") return given === (wanted ? "yes" : "no");
  return given === String(wanted);
}

function holds(condition: Condition, form: HTMLFormElement): boolean {
  if (condition.const !== undefined) return condition.const;
  if (condition.all) return condition.all.every((part) => holds(part, form));
  if (condition.any) return condition.any.some((part) => holds(part, form));
  if (condition.not) return !holds(condition.not, form);
  const given = answersTo(form, condition.question ?? "");
  if ("is" in condition) return given.some((value) => same(value, condition.is));
  if ("is_not" in condition) return !given.some((value) => same(value, condition.is_not));
  if (condition.in) return given.some((value) => condition.in?.some((wanted) => same(value, wanted)));
  if (condition.filled !== undefined) return given.length > 0 === condition.filled;
  const number = Number((given[0] ?? "").replace(/\./g, ""));
  if (condition.less_than !== undefined) return given.length > 0 && number < condition.less_than;
  if (condition.greater_than !== undefined) return given.length > 0 && number > condition.greater_than;
  return true;
}

export function showWhatApplies(): void {
  const parts = Array.from(document.querySelectorAll<HTMLElement>("[data-shown-if]"));
  const update = (): void => {
    for (const part of parts) {
      const form = part.closest("form");
      if (form) part.hidden = !holds(JSON.parse(part.dataset.shownIf ?? "{}") as Condition, form);
    }
  };
  if (parts.length === 0) return;
  document.addEventListener("input", update);
  document.addEventListener("change", update);
  update();
}
