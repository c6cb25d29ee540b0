// Training, the quiz, and the audit: what is shown is what the server says.

import { $, api, attempt, build, circle, complain, math, say, tell } from "/ui.js";
import { asked, model, refresh, settled, take } from "/page.js";

// ---------------------------------------------------------------- training
let run = "", events, table, at = "", turn = 0;
const main = $("train-main");
const settings = () => Object.fromEntries([...document.querySelectorAll("[data-run]")].map((item) => [item.dataset.run, item.value]));

const close = (id) => api(`train/${id}`, { do: "close" }).catch(() => {});
// The run that is there belongs to other settings: the next start opens another one.
function forget() {
  turn++;
  if (run) close(run);
  events?.close();
  run = "";
  draw({ state: "ready" });
}
async function open() {
  const chosen = settings(), mine = ++turn;
  if (chosen.source === "table" && !table) { $("table").click(); return false; }
  const made = await attempt(() => api("train", { ...asked(), ...chosen, ...(chosen.source === "table" ? table : {}) }));
  // settings were changed, or it was asked for again, before it was there
  if (!made) return false;
  if (mine !== turn) return void close(made.run);
  ({ run } = made);
  at = asked().problem;
  const many = made.classes.length > 2;
  $("plane").hidden = made.inputs !== 2;
  $("dots").replaceChildren(...made.dots.map(([x, y, level]) => circle(x, y, many ? `c${level % 6}` : level > 0.5 ? "c0" : "c1")));
  draw({ ...made.picture, state: "ready" });
  events = new EventSource(`/api/train/${run}/events`);
  events.onmessage = (e) => draw(JSON.parse(e.data));
  events.addEventListener("gone", () => { forget(); $("train-says").textContent = say("train_state_gone"); });
  return true;
}
async function steer(what) {
  const mine = turn, shown = await attempt(() => api(`train/${run}`, { do: what, speed: Number($("speed").value) }));
  if (mine !== turn) return;
  if (shown) draw(shown);
  else forget();
}
async function advance(what) {
  await settled();
  const fits = run && (settings().source !== "own" || at === asked().problem);
  if (!fits) forget();
  if (fits || (await open())) await steer(what);
}
async function working() {
  if (!run && !(await open())) return;
  const made = await attempt(() => api(`train/${run}`, { do: "working" }));
  if (made) await take(made);
  // the run goes on from here all the same
  at = asked().problem;
}
function draw(shown) {
  const on = shown.state === "running";
  main.dataset.on = on ? "1" : "";
  main.textContent = say(on ? "pause" : shown.updates ? "go_on" : "start");
  main.disabled = $("train-step").disabled = shown.state === "done";
  const state = [say(`train_state_${shown.state}`), ["died", "late"].includes(shown.kind) ? say(shown.kind) : shown.note].filter(Boolean).join(" ");
  if ($("train-says").textContent !== state) $("train-says").textContent = state;
  for (const item of document.querySelectorAll("[data-fact]")) {
    item.textContent = shown[item.dataset.fact] ?? "";
    item.parentNode.hidden = shown[item.dataset.fact] === undefined;
  }
  $("curve").setAttribute("points", shown.curve?.line ?? "");
  ["top", "bottom", "right"].forEach((key, k) => { document.querySelector(`.pg-end${k}`).textContent = shown.curve?.[key] ?? ""; });
  if (shown.surface) paint(shown.surface);
  else $("plane").hidden = true;
}
function paint({ side, shades, classes, ends }) {
  const canvas = $("surface"), pen = canvas.getContext("2d"), look = getComputedStyle(canvas);
  const tints = [0, 1, 2, 3, 4, 5].map((k) => look.getPropertyValue(`--t${k}`));
  canvas.width = canvas.height = side;
  (classes ?? shades).forEach((v, k) => {
    pen.globalAlpha = classes ? 0.45 : Math.abs(v - 127.5) / 200;
    pen.fillStyle = classes ? tints[v % 6] : tints[v > 127 ? 0 : 1];
    pen.fillRect(k % side, Math.floor(k / side), 1, 1);
  });
  ends.forEach((text, k) => { document.querySelector(`.pg-side${k}`).textContent = text; });
}
function source() {
  const { value } = $("source");
  $("of-set").hidden = value === "own";
  $("of-table").hidden = value !== "table";
  forget();
  if (value === "table" && !table) $("table").click();
}
for (const item of document.querySelectorAll("[data-run]")) item.addEventListener("change", item.id === "source" ? source : forget);
main.onclick = () => (main.dataset.on ? steer("pause") : advance("start"));
$("train-step").onclick = () => advance("step");
$("train-again").onclick = () => { forget(); open(); };
$("train-working").onclick = working;
$("speed").onchange = () => run && steer("speed");
$("choose").onclick = () => $("table").click();
forget();
export const train = {
  async table(file) {
    table = { table: await file.text(), table_name: file.name };
    const [option] = [...$("source").options].filter((one) => one.value === "table");
    option.textContent = file.name;
    $("source").value = "table";
    source();
    await open();
  },
  leave: () => main.dataset.on && steer("pause"),
};

// ---------------------------------------------------------------- quiz
let answers = {}, shown = [], hints = {}, rows = {}, asking = false;
const kinds = () => [...document.querySelectorAll("[data-ask]:checked")].map((box) => box.value);
let chosen = [];

async function send(changed) {
  const made = await attempt(() => api("quiz", { ...asked(), kinds: chosen, answers, shown }));
  if (!made) return;
  asking = true;
  $("quiz-end").hidden = false;
  model.set("editable", false);
  model.set("view", made.view);
  if (!Object.keys(rows).length) $("quiz-rows").replaceChildren(...made.items.map(row));
  made.items.forEach(mark);
  $("quiz-score").textContent = [say("quiz_score", made), made.convention].filter(Boolean).join(". ");
  const item = made.items.find((one) => one.name === changed);
  if (item) tell(`${item.plain}: ${say(item.verdict)}. ${item.says.join(" ")}`);
}
function row(item) {
  const what = item.plain;
  const made = build(["li", {}, ["span", {}, ["small", {}, item.words]],
    ["input", { class: "pg-num", autocomplete: "off", "aria-label": say("answer_to", { what: `${what}, ${item.words}` }), "data-key": item.name }],
    ["span", { class: "pg-row" }, ["button", { type: "button", "aria-label": say("hint_to", { what }) }, say("hint")], ["button", { type: "button", "aria-label": say("reveal_of", { what }) }, say("reveal")]], ["div", {}], ["div", { class: "pg-hint" }]]);
  const [hinter, revealer] = made.querySelectorAll("button"), input = made.querySelector("input");
  made.firstChild.prepend(math(item.symbol));
  input.onchange = () => { answers[item.name] = input.value; send(item.name); };
  hinter.onclick = () => hint(item);
  revealer.onclick = () => { shown.push(item.name); send(item.name); };
  rows[item.name] = made;
  return made;
}
function mark(item) {
  const own = rows[item.name], [, input, , cell] = own.children;
  const sign = { right: "✓ ", follow_through: "✓ ", wrong: "✗ ", unread: "? " }[item.verdict] ?? "";
  cell.className = `pg-verdict pg-${item.verdict}`;
  const verdict = `${sign}${say(item.verdict)} ${item.true}`.trim();
  cell.replaceChildren(...(verdict ? [build(["b", {}, verdict])] : []), ...item.says.map((line) => build(["span", {}, line])));
  own.querySelector(".pg-row").hidden = ["right", "follow_through", "shown"].includes(item.verdict);
  if (item.verdict === "wrong") input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}
async function hint(item) {
  const count = hints[item.name] ?? 0, made = await attempt(() => api("hint", { ...asked(), name: item.name, count, answers }));
  if (!made) return;
  hints[item.name] = count + 1;
  rows[item.name].querySelector(".pg-hint").replaceChildren(math(made.formula));
  rows[item.name].querySelector("button").disabled = !made.more;
  tell(made.plain);
}
function stop() {
  if (!asking) return;
  asking = false;
  $("quiz-end").hidden = true;
  $("quiz-rows").replaceChildren();
  $("quiz-score").textContent = "";
  model.set("editable", true);
  refresh();
}
$("quiz-start").onclick = async () => {
  await settled();
  [answers, shown, hints, rows, chosen] = [{}, [], {}, {}, kinds()];
  if (chosen.length) send();
  else complain([say("quiz_none")]);
};
$("quiz-end").onclick = stop;
export const quiz = { leave: stop };

// ---------------------------------------------------------------- audit
$("audit-run").onclick = async () => {
  await settled();
  const made = await attempt(() => api("audit", { notes: $("notes").value, with_problem: $("audit-with").checked, problem: asked().problem }));
  if (!made) return;
  const part = ([text, verdict]) => (verdict ? ["mark", { class: `pg-${verdict}` }, text] : text);
  const line = ({ number, parts, says }) => build(["div", { class: says.length ? "pg-line pg-found" : "pg-line" }, ["span", { class: "pg-no" }, number], ["code", {}, ...parts.map(part)], ["ul", {}, ...says.map((text) => ["li", {}, text])]]);
  $("findings").replaceChildren(build(["p", {}, [made.clean ? say("audit_clean") : "", say("coverage", made)].join(" ")]), ...made.lines.map(line), ...made.notes.map((text) => build(["p", { class: "pg-note" }, text])));
};


