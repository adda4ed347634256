/** The wall: a clock that ticks, figures that renew themselves, and a plain word when the line is down. */
import { text } from "../scripts/texts";

const REFRESH_SECONDS = 30;

function tick(): void {
  const clock = document.querySelector<HTMLTimeElement>("[data-clock] time");
  if (!clock) return;
  const now = new Date();
  clock.textContent = now.toLocaleTimeString("vi-VN", { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: "Asia/Ho_Chi_Minh" });
  clock.dateTime = now.toISOString();
}

function offline(message: string): void {
  document.querySelector(".wall-offline")?.remove();
  if (!message) return;
  const line = document.createElement("p");
  line.className = "wall-offline";
  line.setAttribute("role", "status");
  line.textContent = message;
  document.body.append(line);
}

async function renew(): Promise<void> {
  const grid = document.querySelector<HTMLElement>("#content");
  if (!grid || document.hidden) return;
  try {
    const answer = await fetch(window.location.href, { headers: { "X-Requested-With": "wall" }, signal: AbortSignal.timeout(15_000) });
    if (!answer.ok) throw new Error(String(answer.status));
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#content");
    if (fresh) grid.innerHTML = fresh.innerHTML;
    offline("");
  } catch {
    offline(text("networkProblem"));
  }
}

tick();
window.setInterval(tick, 1000);
const seconds = Number(document.body.dataset.refreshSeconds ?? REFRESH_SECONDS);
if (seconds > 0) window.setInterval(() => void renew(), seconds * 1000);
