/**
 * The live line: events of the server as they happen, over one connection for all tabs of this browser.
 *
 *   <p data-live="cases.* exchange.*" data-live-subject="case:17" hidden>  shown when it happens ("changed meanwhile")
 *   <section data-live="cases.*" hx-get="…" hx-trigger="live">            loaded anew when it happens
 *
 * `data-live-since` on such an element is the moment its page was made (seconds): what happened before is on it already,
 * also what this person has just done themselves.
 *
 * Browsers keep at most six connections to a server of HTTP/1.1, so the tabs elect one that holds the line and tells the
 * others. Without it nothing breaks: the page stays what it was when it was loaded.
 */
import { text } from "./texts";

export interface Happened {
  id: number;
  name: string;
  agency: number | null;
  subject: string;
  at: number;
}

export type Listener = (what: Happened | "reload") => void;

const SILENCE_MS = 40_000; // the server beats every 15 s
const LONGEST_PAUSE_MS = 60_000;
const REMEMBERED = 200;
const GATHER_MS = 400;

/** Holds one line open: reconnects with growing, scattered pauses and says when it is down. */
export class Line {
  private source: EventSource | null = null;
  private last = "";
  private failures = 0;
  private watchdog = 0;
  private readonly seen = new Set<number>();
  /** The server's clock minus ours, in milliseconds. */
  skew = 0;

  constructor(
    private readonly address: string,
    private readonly since: string,
    private readonly tell: Listener,
    private readonly state: (up: boolean) => void,
  ) {
    this.open();
  }

  private open(): void {
    const place = new URL(this.address, window.location.href);
    if (this.last) place.searchParams.set("after", this.last);
    else if (this.since) place.searchParams.set("since", this.since);
    const source = new EventSource(place);
    this.source = source;
    this.awake();
    const clock = (event: MessageEvent<string>): void => {
      this.awake();
      if (event.lastEventId) this.last = event.lastEventId;
      this.skew = (JSON.parse(event.data) as { now: number }).now * 1000 - Date.now();
    };
    source.addEventListener("hello", (event) => {
      this.failures = 0;
      this.state(true);
      clock(event);
    });
    source.addEventListener("beat", clock);
    source.addEventListener("reload", (event) => {
      this.awake();
      this.last = (event as MessageEvent<string>).lastEventId;
      this.tell("reload");
    });
    source.onmessage = (event: MessageEvent<string>): void => {
      this.awake();
      this.last = event.lastEventId;
      const what = JSON.parse(event.data) as Happened;
      if (this.seen.has(what.id)) return;
      this.seen.add(what.id);
      if (this.seen.size > 1000) this.seen.delete(this.seen.values().next().value as number);
      this.tell(what);
    };
    // The browser's own reconnection comes back in step with everybody else's: ours is scattered.
    source.onerror = (): void => this.again();
  }

  private awake(): void {
    window.clearTimeout(this.watchdog);
    this.watchdog = window.setTimeout(() => this.again(), SILENCE_MS);
  }

  private again(): void {
    this.source?.close();
    window.clearTimeout(this.watchdog);
    this.failures += 1;
    // A line that ends by plan is back before anybody needs to know.
    if (this.failures > 1) this.state(false);
    const pause = Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** Math.min(this.failures - 1, 6));
    window.setTimeout(() => this.open(), pause * (0.5 + Math.random()));
  }
}

function matches(name: string, topics: string): boolean {
  return topics.split(/\s+/).some((topic) => topic === name || topic === "*" || (topic.endsWith(".*") && name.startsWith(topic.slice(0, -1))));
}

const waiting = new Map<HTMLElement, number>();

/** Gathers what happens within a moment; a steady stream of events must not put it off for ever. */
function stir(element: HTMLElement): void {
  if (waiting.has(element)) return;
  waiting.set(
    element,
    window.setTimeout(() => {
      waiting.delete(element);
      if (!element.isConnected) return;
      element.hidden = false;
      element.dispatchEvent(new CustomEvent("live"));
    }, GATHER_MS),
  );
}

function spread(what: Happened | "reload"): void {
  document.querySelectorAll<HTMLElement>("[data-live]").forEach((element) => {
    const subject = element.dataset.liveSubject;
    if (what !== "reload") {
      if (!matches(what.name, element.dataset.live ?? "")) return;
      if (subject && subject !== what.subject) return;
      if (what.at <= Number(element.dataset.liveSince ?? "0")) return;
    }
    stir(element);
  });
}

function badge(up: boolean): void {
  document.querySelector(".live-lost")?.remove();
  if (up) return;
  const line = document.createElement("p");
  line.className = "live-lost";
  line.setAttribute("role", "status");
  line.textContent = text("liveLost");
  document.body.append(line);
}

type Word = { from: "line"; what: Happened | "reload" } | { from: "line"; up: boolean } | { from: "tab"; since: number };

/** Connects the page, if anything on it wants to know. */
export function liveUpdates(): void {
  if (!document.querySelector("[data-live]") || !("EventSource" in window)) return;
  const since = document.querySelector<HTMLElement>("[data-live-since]")?.dataset.liveSince ?? "";
  const channel = "BroadcastChannel" in window ? new BroadcastChannel("langbiang-live") : null;
  const recent: Happened[] = [];
  let line: Line | null = null;
  let up = true;
  const hold = (): void => {
    line = new Line("/live/", since, (what) => {
      if (what !== "reload") recent.push(what);
      while (recent.length > REMEMBERED) recent.shift();
      spread(what);
      channel?.postMessage({ from: "line", what } satisfies Word);
    }, (well) => {
      up = well;
      badge(well);
      channel?.postMessage({ from: "line", up: well } satisfies Word);
    });
  };
  channel?.addEventListener("message", (event: MessageEvent<Word>) => {
    const word = event.data;
    if (word.from === "tab") {
      if (!line) return;
      channel.postMessage({ from: "line", up } satisfies Word);
      // A tab that opened a moment ago may have missed what happened while it loaded.
      for (const what of recent) if (what.at > word.since) channel.postMessage({ from: "line", what } satisfies Word);
    } else if (!line) {
      if ("what" in word) spread(word.what);
      else badge(word.up);
    }
  });
  if (channel && "locks" in navigator) {
    channel.postMessage({ from: "tab", since: Number(since || Date.now() / 1000) } satisfies Word);
    void navigator.locks.request("langbiang-live", () => {
      hold();
      return new Promise(() => undefined); // until this tab is closed
    });
  } else {
    hold();
  }
}
