/**
 * The keys of the workbench: `/` search, `j` `k` move, Enter open, `x` mark, `a` act, `?` help, Esc back.
 * Everything is looked up when a key is pressed, so lists and records loaded later just work.
 */
import { closeMenus } from "./menus";

const HERE = "is-here";

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches('input:not([type="checkbox"]):not([type="radio"]), textarea, select'));
}

function items(): HTMLElement[] {
  const list = document.querySelector("[data-list]");
  return list ? Array.from(list.querySelectorAll<HTMLElement>("[data-item]")) : [];
}

function here(all: HTMLElement[]): number {
  const focused = all.findIndex((item) => item.contains(document.activeElement));
  if (focused >= 0) return focused;
  const marked = all.findIndex((item) => item.classList.contains(HERE));
  return marked >= 0 ? marked : all.findIndex((item) => item.querySelector("[aria-current]") !== null);
}

function linkOf(item: HTMLElement | undefined): HTMLElement | null {
  return item?.querySelector<HTMLElement>("a[href]") ?? null;
}

function move(step: number): void {
  const all = items();
  if (!all.length) return;
  const from = here(all);
  const to = Math.max(0, Math.min(all.length - 1, from < 0 ? (step > 0 ? 0 : all.length - 1) : from + step));
  all.forEach((item, index) => item.classList.toggle(HERE, index === to));
  const target = linkOf(all[to]) ?? all[to];
  target?.focus({ preventScroll: true });
  all[to]?.scrollIntoView({ block: "nearest" });
}

function open(): void {
  const all = items();
  linkOf(all[here(all)])?.click();
}

function mark(): void {
  const all = items();
  all[here(all)]?.querySelector<HTMLInputElement>('input[type="checkbox"]')?.click();
}

function act(): void {
  const menu = document.querySelector<HTMLDetailsElement>("details[data-action-menu]");
  if (!menu) return;
  menu.open = true;
  menu.querySelector<HTMLElement>(".menu-item")?.focus();
}

function help(): void {
  const dialog = document.querySelector<HTMLDialogElement>(".keyboard-help");
  if (!dialog) return;
  if (dialog.open) dialog.close();
  else dialog.showModal();
}

function escape(): void {
  if (closeMenus()) return;
  if (document.activeElement instanceof HTMLElement && typing(document.activeElement)) {
    document.activeElement.blur();
    return;
  }
  const all = items();
  const back = linkOf(all[here(all)]);
  const split = document.querySelector<HTMLElement>(".split");
  if (split) split.dataset.pane = "list";
  back?.focus();
}

/** Starts listening to the keys. */
export function listenToKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]") && event.key !== "?") return;
    if (event.key === "Escape") {
      escape();
      return;
    }
    if (typing(event.target)) return;
    switch (event.key) {
      case "/":
        document.querySelector<HTMLInputElement>(".bench-search input, .search-field input")?.select();
        document.querySelector<HTMLInputElement>(".bench-search input, .search-field input")?.focus();
        break;
      case "j":
        move(1);
        break;
      case "k":
        move(-1);
        break;
      case "x":
        mark();
        break;
      case "a":
        act();
        break;
      case "?":
        help();
        break;
      case "Enter":
        // A focused link or button opens by itself; those of a map are elements of SVG.
        if (event.target instanceof Element && event.target.closest("a, button, summary")) return;
        open();
        break;
      default:
        return;
    }
    event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("[data-keyboard-help]")) help();
  });
}
