// The part of Markdown that the descriptions of the API document use: headings, paragraphs, lists, tables, code, emphasis, links.
import { element } from "./element.js";

const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*\s][^*]*)\*|\[([^\]]+)\]\(([^)\s]+)\)/g;
const SAFE_ADDRESS = /^(https?:\/\/|#|\/(?!\/)|[\w.-]+(\/|$))/;

/**
 * Return nodes of one line of text.
 * @param {string} text
 * @param {(code: string) => string | null} addressOf the address to which a piece of code leads, or null
 * @returns {(Node | string)[]}
 */
export function inline(text, addressOf) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    nodes.push(text.slice(end, match.index));
    end = match.index + match[0].length;
    const [whole, code, strong, emphasis, label, address] = match;
    if (code) {
      const target = addressOf(code);
      nodes.push(target ? element("a", { href: target }, element("code", {}, code)) : element("code", {}, code));
    } else if (strong) nodes.push(element("strong", {}, strong));
    else if (emphasis) nodes.push(element("em", {}, emphasis));
    else nodes.push(SAFE_ADDRESS.test(address) ? element("a", { href: address }, label) : whole);
  }
  nodes.push(text.slice(end));
  return nodes.filter((node) => node !== "");
}

const HAN = /[\u3400-\u9fff]/;
const languageOf = (text) => (HAN.test(text) ? { lang: "zh-CN" } : {});
// A line break inside a paragraph is a space, but not between two Chinese characters.
const joined = (lines) => lines.join("\n").replace(/([\u3000-\u9fff\uff00-\uffef])\n(?=[\u3000-\u9fff\uff00-\uffef])/g, "$1").replaceAll("\n", " ");
const cells = (row) => row.trim().replace(/^\||\|$/g, "").split("|").map((cell) => cell.trim());

function table(rows, addressOf) {
  const [head, , ...body] = rows.map(cells);
  const rowOf = (name, row) => element("tr", {}, ...row.map((cell) => element(name, name === "th" ? { scope: "col" } : {}, ...inline(cell, addressOf))));
  return element("table", {}, element("thead", {}, rowOf("th", head)), element("tbody", {}, ...body.map((row) => rowOf("td", row))));
}

/**
 * Return the elements of a text in Markdown. `## ` becomes a heading of `level`.
 * @param {string} text
 * @param {{ level?: number, addressOf?: (code: string) => string | null }} [options]
 * @returns {HTMLElement[]}
 */
export function markdown(text, { level = 3, addressOf = () => null } = {}) {
  const made = [];
  const lines = text.split("\n");
  const take = (pattern) => {
    const rest = lines.findIndex((text) => !pattern.test(text));
    return lines.splice(0, rest < 0 ? lines.length : rest);
  };
  while (lines.length) {
    const first = lines[0];
    if (!first.trim()) lines.shift();
    else if (first.startsWith("```")) {
      lines.shift();
      const code = take(/^(?!```)/);
      lines.shift();
      made.push(element("pre", {}, element("code", {}, code.join("\n"))));
    } else if (/^#+ /.test(first)) {
      const marks = first.match(/^#+/)?.[0].length ?? 2;
      const title = lines.shift()?.replace(/^#+ /, "") ?? "";
      made.push(element(`h${Math.min(6, level + Math.max(0, marks - 2))}`, languageOf(title), title));
    } else if (/^\s*\|/.test(first)) made.push(table(take(/^\s*\|/), addressOf));
    else if (/^\s*[-*] /.test(first)) {
      const items = [];
      for (const item of take(/^\s*([-*] |\S)/)) {
        if (/^\s*[-*] /.test(item)) items.push(item.replace(/^\s*[-*] /, ""));
        else items[items.length - 1] += ` ${item.trim()}`;
      }
      made.push(element("ul", {}, ...items.map((item) => element("li", {}, ...inline(item, addressOf)))));
    } else {
      const paragraph = joined(take(/^(?!```|#+ |\s*\||\s*[-*] )\s*\S/));
      made.push(element("p", languageOf(paragraph), ...inline(paragraph, addressOf)));
    }
  }
  return made;
}
