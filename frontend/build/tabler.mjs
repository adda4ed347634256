// Tabler, reduced to what our pages stand on: the reset, grid, tables, forms and layout utilities.
// The whole of it is 635 kB, mostly components we draw ourselves; what stays is about a tenth.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import postcss from "postcss";

const STEP = "(?:-(?:sm|md|lg|xl))?-(?:0|1|2|3|4|5|6|auto)";
const BREAK = "(?:-(?:sm|md|lg|xl))?";
const KEPT = new RegExp(
  `^(?:${[
    "container|container-fluid|row",
    `col|col${BREAK}|col${BREAK}-(?:\\d+|auto)|row-cols${BREAK}-\\d+|offset${BREAK}-\\d+`,
    `(?:m|mt|mb|ms|me|mx|my|p|pt|pb|ps|pe|px|py|g|gx|gy|gap|row-gap|column-gap)${STEP}`,
    `d${BREAK}-(?:none|inline|inline-block|block|grid|flex|inline-flex)|d-print-(?:none|block)`,
    `flex${BREAK}-(?:row|column|wrap|nowrap|fill|grow-0|grow-1|shrink-0|shrink-1)`,
    `(?:justify-content|align-items|align-self|order)${BREAK}-[a-z0-9]+`,
    `text${BREAK}-(?:start|end|center)|text-(?:nowrap|wrap|break|truncate|decoration-none)`,
    "fw-(?:normal|medium|bold)|font-monospace|w-100|w-auto|h-100|mw-100|overflow-(?:auto|hidden)|position-(?:relative|static)",
    "form-control|form-select|form-check-input|form-label|is-invalid|disabled",
    "table|visually-hidden|visually-hidden-focusable|list-unstyled|lead|small",
  ].join("|")})$`,
);
const DROPPED = /::?-(?:moz|ms)-|:host|\[data-bs-|\.was-validated|dropdown|::picker/;

function keepSelector(selector) {
  if (DROPPED.test(selector)) return false;
  return [...selector.matchAll(/\.(-?[_a-zA-Z][\w-]*)/g)].every((match) => KEPT.test(match[1]));
}

/** Tabler's style sheet with only the kept rules, and only the variables those rules use. */
export function reduce(css) {
  const root = postcss.parse(css);
  root.walkComments((comment) => comment.remove());
  root.walkAtRules("keyframes", (rule) => rule.remove());
  root.walkRules((rule) => {
    if (/^:root/.test(rule.selector)) {
      if (/\[data-bs-theme="?(?!light)/.test(rule.selector)) rule.remove();
      else rule.selectors = [":root"];
      return;
    }
    const kept = rule.selectors.filter(keepSelector);
    if (kept.length) rule.selectors = kept;
    else rule.remove();
  });
  pruneVariables(root);
  root.walkAtRules((rule) => {
    if (rule.nodes && rule.nodes.length === 0) rule.remove();
  });
  return root.toString();
}

function pruneVariables(root) {
  const uses = (text) => [...text.matchAll(/var\((--[\w-]+)/g)].map((match) => match[1]);
  const defined = new Map();
  const wanted = [];
  root.walkDecls((declaration) => {
    if (declaration.prop.startsWith("--") && declaration.parent.selector === ":root") {
      defined.set(declaration.prop, [...(defined.get(declaration.prop) ?? []), ...uses(declaration.value)]);
    } else {
      wanted.push(...uses(declaration.value));
    }
  });
  const reached = new Set();
  while (wanted.length) {
    const name = wanted.pop();
    if (reached.has(name)) continue;
    reached.add(name);
    wanted.push(...(defined.get(name) ?? []));
  }
  root.walkDecls((declaration) => {
    if (declaration.prop.startsWith("--") && declaration.parent.selector === ":root" && !reached.has(declaration.prop)) {
      const rule = declaration.parent;
      declaration.remove();
      if (!rule.nodes.length) rule.remove();
    }
  });
}

/** Writes the reduced sheet to where src/entries/app.css imports it from. */
export function writeReducedTabler(root) {
  const source = readFileSync(join(root, "node_modules", "@tabler", "core", "dist", "css", "tabler.css"), "utf8");
  const folder = join(root, "node_modules", ".langbiang");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "tabler.css"), reduce(source.replace(/\/\*# sourceMappingURL[^*]*\*\//, "")));
}
