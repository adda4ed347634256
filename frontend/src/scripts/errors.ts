/** Leads the eye and the keyboard to what has to be put right. */

function goTo(id: string): boolean {
  const field = document.getElementById(id);
  if (!field) return false;
  const group = field.closest<HTMLElement>(".field") ?? field;
  group.scrollIntoView({ block: "center" });
  field.focus({ preventScroll: true });
  return true;
}

/** Focus the error summary when there is one; its links put the cursor into the field. */
export function attendToErrors(): void {
  const summary = document.querySelector<HTMLElement>("[data-error-summary]");
  summary?.focus();
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("[data-error-summary] a") : null;
    if (link && goTo(decodeURIComponent(link.hash.slice(1)))) event.preventDefault();
  });
}
