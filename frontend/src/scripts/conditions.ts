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
  age_below?: number;
  age_from?: number;
}

type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

function isField(element: Element): element is Field {
  return element instanceof HTMLInputElement || element instanceof HTMLSelectElement || element instanceof HTMLTextAreaElement;
}

/** What stands in the fields of one name. A question that is hidden is not asked: what stands in it counts as nothing. */
function standingIn(form: HTMLFormElement, name: string): string[] {
  return Array.from(form.elements)
    .filter(isField)
    .filter((field) => field.name === name && !field.closest("[data-shown-if][hidden]"))
    .filter((field) => !(field instanceof HTMLInputElement && /^(radio|checkbox)$/.test(field.type)) || field.checked)
    .map((field) => field.value.trim())
    .filter(Boolean);
}

function answersTo(form: HTMLFormElement, name: string): string[] {
  const plain = standingIn(form, name);
  if (plain.length) return plain;
  const parts = ["day", "month", "year"].map((part) => standingIn(form, `${name}_${part}`)[0] ?? "");
  return parts.some(Boolean) ? [parts.join("/")] : [];
}

function same(given: string, wanted: unknown): boolean {
  if (typeof wanted === "boolean") return given === (wanted ? "yes" : "no");
  return given === String(wanted);
}

function numberIn(given: string | undefined): number {
  return given ? Number(given.replace(/[.\s]/g, "").replace(",", ".")) : NaN;
}

/** Whole years from a day typed day/month/year to today; NaN when it is no day. */
function ageFrom(given: string | undefined): number {
  const [, day, month, year] = (/^(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})$/.exec(given ?? "") ?? []).map(Number);
  if (!day || !month || !year) return NaN;
  const today = new Date();
  const before = today.getMonth() + 1 < month || (today.getMonth() + 1 === month && today.getDate() < day);
  return today.getFullYear() - year - (before ? 1 : 0);
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
  if (condition.less_than !== undefined) return numberIn(given[0]) < condition.less_than;
  if (condition.greater_than !== undefined) return numberIn(given[0]) > condition.greater_than;
  if (condition.age_below !== undefined) return ageFrom(given[0]) < condition.age_below;
  if (condition.age_from !== undefined) return ageFrom(given[0]) >= condition.age_from;
  return true;
}

export function showWhatApplies(): void {
  const parts = Array.from(document.querySelectorAll<HTMLElement>("[data-shown-if]"));
  // In the order of the page: a question looks only at earlier ones, which are already decided.
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
