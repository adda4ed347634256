/**
 * A second click sends nothing: the buttons of a form rest until the answer comes.
 * The server has its own guard (the hidden field `once`); this one spares the person the worry.
 */
import { text } from "./texts";

const REST_SECONDS = 20;

function guarded(target: EventTarget | null): HTMLFormElement | null {
  if (!(target instanceof HTMLFormElement)) return null;
  return target.method === "post" && !target.hasAttribute("data-no-guard") ? target : null;
}

function buttonsOf(form: HTMLFormElement): HTMLButtonElement[] {
  return Array.from(form.elements).filter((e): e is HTMLButtonElement => e instanceof HTMLButtonElement && e.type === "submit");
}

function release(form: HTMLFormElement): void {
  delete form.dataset.sending;
  for (const button of buttonsOf(form)) {
    button.removeAttribute("aria-disabled");
    button.removeAttribute("aria-busy");
    if (button.dataset.label) {
      const label = button.querySelector("span") ?? button;
      label.textContent = button.dataset.label;
      delete button.dataset.label;
    }
  }
}

/** Starts guarding all POST forms of the page, present and future. */
export function guardForms(): void {
  document.addEventListener("submit", (event) => {
    const form = guarded(event.target);
    if (!form || event.defaultPrevented) return;
    if (form.dataset.sending) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    form.dataset.sending = "1";
    // Not `disabled`: a disabled button would drop its own name and value from what is sent, and lose the focus.
    for (const button of buttonsOf(form)) button.setAttribute("aria-disabled", "true");
    const pressed = event.submitter;
    if (pressed instanceof HTMLButtonElement) {
      pressed.setAttribute("aria-busy", "true");
      const label = pressed.querySelector("span") ?? pressed;
      pressed.dataset.label = label.textContent ?? "";
      label.textContent = text("sending");
    }
    window.setTimeout(() => release(form), REST_SECONDS * 1000);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = guarded(event.target);
    if (form) release(form);
  });
  // Back from the browser's cache: the page must be usable again.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) document.querySelectorAll<HTMLFormElement>("form[data-sending]").forEach(release);
  });
}

/** Asks before leaving a form marked `data-unsaved` whose answers were changed and not sent. */
export function guardUnsaved(): void {
  const changed = new Set<HTMLFormElement>();
  const formOf = (target: EventTarget | null): HTMLFormElement | null =>
    target instanceof HTMLElement ? target.closest<HTMLFormElement>("form[data-unsaved]") : null;
  document.addEventListener("input", (event) => {
    const form = formOf(event.target);
    if (!form || changed.has(form)) return;
    changed.add(form);
    const hint = form.querySelector<HTMLElement>("[data-unsaved-hint]");
    if (hint) hint.textContent = text("unsaved");
  });
  document.addEventListener("submit", (event) => {
    const form = formOf(event.target);
    if (form) changed.delete(form);
  });
  window.addEventListener("beforeunload", (event) => {
    const open = [...changed].some((form) => form.isConnected);
    if (open) event.preventDefault();
  });
}
