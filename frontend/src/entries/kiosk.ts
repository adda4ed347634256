/** The kiosk: larger text, reading aloud, and a screen that clears itself for the next person. */
import { attendToErrors } from "../scripts/errors";
import { guardForms } from "../scripts/guard";

const NOTICE_SECONDS = 15;
const root = document.documentElement;

function setUpTextSize(): void {
  const button = document.querySelector<HTMLButtonElement>("[data-text-size]");
  if (!button) return;
  const show = (large: boolean): void => {
    root.toggleAttribute("data-large", large);
    button.setAttribute("aria-pressed", String(large));
  };
  show(sessionStorage.getItem("kiosk-large") === "1");
  button.hidden = false;
  button.addEventListener("click", () => {
    const large = !root.hasAttribute("data-large");
    sessionStorage.setItem("kiosk-large", large ? "1" : "");
    show(large);
  });
}

function setUpReading(): void {
  const button = document.querySelector<HTMLButtonElement>("[data-speak]");
  if (!button || !("speechSynthesis" in window)) return;
  const language = root.lang || "vi";
  const voice = (): SpeechSynthesisVoice | undefined => speechSynthesis.getVoices().find((v) => v.lang.toLowerCase().startsWith(language));
  // Offered only where a voice of the page's language is installed: a foreign voice would be noise.
  const offer = (): void => {
    button.hidden = !voice();
  };
  offer();
  speechSynthesis.addEventListener("voiceschanged", offer);
  const stop = (): void => {
    speechSynthesis.cancel();
    button.setAttribute("aria-pressed", "false");
  };
  button.addEventListener("click", () => {
    if (speechSynthesis.speaking) {
      stop();
      return;
    }
    const words = document.querySelector<HTMLElement>("#content")?.innerText ?? "";
    const speech = new SpeechSynthesisUtterance(words);
    speech.lang = language === "en" ? "en-GB" : "vi-VN";
    speech.voice = voice() ?? null;
    speech.rate = 0.95;
    speech.addEventListener("end", stop);
    button.setAttribute("aria-pressed", "true");
    speechSynthesis.speak(speech);
  });
  window.addEventListener("pagehide", () => speechSynthesis.cancel());
}

function setUpIdle(): void {
  const seconds = Number(document.body.dataset.idleSeconds ?? "0");
  const home = document.body.dataset.idleHome;
  const notice = document.querySelector<HTMLElement>("[data-idle-notice]");
  if (!seconds || !home) return;
  let last = Date.now();
  const touched = (): void => {
    last = Date.now();
    if (notice) notice.hidden = true;
  };
  for (const kind of ["pointerdown", "keydown", "touchstart", "scroll"]) {
    window.addEventListener(kind, touched, { passive: true });
  }
  window.setInterval(() => {
    const idle = (Date.now() - last) / 1000;
    if (idle >= seconds) {
      sessionStorage.clear();
      window.location.replace(home);
    } else if (notice && idle >= seconds - NOTICE_SECONDS) {
      notice.hidden = false;
    }
  }, 1000);
}

guardForms();
attendToErrors();
setUpTextSize();
setUpReading();
setUpIdle();
