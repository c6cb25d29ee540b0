// What all parts of the page use: elements, words, requests, and what is said to the reader.

export const $ = (id) => document.getElementById(id);
const NAMES = /^(aria-[a-z]+|data-[a-z]+|autocomplete|class|colspan|disabled|hidden|id|label|maxlength|placeholder|role|scope|selected|tabindex|title|type|value)$/;
const TAGS = /^(b|button|caption|code|dd|div|dl|dt|fieldset|h2|input|label|legend|li|mark|optgroup|option|p|section|select|small|span|table|tbody|td|th|thead|tr|ul)$/;
// An element as the server sends it, [tag, attributes, child, ...]: nothing in it can act, and texts are texts.
export function build(node) {
  if (!Array.isArray(node)) return document.createTextNode(node);
  const [tag, attributes, ...kids] = node;
  const made = document.createElement(TAGS.test(tag) ? tag : "span");
  for (const [key, value] of Object.entries(attributes ?? {})) if (NAMES.test(key)) made.setAttribute(key, value);
  made.append(...kids.map(build));
  return made;
}
// MathML of the server's own emitter
export function math(body) {
  const made = document.createElement("span");
  made.innerHTML = `<math>${body}</math>`;
  return made;
}
export function circle(x, y, kind) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", "circle");
  for (const [key, value] of Object.entries({ cx: x, cy: y, r: 0.013, class: kind })) made.setAttribute(key, value);
  return made;
}

const words = JSON.parse(document.body.dataset.words);
export const say = (key, slots = {}) => (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => slots[name] ?? "");
export const tell = (text) => { $("status").textContent = text; };
export function complain(lines = []) {
  const box = $("alert");
  box.replaceChildren();
  if (!lines.length) return;
  box.append(build(["div", {}, ...lines.slice(0, 8).map((line) => ["p", {}, line])]), build(["button", { type: "button", "aria-label": box.dataset.close }, "×"]));
  box.lastChild.onclick = () => complain();
}

// ---------------------------------------------------------------- requests
export class Refused extends Error {
  constructor({ kind, lines }) {
    super(lines.join(" "));
    this.lines = ["offline", "died", "late"].includes(kind) ? [say(kind)] : lines;
  }
}
export async function api(path, args) {
  const offline = () => { throw new Refused({ kind: "offline", lines: [] }); };
  const answer = await fetch(`/api/${path}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(args) }).catch(offline);
  const made = await answer.json().catch(offline);
  if (made.error) throw new Refused(made.error);
  return made;
}
// Do something that asks the server; what is refused is said, and what was there stays.
export async function attempt(act) {
  try {
    const made = await act();
    complain();
    return made;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    complain(error.lines);
    return undefined;
  }
}
