/** What htmx should do in our pages: tell what happened, keep the selection right, show the record on narrow screens. */
import htmx from "htmx.org";

import { announce, text, whisper } from "./texts";

/** Sets htmx up for the page. */
export function usePartialLoads(): void {
  (window as unknown as { htmx: typeof htmx }).htmx = htmx;

  document.addEventListener("htmx:afterSwap", (event) => {
    const detail = (event as CustomEvent<{ target?: Element; requestConfig?: { elt?: Element } }>).detail;
    const target = document.getElementById(detail.target?.id ?? "");
    if (target?.id !== "detail") return;
    const split = target.closest<HTMLElement>(".split");
    if (split) split.dataset.pane = "detail";
    const opened = detail.requestConfig?.elt;
    const list = opened?.closest("[data-list]");
    if (list && opened) {
      list.querySelectorAll("[aria-current]").forEach((link) => link.removeAttribute("aria-current"));
      opened.setAttribute("aria-current", "true");
    }
    target.scrollTop = 0;
    whisper(text("page", { title: target.querySelector("h1, h2")?.textContent?.trim() ?? "" }));
  });

  document.addEventListener("htmx:sendError", () => announce(text("networkProblem")));
  document.addEventListener("htmx:responseError", (event) => {
    const { xhr } = (event as CustomEvent<{ xhr: XMLHttpRequest }>).detail;
    if (xhr.status === 401) return;
    announce(text("serverProblem", { reference: xhr.getResponseHeader("X-Request-Reference") ?? "–" }), 20);
  });
  // A refusal or a form with errors is a page too: show it where the answer was expected.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const detail = (event as CustomEvent<{ xhr: XMLHttpRequest; shouldSwap: boolean; isError: boolean }>).detail;
    if ([400, 403, 404, 409, 422].includes(detail.xhr.status) && detail.xhr.getResponseHeader("HX-Retarget")) {
      detail.shouldSwap = true;
      detail.isError = false;
    }
  });
}
