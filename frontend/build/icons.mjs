// One file with the declared icons as symbols; pages refer to them with <use>.
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The sprite as text. Throws when a declared icon does not exist. */
export function iconSprite(root) {
  const declared = JSON.parse(readFileSync(join(root, "icons.json"), "utf8")).icons;
  const symbols = Object.entries(declared).map(([name, source]) => {
    const svg = readFileSync(join(root, "node_modules", "@tabler", "icons", "icons", "outline", `${source}.svg`), "utf8");
    const drawing = svg
      .replace(/^[\s\S]*?<svg[\s\S]*?>/, "")
      .replace("</svg>", "")
      .replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*\/>/, "")
      .replace(/\s*\n\s*/g, "");
    return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">${drawing}</symbol>`;
  });
  const mark = readFileSync(join(root, "src", "mark.svg"), "utf8")
    .replace(/<svg[^>]*>/, '<symbol id="mark" viewBox="0 0 32 32">')
    .replace("</svg>", "</symbol>")
    .replace('fill="#17624F"', 'fill="currentColor"')
    .replace('fill="#F4F7F5"', 'fill="#fff" fill-opacity="0.9"')
    .trim();
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}${mark}</svg>\n`;
}
