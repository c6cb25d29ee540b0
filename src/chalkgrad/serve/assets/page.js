// The page: one problem as text, its view, and what can be done with it. Everything is worked out by the server;
// here are the state, its history, and its address.

import view from "/view.js";
import { $, api, attempt, build, say, tell } from "/ui.js";
import { quiz, train } from "/panels.js";

// of the view, in the address
const KEPT = "it step sel style notation digits edge sample".split(" ");
const NUMBERS = ["it", "step", "sample"];
const REFRESH = 700;
const language = document.documentElement.lang;
const state = { problem: "", example: "", form: [], past: [], future: [], tab: "working", theme: "auto", opened: [], sample: 1 };
let mounted = false, refreshing = false, later = 0, writing = 0, chain = Promise.resolve();

// ---------------------------------------------------------------- the model of the view
const kept = { editable: true, live: true, bare: true }, heard = {};
export const model = {
  get: (key) => kept[key],
  set(key, value) {
    if (kept[key] === value) return;
    kept[key] = value;
    (heard[`change:${key}`] ?? []).forEach((act) => act());
    if (KEPT.includes(key)) address();
  },
  save_changes() {},
  on: (event, act) => (heard[event] ??= []).push(act),
  off: (event, act) => { heard[event] = (heard[event] ?? []).filter((other) => other !== act); },
  send({ type, ...said }) {
    if (type === "edit") edit({ do: "number", ...said });
    else if (type === "part") attempt(async () => model.set("part", await api("part", { ...asked(), names: said.names })));
    else if (type === "open") { state.opened = kept.view.opened.with(said.layer, said.neuron); refresh(); }
    else if (type === "sample") { state.sample = said.sample; refresh(); }
  },
};
export const asked = () => ({ problem: state.problem, language, opened: state.opened, sample: state.sample });

// Show what a request gave: the whole view, or other numbers in the one that is there.
function show(made) {
  state.problem = made.problem;
  model.set("fault", null);
  clearTimeout(later);
  if (made.view) model.set("view", made.view);
  else {
    const { columns } = Object.assign(kept.view, { marks: {}, cases: {}, styled: {} });
    // along paths
    for (const column of Object.values(columns)) for (const name in column) if (name.includes("~")) delete column[name];
    model.set("numbers", made.numbers);
    // what is ordered by size may stand elsewhere now
    later = setTimeout(whole, REFRESH);
  }
  if (!mounted) { mounted = true; view.render({ model, el: $("pg-view") }); }
  if (made.form) {
    state.form = made.form;
    if (state.tab === "edit") drawForm();
  }
  $("undo").disabled = !state.past.length;
  $("redo").disabled = !state.future.length;
  $("example").value = state.example;
  document.title = made.title ? `${made.title} · chalkgrad` : "chalkgrad";
  address();
}
// One after the other: each request works on what the one before has left.
function queue(act) {
  chain = chain.then(() => attempt(act));
  return chain;
}
// The whole view after quick numbers, beside what goes on: an edit in the meantime makes it worthless.
async function whole() {
  const { problem } = state;
  if (refreshing) { later = setTimeout(whole, REFRESH); return; }
  refreshing = true;
  const made = await attempt(() => api("view", asked()));
  refreshing = false;
  if (made && problem === state.problem) show(made);
}
export const settled = () => chain;
export const refresh = () => queue(async () => show(await api("view", asked())));
function edit(change) {
  return queue(async () => {
    const before = state.problem;
    try {
      const { its, digits, start, quantities } = kept.view, sel = kept.sel ?? start;
      const paths = Object.fromEntries((quantities[sel]?.paths ?? []).map(({ factors }, k) => [`${sel}~${k + 1}`, factors]));
      const made = await api("edit", { ...asked(), edit: change, its, paths, digits: digits.filter((d) => d === "4" || d === (kept.digits ?? digits[0])) });
      if (made.problem !== before) {
        state.past.push(before);
        state.future = [];
        state.example = "";
        tell(say("changed", { what: change.name ?? change.key ?? change.do.replace("_", " ") }));
      }
      show(made);
    } catch (error) {
      if (change.name && kept.sel === change.name) model.set("fault", { name: change.name, text: error.lines?.[0] ?? "", input: change.text });
      throw error;
    }
  });
}
// Another problem in place of this one; what was there can be had back.
export function take(wanted) {
  return queue(async () => {
    const made = await api("view", { language, ...wanted });
    if (state.problem && made.problem !== state.problem) { state.past.push(state.problem); state.future = []; }
    Object.assign(state, { example: wanted.example ?? "", opened: [], sample: 1 });
    show(made);
  });
}
function travel(from, to, said) {
  return queue(async () => {
    if (!from.length) return;
    const made = await api("view", { ...asked(), problem: from.at(-1) });
    to.push(state.problem);
    from.pop();
    state.example = "";
    show(made);
    tell(say(said));
  });
}
const undo = () => travel(state.past, state.future, "undone");
const redo = () => travel(state.future, state.past, "redone");

// ---------------------------------------------------------------- the address
const through = async (text, codec) => new Uint8Array(await new Response(new Blob([text]).stream().pipeThrough(codec)).arrayBuffer());
async function packed(text) {
  const bytes = await through(text, new CompressionStream("deflate-raw"));
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  return new TextDecoder().decode(await through(bytes, new DecompressionStream("deflate-raw")));
}
function address() {
  clearTimeout(writing);
  writing = setTimeout(async () => {
    const said = new URLSearchParams(state.example ? { example: state.example } : { p: await packed(state.problem) });
    if (state.tab !== "working") said.set("tab", state.tab);
    if (state.theme !== "auto") said.set("theme", state.theme);
    for (const key of KEPT) if (kept[key] !== undefined && kept[key] !== null) said.set(key, kept[key]);
    if (`#${said}` !== location.hash) history.replaceState(null, "", `#${said}`);
  }, 60);
}
async function readAddress() {
  const said = new URLSearchParams(location.hash.slice(1));
  for (const key of KEPT) if (said.has(key)) kept[key] = NUMBERS.includes(key) ? Number(said.get(key)) : said.get(key);
  for (const key of ["tab", "theme"]) if (said.has(key)) state[key] = said.get(key);
  if (said.has("example")) return { example: said.get("example") };
  try {
    return said.has("p") ? { problem: await unpacked(said.get("p")) } : {};
  // a link that was cut off
  } catch {
    return {};
  }
}

// ---------------------------------------------------------------- files and the clipboard
function save() {
  const name = document.title.split(" · ")[0].toLowerCase().normalize("NFKD").replace(/[^a-z0-9]+/g, "-").slice(0, 40) || "problem";
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([state.problem], { type: "text/plain" }));
  link.download = `${name}.toml`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
async function copy(text, said) {
  $("menu").open = false;
  try {
    await navigator.clipboard.writeText(text);
    tell(say(said));
  // no clipboard, as over plain http from elsewhere: the text itself
  } catch {
    $("copy-text").value = text;
    $("copy-box").showModal();
    $("copy-text").select();
  }
}
export async function opened(file) {
  if (/\.(csv|tsv|txt)$/i.test(file.name)) {
    go("train");
    await train.table(file);
  } else await take({ problem: await file.text() });
}

// ---------------------------------------------------------------- tabs and forms
const panels = { train, quiz };
function go(name) {
  const tabs = [...document.querySelectorAll("[role=tab]")];
  const chosen = tabs.find((tab) => tab.id === `tab-${name}`) ?? tabs[0];
  if (state.tab !== name) panels[state.tab]?.leave?.();
  state.tab = chosen.id.slice(4);
  for (const tab of tabs) {
    const on = tab === chosen, panel = $(`panel-${tab.id.slice(4)}`);
    tab.setAttribute("aria-selected", on);
    tab.tabIndex = on ? 0 : -1;
    if (panel) panel.hidden = !on;
  }
  document.body.dataset.tab = state.tab;
  if (state.tab === "edit") drawForm();
  address();
}
// The form as the server sent it. Where only numbers are others they are put in; the focus stays where it was.
const VALUE = /(?<="class":"pg-num","value":")[^"]*/g;
let drawn = "";
function drawForm() {
  const el = $("panel-edit").firstChild, text = JSON.stringify(state.form), shape = text.replace(VALUE, "");
  if (shape === drawn) {
    const there = el.querySelectorAll(".pg-num"), values = text.match(VALUE);
    there.forEach((box, k) => { if (box.value !== values[k] && !box.dataset.part && !box.dataset.typed) box.value = values[k]; });
    return;
  }
  drawn = shape;
  const fresh = state.form.map(build);
  const mark = (item) => item?.dataset.key ?? item?.getAttribute("aria-label"), focus = el.contains(document.activeElement) && mark(document.activeElement);
  el.replaceChildren(...fresh);
  if (focus) [...el.querySelectorAll("input, select, button")].find((item) => mark(item) === focus)?.focus();
}
function change({ target }) {
  delete target.dataset.typed;
  const { edit: said, put } = target.dataset;
  if (!said) return;
  const parts = Object.fromEntries([...(target.closest("fieldset")?.querySelectorAll("[data-part]") ?? [])].map((item) => [item.dataset.part, item.value]));
  edit({ ...JSON.parse(said), ...parts, ...(put ? { [put]: target.value } : {}) });
}

// ---------------------------------------------------------------- the start
function listen() {
  const on = (id, event, act) => $(id).addEventListener(event, act);
  const chosen = (act) => (e) => { const [file] = e.target.files; e.target.value = ""; if (file) act(file); };
  const theme = () => { document.documentElement.dataset.theme = state.theme = $("theme").value; address(); };
  on("example", "change", (e) => e.target.value && take({ example: e.target.value }));
  on("open", "click", () => $("file").click());
  on("file", "change", chosen(opened));
  on("table", "change", chosen(opened));
  on("save", "click", save);
  on("undo", "click", undo);
  on("redo", "click", redo);
  on("link", "click", () => copy(location.href, "link_copied"));
  for (const item of document.querySelectorAll("[data-copy]")) item.onclick = () => attempt(async () => copy((await api("export", { ...asked(), format: item.dataset.copy, style: kept.style ?? "chain" })).text, "copied"));
  on("menu", "keydown", (e) => { if (e.key === "Escape") { $("menu").open = false; $("menu").firstChild.focus(); } });
  on("copy-close", "click", () => $("copy-box").close());
  $("theme").value = state.theme;
  on("theme", "change", theme);
  theme();
  on("language", "change", (e) => { location.href = `/?language=${e.target.value}${location.hash}`; });
  on("skip", "click", (e) => { e.preventDefault(); $("pg-view").querySelector("[tabindex], button, select, input")?.focus(); });
  on("panel-edit", "change", change);
  // half a number is nobody else's to change
  on("panel-edit", "input", ({ target }) => { target.dataset.typed = "1"; });
  on("panel-edit", "click", (e) => { if (e.target.tagName === "BUTTON") change(e); });
  const tabs = [...document.querySelectorAll("[role=tab]")];
  for (const tab of tabs) {
    tab.onclick = () => go(tab.id.slice(4));
    tab.onkeydown = (e) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key], next = step && tabs.at((tabs.indexOf(tab) + step) % tabs.length);
      if (next) { next.focus(); next.click(); }
    };
  }
  addEventListener("keydown", (e) => {
    if (!(e.ctrlKey || e.metaKey) || e.altKey || /^(INPUT|TEXTAREA)$/.test(e.target.tagName)) return;
    const key = e.key.toLowerCase();
    if (key === "z" || key === "y") { e.preventDefault(); (key === "y" || e.shiftKey ? redo : undo)(); }
  });
  addEventListener("hashchange", async () => {
    const wanted = await readAddress();
    if (wanted.problem !== undefined || wanted.example) take(wanted);
  });
  const drag = (on) => document.body.classList.toggle("pg-drag", on);
  addEventListener("dragover", (e) => { e.preventDefault(); drag(true); });
  addEventListener("dragleave", (e) => { if (!e.relatedTarget) drag(false); });
  addEventListener("drop", (e) => { e.preventDefault(); drag(false); const [file] = e.dataTransfer.files; if (file) opened(file); });
}
async function start() {
  const wanted = await readAddress();
  if (kept.sample) state.sample = kept.sample;
  listen();
  const first = (args) => attempt(() => api("view", { language, sample: state.sample, ...args }));
  const made = (await first(wanted)) ?? (await first({}));
  if (!made) return;
  state.example = wanted.problem === undefined ? wanted.example ?? made.example ?? "" : "";
  show(made);
  go(state.tab);
  document.body.dataset.ready = "1";
}
start();
