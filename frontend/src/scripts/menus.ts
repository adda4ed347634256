/** Menus are details elements; this closes them when the person turns elsewhere and lets arrow keys walk them. */

/** Closes every open menu except the one given. */
export function closeMenus(except?: Element | null): boolean {
  let closed = false;
  document.querySelectorAll<HTMLDetailsElement>("details.menu[open]").forEach((menu) => {
    if (menu === except) return;
    menu.open = false;
    closed = true;
  });
  return closed;
}

/** Starts the behaviour for all menus of the page, present and future. */
export function tendMenus(): void {
  document.addEventListener("click", (event) => {
    closeMenus(event.target instanceof Element ? event.target.closest("details.menu") : null);
  });
  document.addEventListener("focusin", (event) => {
    if (event.target instanceof Element) closeMenus(event.target.closest("details.menu"));
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.target instanceof Element ? event.target.closest<HTMLDetailsElement>("details.menu[open]") : null;
    if (!menu) return;
    if (event.key === "Escape") {
      menu.open = false;
      menu.querySelector("summary")?.focus();
      event.stopPropagation();
      return;
    }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const items = Array.from(menu.querySelectorAll<HTMLElement>(".menu-item"));
    if (!items.length) return;
    const here = items.indexOf(document.activeElement as HTMLElement);
    const next = event.key === "ArrowDown" ? (here + 1) % items.length : (here - 1 + items.length) % items.length;
    items[next]?.focus();
    event.preventDefault();
  });
}
