/** Shows what was chosen and says at once when a file is too large; the server decides in the end. */
import { fileSize, text } from "./texts";

function problemOf(file: File, input: HTMLInputElement): string {
  const limit = Number(input.dataset.maxBytes ?? 0);
  if (limit && file.size > limit) {
    return text("tooLarge", { name: file.name, size: fileSize(file.size), limit: fileSize(limit) });
  }
  const endings = input.accept.split(",").map((ending) => ending.trim().toLowerCase()).filter((ending) => ending.startsWith("."));
  if (endings.length && !endings.some((ending) => file.name.toLowerCase().endsWith(ending))) {
    return text("wrongKind", { name: file.name, kinds: endings.join(", ") });
  }
  return "";
}

function remove(input: HTMLInputElement, index: number): void {
  const kept = new DataTransfer();
  Array.from(input.files ?? []).forEach((file, at) => {
    if (at !== index) kept.items.add(file);
  });
  input.files = kept.files;
  show(input);
  input.focus();
}

function row(input: HTMLInputElement, file: File, index: number): HTMLLIElement {
  const item = document.createElement("li");
  item.className = "upload-item";
  if (file.type.startsWith("image/") && file.size < 30_000_000) {
    const picture = document.createElement("img");
    picture.alt = "";
    picture.src = URL.createObjectURL(file);
    picture.addEventListener("load", () => URL.revokeObjectURL(picture.src));
    item.append(picture);
  } else {
    const kind = document.createElement("span");
    kind.className = "upload-kind";
    kind.textContent = (file.name.split(".").pop() ?? "").slice(0, 4).toUpperCase();
    item.append(kind);
  }
  const name = document.createElement("span");
  name.className = "upload-name";
  name.append(file.name, document.createElement("br"));
  const size = document.createElement("span");
  size.className = "upload-size";
  size.textContent = fileSize(file.size);
  name.append(size);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet-button";
  button.textContent = text("removeFile");
  button.setAttribute("aria-label", `${text("removeFile")}: ${file.name}`);
  button.addEventListener("click", () => remove(input, index));
  item.append(name, button);
  const problem = problemOf(file, input);
  if (problem) {
    const line = document.createElement("span");
    line.className = "upload-problem";
    line.setAttribute("role", "alert");
    line.textContent = problem;
    item.append(line);
  }
  return item;
}

function show(input: HTMLInputElement): void {
  const beside = input.nextElementSibling;
  if (beside instanceof HTMLUListElement && beside.classList.contains("upload-list")) beside.remove();
  const files = Array.from(input.files ?? []);
  input.setCustomValidity(files.some((file) => problemOf(file, input)) ? text("tooLarge") : "");
  if (!files.length) return;
  const list = document.createElement("ul");
  list.className = "upload-list";
  list.setAttribute("aria-label", text("chosenFiles"));
  list.append(...files.map((file, index) => row(input, file, index)));
  input.after(list);
}

/** Starts watching the file fields of the page, present and future. */
export function previewUploads(): void {
  document.addEventListener("change", (event) => {
    if (event.target instanceof HTMLInputElement && event.target.matches('input[type="file"][data-upload]')) show(event.target);
  });
}
