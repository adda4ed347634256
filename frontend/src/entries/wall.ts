/** The wall: a clock that ticks, figures that follow what happens, a plain word on what is old or when the line is down. */
import { Line, type Happened } from "../scripts/live";
import { text } from "../scripts/texts";

const REFRESH_SECONDS = 60;
const GATHER_MS = 250;
const RELOAD_HOURS = 1;

let line: Line | null = null;
let skew = 0;

/** The server's clock: a screen's own may be wrong by hours. */
function serverNow(): number {
  return Date.now() + (line?.skew ?? skew);
}

function tick(): void {
  const clock = document.querySelector<HTMLTimeElement>("[data-clock] time");
  const now = new Date(serverNow());
  if (clock) {
    clock.textContent = now.toLocaleTimeString("vi-VN", { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: "Asia/Ho_Chi_Minh" });
    clock.dateTime = now.toISOString();
  }
  markOld();
}

/** Reckoned here, so that it also shows when nothing comes from the server any more. */
function markOld(): void {
  const words = wall()?.dataset.stale ?? "";
  document.querySelectorAll<HTMLElement>("[data-as-of]").forEach((tile) => {
    const age = serverNow() / 1000 - Number(tile.dataset.asOf);
    const old = age > Number(tile.dataset.fresh ?? "90");
    tile.classList.toggle("tile-stale", old);
    const badge = tile.querySelector<HTMLElement>(".tile-old");
    if (badge) {
      badge.hidden = !old;
      badge.textContent = old ? `· ${words.replace("{n}", String(Math.round(age / 60)))}` : "";
    }
  });
}

function wall(): HTMLElement | null {
  return document.querySelector<HTMLElement>("[data-wall]");
}

function offline(message: string): void {
  document.querySelector(".wall-offline")?.remove();
  if (!message) return;
  const word = document.createElement("p");
  word.className = "wall-offline";
  word.setAttribute("role", "status");
  word.textContent = message;
  document.body.append(word);
}

let busy = false;
let again = false;

/** Fetches the scene anew; one request at a time, and one more when something happened meanwhile. */
async function renew(scene = wall()?.dataset.scene ?? ""): Promise<void> {
  const grid = document.querySelector<HTMLElement>("#content");
  if (!grid) return;
  if (busy) {
    again = true;
    return;
  }
  busy = true;
  try {
    const place = new URL(window.location.href);
    if (scene) place.searchParams.set("scene", scene);
    const answer = await fetch(place, { headers: { "X-Requested-With": "wall" }, signal: AbortSignal.timeout(15_000) });
    if (answer.status === 404 || answer.redirected) {
      // The key was taken away or the session is over: an old picture must not stay as if nothing had happened.
      window.location.reload();
      return;
    }
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("#content");
    const version = page.querySelector<HTMLElement>("[data-wall]")?.dataset.version;
    if (version !== wall()?.dataset.version) {
      // Somebody rearranged the wall: its theme, its scenes and how long each stays belong to the page as a whole.
      window.location.reload();
      return;
    }
    if (fresh) grid.replaceChildren(...Array.from(fresh.childNodes));
    for (const part of [".wall-head h1", ".wall-tools", ".wall-foot"]) {
      const [mine, theirs] = [document.querySelector(part), page.querySelector(part)];
      if (mine && theirs) mine.replaceChildren(...Array.from(theirs.childNodes));
    }
    markOld();
    offline("");
  } catch {
    offline(text("networkProblem"));
  } finally {
    busy = false;
    if (again) {
      again = false;
      void renew();
    }
  }
}

function follow(here: HTMLElement): void {
  let waiting = 0;
  const soon = (what: Happened | "reload"): void => {
    const names = (wall()?.dataset.events ?? "").split(" ");
    if (what !== "reload" && !names.includes(what.name) && !what.name.startsWith("centre.")) return;
    if (!waiting) {
      waiting = window.setTimeout(() => {
        waiting = 0;
        void renew();
      }, GATHER_MS);
    }
  };
  const made = here.dataset.now ?? "";
  skew = Number(made) * 1000 - Date.now();
  line = new Line(here.dataset.liveAddress ?? "/live/centre/", made, soon, (up) => offline(up ? "" : text("liveLost")));
}

function rotate(here: HTMLElement): void {
  const seconds = Number(here.dataset.rotateSeconds ?? "0");
  const scenes = Number(here.dataset.scenes ?? "1");
  if (seconds <= 0 || scenes < 2) return;
  window.setInterval(() => {
    // Whoever works on the wall with a keyboard or a mouse keeps the scene.
    if (wall()?.matches(":hover, :focus-within")) return;
    void renew(String((Number(wall()?.dataset.scene ?? "0") + 1) % scenes));
  }, seconds * 1000);
}

/** Months without anybody near: start anew once an hour, when the server is there to answer. */
function startAnew(): void {
  window.setInterval(() => {
    void fetch("/healthz").then((answer) => {
      if (answer.ok) window.location.reload();
    }, () => undefined);
  }, RELOAD_HOURS * 3_600_000);
}

const here = wall();
if (here?.dataset.liveAddress) {
  follow(here);
  rotate(here);
  startAnew();
}
tick();
window.setInterval(tick, 1000);
const seconds = Number(document.body.dataset.refreshSeconds ?? REFRESH_SECONDS);
if (seconds > 0) window.setInterval(() => void renew(), seconds * 1000);
