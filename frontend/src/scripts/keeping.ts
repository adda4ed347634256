/** What is being typed, and where the keyboard stands, outlive a part of the page that is swapped meanwhile. */

const FOCUSABLE = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";

interface Place {
  id: string;
  next: HTMLElement | null;
  typed: string | null;
  selection: [number, number] | null;
}

interface Swap {
  target: HTMLElement;
  requestConfig?: { parameters?: Record<string, unknown> };
}

let place: Place | null = null;

/** Keeps both for every swap on the page. */
export function keepPlaceInSwaps(): void {
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, requestConfig } = (event as CustomEvent<Swap>).detail;
    const active = document.activeElement;
    place = active instanceof HTMLElement && active.id && target.contains(active) ? placeOf(active, target) : null;
    // What the answer speaks of is not "being typed" any more.
    if (place && isField(active as Element) && requestConfig?.parameters?.[(active as HTMLInputElement).name] === place.typed) place.typed = null;
  });
  document.addEventListener("htmx:afterSettle", () => {
    const kept = place;
    place = null;
    if (!kept) return;
    const now = document.getElementById(kept.id);
    if (!now) {
      // A field that was only asked for while something was wrong is gone: on to the next.
      if (document.activeElement === document.body) kept.next?.focus();
    } else if (kept.typed !== null && isField(now)) {
      restore(now, kept);
    }
  });
}

function placeOf(active: HTMLElement, target: HTMLElement): Place {
  const all = [...document.querySelectorAll<HTMLElement>(FOCUSABLE)];
  const last = all.filter((each) => target.contains(each)).pop();
  const next = last ? (all[all.indexOf(last) + 1] ?? null) : null;
  if (!isField(active)) return { id: active.id, next, typed: null, selection: null };
  const typed = active.value === active.defaultValue ? null : active.value;
  const selection: [number, number] | null =
    active.selectionStart === null ? null : [active.selectionStart, active.selectionEnd ?? active.selectionStart];
  return { id: active.id, next, typed, selection };
}

function restore(field: HTMLInputElement | HTMLTextAreaElement, kept: Place): void {
  if (kept.typed === null || field.value === kept.typed) return;
  field.value = kept.typed;
  if (kept.selection) field.setSelectionRange(...kept.selection);
  // The browser takes the restored text for the text the field had when it was entered, and would not tell of a change.
  let told = false;
  field.addEventListener("change", () => (told = true), { once: true });
  field.addEventListener(
    "blur",
    () => {
      if (!told && field.value !== field.defaultValue) field.dispatchEvent(new Event("change", { bubbles: true }));
    },
    { once: true },
  );
}

function isField(element: Element): element is HTMLInputElement | HTMLTextAreaElement {
  return element instanceof HTMLTextAreaElement || (element instanceof HTMLInputElement && element.type !== "checkbox" && element.type !== "radio");
}
