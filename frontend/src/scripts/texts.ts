/** The words the scripts need, put into the page by the server in the person's language. */
const element = document.querySelector<HTMLMetaElement>('meta[name="ui-texts"]');
const words: Record<string, string> = element ? (JSON.parse(element.content) as Record<string, string>) : {};

/** A text by its key, with {placeholders} filled in. */
export function text(key: string, values: Record<string, string> = {}): string {
  return (words[key] ?? "").replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

/** Says something to everybody: shown in a corner and read out by screen readers. An empty text takes it away. */
export function announce(message: string, seconds = 8): void {
  let place = document.querySelector<HTMLElement>(".page-status");
  if (!place) {
    place = document.createElement("div");
    place.className = "page-status";
    place.setAttribute("role", "status");
    document.body.append(place);
  }
  place.textContent = message;
  if (message) {
    window.setTimeout(() => {
      if (place && place.textContent === message) place.textContent = "";
    }, seconds * 1000);
  }
}

/** Tells screen readers only: what changed while the focus stayed where it was. */
export function whisper(message: string): void {
  let place = document.querySelector<HTMLElement>("[data-whisper]");
  if (!place) {
    place = document.createElement("div");
    place.className = "visually-hidden";
    place.dataset.whisper = "";
    place.setAttribute("role", "status");
    document.body.append(place);
  }
  place.textContent = message;
}

/** 3400000 -> "3,4 MB" in the page's language. */
export function fileSize(bytes: number): string {
  const units = ["B", "kB", "MB", "GB"];
  let size = bytes;
  let unit = 0;
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  const places = unit < 2 || size >= 100 ? 0 : 1;
  return `${size.toLocaleString(document.documentElement.lang || "vi", { maximumFractionDigits: places })}\u00a0${units[unit] ?? ""}`;
}
