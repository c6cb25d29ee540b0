// The view of one network: one ES module with anywidget's interface. It lays out, fills slots and
// listens; every number, formula and sentence comes from the model, and nothing is worked out here.

const NS = "http://www.w3.org/2000/svg";
const FOLD = 12, FOLD_NARROW = 6, NARROW = 620, NARROWEST = 140, MOST_PATHS = 6, MOST_ROWS = 6, MOST_MOVING = 60, LONG_LINE = 42;
const STATE = "it step sel path style notation digits edge theme open sample sx sy".split(" ");
const ORDER = "input target weight bias net out error loss slope grad delta memory step update".split(" ");
const FRAME = "language title layers opened samples here sample its iterations styles notations digits".split(" ");
let views = 0;

// ---------------------------------------------------------------- small tools
const h = (tag, props, ...kids) => make(document.createElement(tag), props, kids);
const s = (tag, props, ...kids) => make(document.createElementNS(NS, tag), props, kids);
function make(el, props, kids) {
	for (const [key, value] of Object.entries(props ?? {})) {
		if (value === undefined || value === null || value === false) continue;
		if (key.startsWith("on")) el.addEventListener(key.slice(2), value);
		// only MathML of the emitter and own markup
		else if (key === "html") el.innerHTML = value;
		else if (key === "style") el.style.cssText = value;
		else el.setAttribute(key, value === true ? "" : value);
	}
	el.append(...kids.flat().filter((kid) => kid || kid === 0));
	return el;
}
// What is the same already is left alone, for a browser lays out and draws again whatever is touched.
const attr = (el, key, value) => { if (el.getAttribute(key) !== value) el.setAttribute(key, value); };
function put(el, text) {
	if (!el.firstChild) el.append(text);
	else if (el.firstChild.data !== text) el.firstChild.data = text;
}
// A tree takes over what another has otherwise. What is alike keeps its elements, their listeners, and the focus.
function renew(old, fresh) {
	const kids = [...fresh.childNodes], alike = old.childNodes.length === kids.length && old.cloneNode().isEqualNode(fresh.cloneNode());
	if (old.isEqualNode(fresh) || old === document.activeElement) return;
	if (alike) kids.forEach((kid, k) => renew(old.childNodes[k], kid));
	else old.replaceWith(fresh);
}
const clamp = (v, a, b) => Math.max(a, Math.min(b, v));
const range = (n) => [...Array(n).keys()];
const escape = (t) => String(t).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const RAISED = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };
function pretty(text = "") {
	const [mantissa, power] = String(text).replace("inf", "∞").split("e");
	return mantissa.replace("-", "−") + (power ? "×10" + [...power].map((c) => RAISED[c]).join("") : "");
}
const math = (body, block) => `<math${block ? ' display="block"' : ""}>${body}</math>`;
const capital = (t) => t.charAt(0).toUpperCase() + t.slice(1);
const bracket = (sign, form) => `<mo form="${form}" stretchy="false">${sign}</mo>`;
const fenced = (body) => `<mrow>${bracket("(", "prefix")}${body}${bracket(")", "postfix")}</mrow>`;
const size = (text) => { const v = Math.abs(Number(text)); return v === v ? Math.min(v, 1e300) : 0; };

// ---------------------------------------------------------------- what the model says
class Data {
	constructor(view) {
		this.D = view;
		this.Q = view.quantities;
		this.index();
	}
	index() {
		this.owners = {};
		this.users = {};
		this.born = {};
		for (const [name, q] of Object.entries(this.Q)) {
			if (q.kind !== "factor" && q.el) (this.owners[q.el] ??= []).push(name);
			for (const read of new Set(Object.values(q.uses ?? {}).flat())) (this.users[read] ??= []).push(name);
		}
		this.D.steps.forEach((step, k) => step.names.forEach((name) => (this.born[name] = k)));
	}
	// More quantities, or other numbers, are added to what is there.
	merge(part) {
		const offset = this.D.templates.length, says = this.D.says.length;
		const moved = (t) => (Array.isArray(t) ? t.map(moved) : t + offset);
		for (const [name, q] of Object.entries(part.quantities ?? {})) {
			if (this.Q[name] && !this.Q[name].mentioned) continue;
			if (q.say !== undefined) q.say += says;
			for (const sym of [q.sym, q.syms]) if (Array.isArray(sym)) sym[0] += offset;
			for (const rule of Object.values(q.rule ?? {})) for (const key of ["f", "n", "r"]) if (key in rule) rule[key] = moved(rule[key]);
			this.Q[name] = q;
		}
		this.D.templates.push(...(part.templates ?? []));
		this.D.says.push(...(part.says ?? []));
		const into = (to, from) => {
			for (const [key, value] of Object.entries(from ?? {})) {
				if (value && typeof value === "object" && !Array.isArray(value)) into((to[key] ??= {}), value);
				else to[key] = value;
			}
		};
		for (const key of ["columns", "marks", "cases", "styled", "surfaces"]) if (part[key]) into((this.D[key] ??= {}), part[key]);
		if (part.quantities) this.index();
	}
	// What a style has of its own, else what all have.
	of(table, style, ...keys) {
		const found = (from) => keys.reduce((at, key) => at?.[key], from);
		return found(this.D.styled?.[style]?.[table]) ?? found(this.D[table]);
	}
	text(name, style, digits, it) {
		const column = this.of("columns", style, digits, name) ?? "";
		return Array.isArray(column) ? column[it] : column;
	}
	marked(name, style, digits, it) {
		const mark = this.of("marks", style, digits, name);
		return Array.isArray(mark) ? mark.includes(it) : mark === 1;
	}
	branch(name, style, it) {
		const branch = this.of("cases", style, name) ?? 0;
		return Array.isArray(branch) ? branch[it] : branch;
	}
	by(record, style) {
		return record?.[style] ?? record?.[this.D.styles[0]];
	}
}

// ---------------------------------------------------------------- the view
function render({ model, el }) {
	const uid = `cg${++views}`;
	const root = h("div", { class: "cgv" });
	// others may put their controls here; it outlives redrawing
	const extra = h("div", { class: "extra" });
	el.append(root);
	const st = { back: [], hot: null };
	const parts = {};
	let M, D, Q, drawing = { boxes: {}, items: {}, columns: [], width: 0 };
	const page = Boolean(model.get("address"));
	const can = (what) => Boolean(model.get(what));
	const send = (message) => model.send?.(message);
	const say = (key, slots = {}) => (D.words[key] ?? key).replace(/\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g, (_, name, one, many) => many === undefined ? slots[name] ?? "" : `${slots[name]} ${String(slots[name]) === "1" ? one : many}`);

	// ---------- reading
	const num = (name, digits = st.digits) => M.text(name, st.style, digits, st.it);
	const small = () => (D.digits.includes("4") ? "4" : D.digits[D.digits.length - 1]);
	const spelled = (o) => o?.[st.notation] ?? o?.index ?? "";
	function sym(name, marked) {
		const o = (marked && Q[name]?.syms) || Q[name]?.sym;
		return Array.isArray(o) ? D.templates[o[0]].replace(/‹s (\d)›/g, (_, k) => sym(o[1][k])) : spelled(o);
	}
	const uses = (name) => M.by(Q[name].uses, st.style) ?? [];
	const here = (bare) => { const own = `s${st.sample}.${bare}`; return D.samples > 1 && Q[own] ? own : bare; };
	const mine = (name) => D.samples < 2 || !/^s\d+\./.test(name) || name.startsWith(`s${st.sample}.`);
	const ownOf = (l, j) => here(Number(l) ? `a[${l}][${j}]` : `x[${j}]`);
	const ours = (n) => mine(n) && !Q[n].mentioned;
	const focused = () => root.getRootNode().activeElement;
	const known = (name) => st.step === null || M.born[name] === undefined || M.born[name] <= st.step;
	const active = (name) => st.step !== null && D.steps[st.step].names.includes(name);
	function mathNumber(name, code = "n") {
		const text = num(name);
		if (text === "") return "<mtext>⋯</mtext>";
		if (text === "nan") return `<mtext>${escape(say("undefined"))}</mtext>`;
		const [mantissa, power] = text.split("e");
		const minus = (text[0] === "-") !== (code === "m");
		let body = `<mn>${mantissa.replace("-", "").replace("inf", "∞")}</mn>`;
		if (power) body += `<mo>×</mo><msup><mn>10</mn><mn>${power.replace("-", "−")}</mn></msup>`;
		if (minus) body = `<mo form="prefix">−</mo>${body}`;
		const own = `<mrow class="num${name === st.sel && code === "n" && st.style === "matrix" ? " framed" : ""}" data-q="${escape(name)}">${body}</mrow>`;
		return (minus && code === "p") || (code === "q" && (minus || power)) ? fenced(own) : own;
	}
	function fill(template, names, marked) {
		return D.templates[template].replace(/‹(\w) ([^›]+)›/g, (_, code, at) => {
			if (code === "g") return grid(...at.split(";"));
			const name = /^\d+$/.test(at) ? names[at] : at;
			return code === "s" ? sym(name, marked) : mathNumber(name, code);
		});
	}
	// The rows of a matrix. Of a large one the first two rows and columns, the last, and those of the entry chosen.
	function grid(pattern, rows, own, cols, across) {
		const [, j, i] = /\[\d+\]\[(\d+)(?:,(\d+))?\]$/.exec(st.sel) ?? [];
		const pick = (n, which) => {
			if (n <= MOST_ROWS) return range(n).map((k) => k + 1);
			const kept = [...new Set([1, 2, Number({ j, i }[which] ?? 1), n])].sort((a, b) => a - b);
			return kept.flatMap((k, at) => (at && k > kept[at - 1] + 1 ? [0, k] : [k]));
		};
		const cell = (r, c) => (r && c ? mathNumber(pattern.replace("R", r).replace("C", c)) : `<mo>${r ? "⋯" : "⋮"}</mo>`);
		const columns = pick(Number(cols), across);
		return pick(Number(rows), own).map((r) => `<mtr>${columns.map((c) => `<mtd>${cell(r, c)}</mtd>`).join("")}</mtr>`).join("");
	}
	// The lines of working of a quantity, as MathML: rule, formula, numbers, in matrix style the whole it is an
	// entry of. Those that repeat are left out.
	function lines(name) {
		const rule = M.by(Q[name].rule, st.style);
		if (!rule) return [];
		const marked = D.samples > 1 && !/^s\d+\./.test(name);
		const numbers = Array.isArray(rule.n) ? rule.n[M.branch(name, st.style, st.it)] : rule.n;
		const made = [];
		if (rule.r !== undefined) made.push(fill(rule.r, rule.ruses, marked));
		if (rule.f !== undefined) made.push(fill(rule.f, uses(name), marked));
		if (numbers !== undefined) made.push(fill(numbers, uses(name), marked));
		if (rule.v !== undefined) made.push(fill(rule.v, []));
		return made.filter((line, k) => line !== made[k - 1]);
	}
	function family(name) {
		const own = Q[name].el;
		// a bias without a tag joins its neuron
		const tagless = own.replace(/^n(\d+)\.(\d+)$/, "b[$1][$2]");
		const found = [...(M.owners[own] ?? [name]), ...(tagless !== own && !drawing.items[tagless] ? M.owners[tagless] ?? [] : [])];
		return found.filter(ours).sort((a, b) => ORDER.indexOf(Q[a].kind) - ORDER.indexOf(Q[b].kind));
	}
	const spoken = (name) => (known(name) ? num(name).replace("-", `${say("ui_minus")} `).replace("e", ` ${say("ui_power")} `) : say("ui_unknown"));

	// ---------- state
	function set(patch, quiet) {
		Object.assign(st, patch);
		if (quiet) return;
		for (const key of STATE) if (key in patch) model.set(key, st[key]);
		model.save_changes?.();
		if (page) address();
	}
	function address() {
		const said = new URLSearchParams();
		for (const key of STATE) if (st[key] !== first[key] && st[key] !== null && key !== "open") said.set(key, key === "it" ? D.its[st.it] : st[key]);
		const text = String(said);
		history.replaceState(history.state, "", text ? `#${text}` : location.pathname + location.search);
	}
	function fromAddress() {
		const found = {};
		for (const [key, value] of new URLSearchParams(location.hash.slice(1))) {
			if (!STATE.includes(key)) continue;
			found[key] = ["step", "path", "sample"].includes(key) ? Number(value) : key === "it" ? nearest(Number(value)) : value;
		}
		return found;
	}
	const nearest = (number) => Math.max(0, D.its.findLastIndex((n) => n <= number));
	let first = {};
	// What may be in a state is what the view has; anything else is left at its default.
	function settled(wanted) {
		const ok = { ...first };
		const among = (key, list) => { if (list.includes(wanted[key])) ok[key] = wanted[key]; };
		among("style", D.styles); among("notation", D.notations); among("digits", D.digits);
		among("edge", ["weight", "grad"]); among("theme", ["auto", "light", "dark"]); among("sample", D.here);
		among("sx", Object.keys(Q)); among("sy", Object.keys(Q));
		if (Number.isInteger(wanted.it)) ok.it = clamp(wanted.it, 0, D.its.length - 1);
		if (Number.isInteger(wanted.step) && D.steps[wanted.step]) ok.step = wanted.step;
		if (Q[wanted.sel] && !Q[wanted.sel].mentioned) ok.sel = wanted.sel;
		if (Number.isInteger(wanted.path) && Q[ok.sel]?.paths?.[wanted.path]) ok.path = wanted.path;
		return ok;
	}

	// ---------- skeleton
	function choice(key, legend, options, onpick) {
		const radios = options.map(([value, words]) => h("label", {}, h("input", { type: "radio", name: uid + key, value, checked: st[key] === value, onchange: () => onpick(value) }), h("span", {}, words)));
		return h("fieldset", { class: "seg" }, h("legend", {}, legend), h("div", {}, radios));
	}
	const button = (label, path, act) => h("button", { type: "button", class: "icon", "aria-label": label, title: label, onclick: act, html: `<svg viewBox="0 0 20 20" aria-hidden="true"><path d="${path}"/></svg>` });
	const ICON = { first: "M5 4v12M15 4l-7 6 7 6z", back: "M13 4l-7 6 7 6z", on: "M7 4l7 6-7 6z", last: "M5 4l7 6-7 6zM15 4v12" };
	const live = h("p", { class: "sr", role: "status", "aria-live": "polite" });
	const tell = (text) => { live.textContent = text; };

	function phases() {
		const found = [];
		for (const step of D.steps) found.at(-1)?.[0] === step.phase ? found.at(-1)[1]++ : found.push([step.phase, 1]);
		return found.map(([phase, count]) => h("span", { style: `flex:${count}`, class: `ph-${phase}` }, say(`phase_${phase}`)));
	}
	function stepper() {
		const n = D.steps.length;
		parts.stepText = h("p", { class: "steptext" });
		parts.step = h("input", { type: "range", min: 0, max: n, "aria-label": say("ui_step"), oninput: () => toStep(Number(parts.step.value)) });
		return h("div", { class: "card bar" }, h("div", { class: "btns" },
			button(say("ui_first_step"), ICON.first, () => toStep(0)),
			button(say("ui_step_back"), ICON.back, () => toStep((st.step ?? n) - 1)),
			button(say("ui_step_on"), ICON.on, () => toStep(st.step === null ? 0 : st.step + 1)),
			button(say("ui_all"), ICON.last, () => toStep(n))),
		h("div", { class: "track" }, h("div", { class: "phases", "aria-hidden": "true" }, phases(), h("span", { style: "flex:1", class: "ph-all" }, say("ui_everything"))), parts.step), parts.stepText);
	}
	function iterator() {
		if (D.its.length < 2) return null;
		parts.itText = h("p", { class: "steptext" });
		parts.it = h("input", { type: "range", min: 0, max: D.its.length - 1, "aria-label": say("ui_iteration"), oninput: () => toIteration(Number(parts.it.value)) });
		return h("div", { class: "card bar" }, h("div", { class: "btns" },
			button(say("ui_rewind"), ICON.first, () => toIteration(0)),
			button(say("ui_iteration_back"), ICON.back, () => toIteration(st.it - 1)),
			button(say("ui_iteration_on"), ICON.on, () => toIteration(st.it + 1)),
			button(say("ui_last_iteration"), ICON.last, () => toIteration(D.its.length - 1))),
		h("div", { class: "track" }, parts.it), parts.itText);
	}
	function tools() {
		const styles = D.styles.length > 1 && choice("style", say("ui_style"), D.styles.map((v) => [v, say(`ui_${v}`)]), (v) => { set({ style: v }); all(); });
		const notations = D.notations.length > 1 && h("label", { class: "pick" }, h("span", {}, say("ui_notation")), parts.notation = select(D.notations.map((v) => [v, say(`ui_${v}`)]), st.notation, (v) => { set({ notation: v }); build(); all(); }));
		const digits = D.digits.length > 1 && choice("digits", say("ui_digits"), D.digits.map((v) => [v, v === "own" ? say("ui_own") : v]), (v) => { set({ digits: v }); all(); });
		const samples = D.samples > 1 && h("label", { class: "pick" }, h("span", {}, say("ui_sample")), parts.sample = select(range(D.samples).map((k) => [String(k + 1), String(k + 1)]), String(st.sample), (v) => toSample(Number(v))));
		const theme = !can("bare") && choice("theme", say("page_theme"), ["auto", "light", "dark"].map((v) => [v, say(`page_${v}`)]), (v) => { set({ theme: v }); root.dataset.theme = v; });
		return h("div", { class: "tools" }, samples, styles, notations, digits, theme);
	}
	const select = (options, value, onpick) => h("select", { onchange: (e) => onpick(e.target.value) }, options.map(([v, t]) => h("option", { value: v, selected: v === value }, t)));

	function skeleton() {
		root.replaceChildren();
		root.lang = D.language;
		root.dataset.theme = can("bare") ? "" : st.theme;
		root.classList.toggle("page", page && !can("bare"));
		parts.svg = s("svg", { class: "net", role: "group", "aria-label": say("ui_drawing") });
		parts.stage = h("div", { class: "stage" }, parts.svg);
		parts.panel = h("section", { class: "card panel", "aria-label": say("ui_panel") });
		parts.curve = D.curve && h("figure", { class: "card fig" });
		parts.surface = D.surfaces && h("figure", { class: "card fig" });
		parts.maps = (D.maps ?? []).map(() => h("figure", { class: "card fig map" }));
		parts.table = h("details", { class: "card tab", ontoggle: () => parts.table.open && table() }, h("summary", {}, say("ui_table")), h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": say("ui_table") }));
		const edges = Q.loss && choice("edge", say("ui_edges"), [["weight", say("ui_weight")], ["grad", say("ui_gradient")]], (v) => { set({ edge: v }); paint(); });
		const key = h("p", { html: `<span class="k pos"></span>${say("legend_positive")}<span class="k neg"></span>${say("legend_negative")}<span class="k bi"></span>${say("legend_bias")}; ${say("legend_width")}` });
		const drawn = h("div", { class: "card draw" }, parts.stage, h("div", { class: "legend" }, edges, key));
		const lower = h("div", { class: "lower" }, parts.curve, parts.surface, parts.maps);
		const title = h("div", { class: "title" }, h("p", { class: "mark" }, "chalkgrad"), h(page ? "h1" : "h2", { class: "name" }, D.title), parts.conv = h("p", { class: "conv" }));
		root.append(h(page && !can("bare") ? "header" : "div", { class: "top" }, !can("bare") && title, tools()), extra,
			h("div", { class: "main" }, h("div", { class: "left" }, drawn, stepper(), iterator(), lower), parts.panel), parts.table, live);
	}

	// ---------- drawing: layout
	const folds = (l) => D.layers[l].size > (drawing.width < NARROW ? FOLD_NARROW : FOLD);
	const opened = (l) => st.open[l] ?? D.opened[l];
	const shown = (l) => (folds(l) ? [opened(l)] : range(D.layers[l].size).map((j) => j + 1));
	const depth = () => D.layers.length - 1;

	function letters(g, [base, up, low], cls) {
		const t = s("text", { class: cls }, s("tspan", { class: "it" }, base));
		if (low) t.append(s("tspan", { class: "sub", dy: "0.28em" }, low));
		if (up) t.append(s("tspan", { class: "sub", dy: low ? "-0.85em" : "-0.45em" }, up));
		g.append(" ", t);
		return t;
	}
	// After letters with scripts the base line is elsewhere: what follows on the line is moved back by this.
	const backToLine = ([, up, low]) => (low && up ? ".57em" : low ? "-.28em" : up ? ".45em" : 0);

	function build() {
		const { svg } = parts, width = Math.floor(parts.stage.clientWidth) || 900, L = depth();
		const ends = Q.loss ? 0.82 : 0, down = width < NARROW || (width - 128) / (L + ends) < NARROWEST;
		drawing = { boxes: {}, items: {}, columns: [], width, down };
		svg.replaceChildren();
		const count = (l) => shown(l).length;
		const most = Math.max(...range(L + 1).map(count));
		const anyFold = range(L + 1).some(folds);
		const radius = (l) => {
			if (folds(l)) return 44;
			if (down) return clamp((width - 20) / count(l) / 2 - 5, 22, count(l) < 3 ? 44 : 38);
			return most <= 3 ? 50 : most <= 8 || count(l) <= 8 ? 38 : 24;
		};
		const shared = D.layers.some((layer) => layer.shared);
		const foot = shared && !down ? 58 : 0;
		const across = down ? width : Math.max(450, most * (most <= 3 ? 160 : most <= 8 ? 106 : 62) + (most <= 3 ? 34 : 14), anyFold ? 520 : 0);
		const along = down ? 110 + L * (anyFold ? 330 : 236) + (ends ? 150 : 0) : width;
		const padA = down ? 46 : 62, padB = down ? 60 : 66;
		const gap = (along - padA - padB) / (L + ends);
		const posA = (l) => padA + (l > L ? (L + ends) * gap : l * gap);
		// room for the cells of folded layers
		const lift = anyFold && !down ? -60 : 0;
		const posB = (n, m) => {
			const room = down ? across / n : Math.min((across - foot - 40) / n, 215);
			return n === 1 ? (across - foot) / 2 + lift : (across - foot) / 2 + (m - (n - 1) / 2) * room + (down ? 0 : 4);
		};
		const at = (l, m) => (down ? [posB(count(l), m), posA(l)] : [posA(l), posB(count(l), m)]);
		const height = down ? along : across;
		for (const [key, value] of Object.entries({ viewBox: `0 0 ${width} ${height}`, width, height })) svg.setAttribute(key, value);
		const layer = { under: s("g", { class: "marks" }), edges: s("g", { class: "edges" }), nodes: s("g"), over: s("g", { class: "over" }) };
		svg.append(layer.under, layer.edges, layer.nodes, layer.over);
		Object.assign(drawing, { layer, posA, gap, radius, height, across, foot });
		for (let l = 0; l <= L; l++) shown(l).forEach((j, m) => neuron(l, j, ...at(l, m), radius(l)));
		if (Q.loss) lossBox(...(down ? [width / 2, posA(L + 1)] : [posA(L + 1), (across - foot) / 2 + (count(L) === 1 ? lift : 4)]));
		for (let l = 1; l <= L; l++) { weights(l); biases(l); }
		for (let l = 0; l <= L; l++) { if (folds(l)) cells(l); if (l && D.layers[l].whole) brace(l); }
		for (const c of drawing.columns) c?.sort((a, b) => (down ? drawing.items[a].x - drawing.items[b].x : drawing.items[a].y - drawing.items[b].y));
		// too many to move smoothly
		svg.classList.toggle("many", Object.keys(drawing.items).length > MOST_MOVING);
		svg.onkeydown = walk;
		focusable(Q[st.sel]?.el);
	}
	function item(id, g, x, y, column, more) {
		drawing.items[id] = { g, x, y, c: column, ...more };
		g.dataset.el = id;
		(drawing.columns[column] ??= []).push(id);
	}
	function touch(id, cls = "") {
		const act = () => choose(best(id));
		return s("g", { class: `q ${cls}`, role: "button", tabindex: -1, onclick: act, onkeydown: (e) => { if (e.key === "Enter" || e.key === " ") { e.preventDefault(); act(); } else if (e.key === "Delete") remove(id); } });
	}
	function neuron(l, j, x, y, radius) {
		const { down, layer } = drawing, id = `n${l}.${j}`, g = touch(id), r = l ? radius : Math.min(radius, 36);
		g.setAttribute("transform", `translate(${x} ${y})`);
		if (l) g.append(s("circle", { class: "halo", r: r + 6 }), s("circle", { class: "body", r }));
		else g.append(s("rect", { class: "halo", x: -r - 6, y: -r * 0.7 - 6, width: 2 * r + 12, height: r * 1.4 + 12, rx: 12 }), s("rect", { class: "body", x: -r, y: -r * 0.7, width: 2 * r, height: r * 1.4, rx: 8 }));
		const line = (dy, cls) => { const t = s("text", { class: cls, y: dy }); g.append(" ", t); return t; };
		const roomy = l > 0 && r >= 44, bare = l ? `a[${l}][${j}]` : `x[${j}]`;
		const own = { r, bare, l, j, main: line(!l ? 14 : roomy ? 5 : r < 30 ? 4.5 : 13, l && !roomy ? "val tight" : "val") };
		if (roomy) { own.top = line(-19, "small"); own.bot = line(26, "small grad"); }
		const draw = spelled(Q[here(bare)]?.draw) || ["", "", ""];
		if (!l) letters(g, draw, "name").setAttribute("y", -4);
		else if (r >= 30) {
			const name = letters(g, draw, `name${down && roomy ? " right" : ""}`);
			name.setAttribute("y", roomy ? (down ? -r + 8 : -r - 12) : -8);
			if (down && roomy) name.setAttribute("x", r * 0.8);
		}
		layer.nodes.append(g);
		drawing.boxes[id] = { x, y, r };
		item(id, g, x, y, 2 * l, own);
	}
	function lossBox(x, y) {
		const g = touch("loss"), L = depth();
		g.setAttribute("transform", `translate(${x} ${y})`);
		g.append(s("rect", { class: "halo", x: -54, y: -40, width: 108, height: 80, rx: 18 }), s("rect", { class: "body lossbox", x: -48, y: -34, width: 96, height: 68, rx: 12 }));
		letters(g, spelled(Q.loss.draw), "name").setAttribute("y", -8);
		const main = s("text", { class: "val", y: 17 });
		g.append(" ", main);
		drawing.layer.nodes.append(g);
		drawing.boxes.loss = { x, y, r: 48 };
		item("loss", g, x, y, 2 * L + 2, { main, bare: "loss" });
		for (const j of shown(L)) {
			const id = `e${j}`, { g: edge, e } = line(id, drawing.boxes[`n${L}.${j}`], { ...drawing.boxes.loss, r: drawing.down ? 40 : 48 }, "toloss");
			const [px, py] = along(e, D.layers[L].whole ? 0.6 : 0.44), lab = s("g", { class: "lab chip", transform: `translate(${px} ${py})` });
			edge.append(lab);
			item(id, edge, px, py, 2 * L + 1, { lab, bare: `t[${j}]` });
		}
	}
	const along = (e, u) => [e.x1 + (e.x2 - e.x1) * u, e.y1 + (e.y2 - e.y1) * u];
	function between(a, b, ra, rb) {
		const dx = b.x - a.x, dy = b.y - a.y, d = Math.hypot(dx, dy) || 1;
		return { x1: a.x + (dx / d) * ra, y1: a.y + (dy / d) * ra, x2: b.x - (dx / d) * rb, y2: b.y - (dy / d) * rb };
	}
	function line(id, a, b, cls) {
		const e = between(a, b, (a.r ?? 0) + 1, (b.r ?? 0) + 2), g = touch(id, `edge ${cls}`);
		const d = `M${e.x1} ${e.y1}L${e.x2} ${e.y2}`, p = s("path", { class: "line", d });
		g.append(s("path", { class: "hit", d }), p);
		drawing.layer.edges.append(g);
		drawing.boxes[id] = e;
		return { id, g, p, e };
	}
	// Weights of a gap: their labels stand in one column, where the closest two are furthest apart.
	function weights(l) {
		const { down, boxes } = drawing, found = [];
		for (const j of shown(l)) for (const i of shown(l - 1)) {
			const id = `w[${l}][${j},${i}]`;
			if (Q[id]) found.push(line(id, boxes[`n${l - 1}.${i}`], boxes[`n${l}.${j}`], "w"));
		}
		if (!found.length) return;
		const [a1, a2, b1, b2] = down ? ["y1", "y2", "x1", "x2"] : ["x1", "x2", "y1", "y2"];
		const share = (e, a) => (a - e[a1]) / (e[a2] - e[a1] || 1), side = (e, u) => e[b1] + (e[b2] - e[b1]) * u;
		const from = Math.max(...found.map(({ e }) => e[a1])), to = Math.min(...found.map(({ e }) => e[a2]));
		const enough = down ? 84 : found.length > 8 ? 20 : 44;
		let best = -1, place = (from + to) / 2;
		for (let f = 0.2; f <= 0.8; f += 0.01) {
			const a = from + (to - from) * f, sides = found.map(({ e }) => side(e, share(e, a))).sort((p, q) => p - q);
			let closest = enough;
			for (let k = 1; k < sides.length; k++) closest = Math.min(closest, sides[k] - sides[k - 1]);
			closest -= Math.abs(f - 0.36) * 4;
			if (closest > best) { best = closest; place = a; }
		}
		// downwards the labels stand in two rows by turns, so that only every second one is a neighbour
		const one = found.length === 1, sides = found.map(({ e }) => side(e, share(e, place))).sort((p, q) => p - q), turns = down ? 2 : 1;
		const fits = sides.every((b, k) => k < turns || b - sides[k - turns] >= (down ? 62 : 13));
		// a second line, the gradient, where the label leaves more than half of the edge to be seen
		const roomy = (one || (best >= (down ? 80 : 34) && found.length <= 8)) && (down || to - from > 150);
		found.sort((p, q) => side(p.e, share(p.e, place)) - side(q.e, share(q.e, place)));
		found.forEach(({ id, g, p, e }, k) => {
			const [x, y] = along(e, share(e, place)), shift = down && !roomy && !one ? (k % 2 ? 9 : -9) : 0;
			const lab = s("g", { class: fits ? "lab" : "lab shy", transform: `translate(${x} ${y + shift})` });
			g.append(lab);
			item(id, g, x, y, 2 * l - 1, { lab, p, two: roomy, bare: id, named: roomy || found.length < 5 });
		});
	}
	function biases(l) {
		const { down, boxes, posA, gap, radius, height, layer } = drawing;
		if (D.layers[l].shared) {
			const id = `b[${l}]`, x = down ? 34 : posA(l) - gap * 0.36, y = down ? posA(l) - 62 : height - 30, g = touch(id, "bias");
			const d = shown(l).map((j) => { const e = between({ x, y }, boxes[`n${l}.${j}`], 22, radius(l) + 2); return `M${e.x1} ${e.y1}L${e.x2} ${e.y2}`; }).join("");
			const lab = s("g", { class: "lab chip", transform: `translate(${x} ${y})` });
			g.append(s("path", { class: "line dash", d }), lab);
			layer.edges.prepend(g);
			boxes[id] = { x, y, r: 20 };
			item(id, g, x, y, 2 * l - 1, { lab, bare: id, two: !down, named: true });
		} else if (radius(l) >= 30) {
			for (const j of shown(l)) {
				const id = `b[${l}][${j}]`, n = boxes[`n${l}.${j}`], y = n.y + radius(l) + 13;
				if (!Q[id]) continue;
				const g = touch(id, "bias tag"), lab = s("g", { class: "lab", transform: `translate(${n.x} ${y})` });
				g.append(lab);
				layer.nodes.append(g);
				boxes[id] = { x: n.x, y, r: 10 };
				item(id, g, n.x, y, 2 * l, { lab, bare: id, named: true });
			}
		}
	}
	// The neurons of a folded layer are cells under the one that is opened, where no edge passes.
	function cells(l) {
		const { boxes, layer, down } = drawing, n = D.layers[l].size, centre = boxes[`n${l}.${opened(l)}`];
		const cols = Math.ceil(Math.sqrt(n * 1.4)), side = clamp(Math.floor((down ? Math.min(drawing.width / 2 - 72, 150) : 132) / cols), 3, 15), g = s("g", { class: "cells" });
		const x0 = down ? centre.x + 62 : centre.x - (cols * side) / 2, y0 = centre.y + (down ? -16 : l && !D.layers[l].shared ? 84 : 64);
		const cell = (k) => ({ x: x0 + (k % cols) * side, y: y0 + Math.floor(k / cols) * side });
		const rects = range(n).map((k) => s("rect", { ...cell(k), width: side - (side > 4 ? 1 : 0), height: side - (side > 4 ? 1 : 0), class: k + 1 === opened(l) ? "cell on" : "cell" }));
		const bottom = y0 + Math.ceil(n / cols) * side;
		g.append(...rects, s("text", { class: "small", x: x0 + (cols * side) / 2, y: bottom + 15 }, say(l === 0 ? "ui_inputs" : l === depth() ? "ui_outputs" : "ui_hidden", { n })));
		g.addEventListener("click", (e) => { const k = rects.indexOf(e.target); if (k >= 0) openNeuron(l, k + 1); });
		layer.nodes.append(g);
		(drawing.cells ??= {})[l] = rects;
	}
	// A layer whose activations depend on all its net inputs stands in a bracket.
	function brace(l) {
		const { boxes, layer, down, radius } = drawing, found = shown(l).map((j) => boxes[`n${l}.${j}`]), r = radius(l) + 9;
		const [a, z] = [found[0], found.at(-1)];
		const d = down ? `M${a.x - r} ${a.y + r - 8}v8H${z.x + r}v-8` : `M${a.x + r - 8} ${a.y - r}h8V${z.y + r}h-8`;
		layer.nodes.prepend(s("path", { class: "brace", d }), s("text", { class: "small", x: down ? z.x + r : a.x + r, y: down ? a.y + r + 14 : a.y - r - 6 }, D.layers[l].activation));
	}
	function walk(e) {
		const { down, items, columns } = drawing;
		const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[e.key];
		const id = e.target.closest?.("[data-el]")?.dataset.el;
		if (!step || !id) return;
		e.preventDefault();
		const [on, side] = down ? [step[1], step[0]] : step, me = items[id];
		let to;
		if (side) { const c = columns[me.c]; to = c[clamp(c.indexOf(id) + side, 0, c.length - 1)]; }
		else {
			let c = me.c + on;
			while (c >= 0 && c < columns.length && !columns[c]?.length) c += on;
			const far = (k) => Math.hypot(items[k].x - me.x, items[k].y - me.y);
			to = columns[c]?.slice().sort((a, b) => far(a) - far(b))[0];
		}
		if (to) { focusable(to); items[to].g.focus(); }
	}
	function focusable(id) {
		const { items } = drawing, keep = items[id] ? id : Object.keys(items)[0];
		for (const [key, o] of Object.entries(items)) o.g.setAttribute("tabindex", key === keep ? 0 : -1);
	}

	// ---------- drawing: paint
	const value = (name, digits) => (name && Q[name] ? (known(name) ? pretty(num(name, digits)) : "·") : "");
	function paint() {
		const { items } = drawing, own = Q[st.sel]?.el, lit = litSet(), front = [...lit].join();
		root.classList.toggle("picked", Boolean(st.sel) && st.step === null);
		for (const [id, o] of Object.entries(items)) {
			const c = o.g.classList;
			c.toggle("sel", id === own);
			c.toggle("lit", lit.has(id));
			c.toggle("now", (M.owners[id] ?? []).some((n) => mine(n) && active(n)));
			attr(o.g, "aria-pressed", String(id === own));
		}
		figures();
		if (front !== drawing.front) {
			const inside = focused()?.dataset?.el;
			for (const id of lit) items[id]?.g.parentNode.append(items[id].g);
			// what is moved loses it
			if (inside && items[inside]) items[inside].g.focus({ preventScroll: true });
		}
		drawing.front = front;
		marks();
	}
	// The numbers of the drawing, and what shows how large they are.
	function figures() {
		const { items } = drawing, grads = st.edge === "grad";
		const gradient = (o) => (Q[here(`grad_${o.bare}`)] ? here(`grad_${o.bare}`) : `grad_${o.bare}`);
		const top = Math.max(1e-300, ...Object.values(items).filter((o) => o.p).map((o) => size(num(grads ? gradient(o) : o.bare))));
		for (const o of Object.values(items)) {
			const main = o.p && grads ? gradient(o) : here(o.bare);
			if (o.main) paintNode(o, main);
			if (o.p) {
				const on = known(main), text = num(main), width = `${(1.2 + (on ? 6 * Math.min(size(text) / top, 1) : 0)).toFixed(1)}px`;
				if (o.width !== width) o.p.style.strokeWidth = o.width = width;
				o.g.classList.toggle("neg", on && text[0] === "-");
				o.g.classList.toggle("unk", !on);
			}
			if (o.lab) paintLabel(o, gradient(o), grads);
			attr(o.g, "aria-label", `${o.g.textContent.replace(/\s+/g, " ").trim()}, ${Q[main]?.words ?? say("what_loss")}`);
		}
		for (const [l, rects] of Object.entries(drawing.cells ?? {})) rects.forEach((rect, k) => rect.style.setProperty("--v", D.strip?.[l]?.[k] ?? tint(l, num(ownOf(l, k + 1)))));
		pads(Object.values(items).filter((o) => o.lab));
	}
	// A share of the range of the activation, for the colour alone; negative for negative numbers.
	function tint(l, text) {
		const [low, high] = D.layers[l].range ?? [null, null], reach = Math.max(Math.abs(low ?? 1), Math.abs(high ?? 1));
		return clamp(Number(text) / reach || 0, -1, 1);
	}
	function paintNode(o, main) {
		const text = value(main, !o.l && o.bare !== "loss" ? st.digits : o.r >= 44 || o.bare === "loss" ? st.digits : small());
		put(o.main, text);
		o.main.classList.toggle("long", text.length > 9);
		if (o.l) {
			const v = known(main) ? tint(o.l, num(main)) : 0, tone = Math.abs(v).toFixed(3);
			if (o.tone !== tone) o.g.style.setProperty("--v", (o.tone = tone));
			o.g.classList.toggle("minus", v < 0);
		}
		if (o.top) {
			const z = here(`z[${o.l}][${o.j}]`), delta = here(`delta[${o.l}][${o.j}]`);
			put(o.top, `${spelled(Q[z]?.draw)?.[0] ?? "z"} ${value(z, small())}`);
			put(o.bot, Q[delta] && known(delta) ? `δ ${pretty(num(delta, small()))}` : "");
		}
	}
	// A label is made anew only where it says something else than another number.
	function paintLabel(o, gradient, grads) {
		const { lab } = o, weight = Boolean(o.p), byGrad = weight && grads, q = here(o.bare);
		const two = Boolean(o.two && !byGrad && Q[gradient] && known(gradient)), named = !weight || o.named;
		const draw = spelled(Q[q]?.draw), form = Q[q] ? `${byGrad} ${two} ${named && draw}` : "";
		if (o.form !== form) {
			Object.assign(o, { form, pad: null, box: null, value: null, grad: null });
			lab.replaceChildren();
			if (Q[q] && !byGrad) {
				const t = named ? letters(lab, draw, "lt") : s("text", { class: "lt" });
				if (!named) lab.append(" ", t);
				t.setAttribute("y", two ? -3 : 4.5);
				o.value = s("tspan", { dx: named ? ".45em" : 0, dy: named ? backToLine(draw) : 0 });
				t.append(" ", o.value);
			}
			if (byGrad || two) lab.append(" ", (o.grad = s("text", { class: "lt grad", y: two ? 13 : 4.5 })));
		}
		const digits = drawing.down || !o.two || num(q).length > 7 ? small() : st.digits;
		if (o.value) put(o.value, value(q, digits));
		if (o.grad) put(o.grad, `${o.two ? "∂ " : ""}${value(gradient, small())}`);
		o.shape = form && form + lab.textContent.replace(/\d/g, 0);
	}
	// The ground of a label is as large as its text. Digits are all of one width, so labels that differ in them alone
	// are measured once; all at a time, for each measurement after a change makes a browser lay out everything.
	function pads(labels) {
		const sizes = (drawing.sizes ??= {}), fresh = labels.filter((o) => o.shape && !sizes[o.shape]);
		for (const o of fresh) o.pad?.remove();
		for (const { shape, lab } of fresh) {
			const b = !sizes[shape] && lab.getBBox?.();
			if (b?.width) sizes[shape] = { x: b.x - 5, y: b.y - 1, width: b.width + 10, height: b.height + 2 };
		}
		for (const o of labels) {
			const box = sizes[o.shape];
			if (!box || (o.box === box && o.pad?.parentNode)) continue;
			o.pad ??= s("rect", { class: "pad", rx: 5 });
			for (const [key, length] of Object.entries((o.box = box))) o.pad.setAttribute(key, length);
			o.lab.prepend(o.pad);
		}
	}
	const backward = (name) => ["grad", "delta", "update", "memory", "step"].includes(Q[name].kind);
	function litSet() {
		const out = new Set();
		if (st.step !== null) {
			for (const name of D.steps[st.step].names) {
				out.add(Q[name].el);
				if (!/^(s\d+\.)?grad_[wb]/.test(name)) for (const read of uses(name)) out.add(Q[read].el);
			}
			return out;
		}
		const q = Q[st.sel];
		if (!q) return out;
		out.add(q.el);
		for (const read of uses(st.sel)) out.add(Q[read].el);
		if (q.paths) q.paths.forEach((path, k) => { if (st.path === null || st.path === k) path.els.forEach((e) => out.add(e)); });
		else if (backward(st.sel)) {
			const m = /\[(\d+)\]\[(\d+)/.exec(st.sel);
			if (m && Number(m[1]) === depth()) [`n${m[1]}.${m[2]}`, `e${m[2]}`, "loss"].forEach((e) => out.add(e));
		}
		return out;
	}
	// Paths are highlighter strokes under the edges, side by side where they share one, and numbered.
	function marks() {
		const { layer, boxes, down } = drawing, q = Q[st.sel];
		layer.under.replaceChildren();
		layer.over.replaceChildren();
		const stroke = (els, k, off) => {
			const points = els.flatMap((e) => (boxes[e]?.x1 === undefined ? [] : [[boxes[e].x1, boxes[e].y1], [boxes[e].x2, boxes[e].y2]]));
			if (!points.length) return;
			const d = `M${points.map(([x, y]) => `${x + (down ? off : 0)} ${y + (down ? 0 : off)}`).join("L")}`;
			layer.under.append(s("path", { class: `mark m${k % 4}`, d }));
		};
		const edgesOf = (set) => [...set].filter((e) => boxes[e]?.x1 !== undefined);
		if (st.step !== null) { for (const e of edgesOf(litSet())) stroke([e], D.steps[st.step].phase === "backward" ? 2 : 0, 0); return; }
		if (!q) return;
		if (!q.paths) { if (backward(st.sel)) edgesOf(litSet()).forEach((e) => stroke([e], 0, 0)); return; }
		const own = boxes[q.el]?.x1 !== undefined ? [q.el] : [], list = q.paths.slice(0, MOST_PATHS), n = list.length;
		list.forEach((path, k) => {
			if (st.path !== null && st.path !== k) return;
			stroke([...own, ...path.els], k, st.path === null ? (k - (n - 1) / 2) * (n > 2 ? 4 : 6) : 0);
			if (n > 1) badge(path, k, list);
		});
	}
	// The number of a path stands on an edge that it shares with as few others as there is.
	function badge(path, k, list) {
		const { boxes, layer } = drawing, taken = (layer.over.taken ??= {});
		const edges = path.els.filter((e) => boxes[e]?.x1 !== undefined);
		const shared = (e) => list.filter((other) => other.els.includes(e)).length;
		const best = edges.slice().sort((a, b) => shared(a) - shared(b))[0];
		if (!best) return;
		if (k === 0 || st.path !== null) for (const key of Object.keys(taken)) delete taken[key];
		const before = (taken[best] = (taken[best] ?? 0) + 1) - 1;
		const [x, y] = along(boxes[best], (best[0] === "e" ? 0.84 : 0.8) - before * 0.12);
		layer.over.append(s("g", { class: `badge m${k % 4}`, transform: `translate(${x} ${y})` }, s("circle", { r: 10 }), s("text", { y: 4.5 }, String(k + 1))));
	}

	// ---------- choosing, stepping, iterating
	function best(id) {
		const names = (M.owners[id] ?? []).filter(ours);
		const of = (...kinds) => kinds.map((kind) => names.find((n) => Q[n].kind === kind && known(n))).find(Boolean);
		if (id[0] === "w") return of("grad", "weight") ?? names[0];
		if (id[0] === "n") return (st.step === null ? of("delta", "out", "input") : of("out", "input")) ?? names[0];
		return of("target", "bias", "loss") ?? names[0] ?? "loss";
	}
	function choose(name, back) {
		if (!Q[name] || Q[name].mentioned) return ask(name);
		if (!back && st.sel && st.sel !== name) st.back.push(st.sel);
		const sample = /^s(\d+)\./.exec(name);
		if (sample && Number(sample[1]) !== st.sample) { set({ sample: Number(sample[1]) }); build(); }
		set({ sel: name, path: null, ...(known(name) ? {} : { step: null }) });
		focusable(Q[name].el);
		all();
		const q = Q[name];
		tell([`${q.words}: ${spoken(name)}.`, q.rule && `${capital(D.says[q.say])}.`, q.paths && say("ui_paths_lead", { n: q.path_count })].filter(Boolean).join(" "));
	}
	// What is not there is asked for; where nobody answers, nothing happens.
	let awaited = null;
	function ask(name) {
		awaited = name;
		if (can("live")) send({ type: "part", names: [name] });
	}
	function openNeuron(l, j) {
		const q = Q[ownOf(l, j)];
		if (q?.uses && !q.mentioned) {
			st.open = { ...st.open, [l]: j };
			build();
			all();
			choose(best(`n${l}.${j}`));
		} else if (can("live")) send({ type: "open", layer: Number(l), neuron: j });
	}
	function toStep(n) {
		const end = n >= D.steps.length, k = clamp(n, 0, D.steps.length - 1), step = D.steps[k];
		if (end) { set({ step: null }); all(); tell(say("ui_all_worked")); return; }
		st.back = [];
		const other = step.sample && step.sample !== st.sample && D.here.includes(step.sample);
		set({ step: k, sel: step.focus, path: null, ...(other ? { sample: step.sample } : {}) });
		if (other) { build(); }
		all();
		tell(say("ui_step_of", { phase: say(`phase_${step.phase}`), k: k + 1, n: D.steps.length, text: step.text }));
	}
	function toIteration(k) {
		set({ it: clamp(k, 0, D.its.length - 1) });
		all();
		tell(say("ui_iteration_says", { k: D.its[st.it], loss: pretty(D.curve?.text[st.it] ?? "") }));
	}
	function toSample(k) {
		if (!D.here.includes(k)) { if (can("live")) send({ type: "sample", sample: k }); return; }
		const moved = st.sel?.replace(/^s\d+\./, `s${k}.`);
		set({ sample: k, sel: Q[moved] ? moved : st.sel, path: null });
		build();
		all();
	}

	// ---------- panel
	const link = (name, body, cls = "") => {
		const b = h("button", { type: "button", class: `lk ${cls}`, title: Q[name].words, onclick: () => choose(name), html: body });
		const glow = (on) => drawing.items[Q[name].el]?.g.classList.toggle("glow", on);
		b.onmouseenter = b.onfocus = () => glow(true);
		b.onmouseleave = b.onblur = () => glow(false);
		if (Q[name].mentioned && !can("live")) b.disabled = true;
		return b;
	};
	function working(name) {
		const q = Q[name], right = lines(name), marked = M.marked(name, st.style, st.digits, st.it);
		const result = mathNumber(name, "v") + (marked ? `<mtext class="dagger">†</mtext>` : "");
		// A long sum goes on in other lines, before its signs.
		const row = (left, body, cls = "") => {
			const parts = body.replace(/<[^>]*>/g, "").length > LONG_LINE ? body.split("‹b›") : [body.replaceAll("‹b›", "")];
			return parts.map((part, k) => `<mtr${cls}><mtd>${k ? "" : left}</mtd><mtd>${k ? "" : "<mo>=</mo>"}</mtd><mtd><mrow>${k ? part.replace("<mo>", '<mo form="infix">') : part}</mrow></mtd></mtr>`).join("");
		};
		// in matrix style the lines are about the whole
		const own = sym(name), whole = M.by(q.rule, st.style)?.l;
		const rows = right.map((line, k) => row(k ? "" : whole === undefined ? own : fill(whole, []), line)).join("");
		const body = right.length ? `<mtable class="al">${rows}${row(whole === undefined ? "" : own, result, ' class="res"')}</mtable>` : `<mrow>${own}<mo>=</mo><mrow class="resn">${result}</mrow></mrow>`;
		const why = q.rule ? say("ui_in_words", { text: D.says[q.say] }) : q.given ? say("ui_given") : "";
		return h("div", { class: known(name) ? "work" : "work unknown" }, h("div", { class: "eq", tabindex: 0, role: "group", "aria-label": say("ui_working"), html: math(body, true) }),
			h("p", { class: "why" }, why, q.note ? ` ${q.note}` : "", marked ? ` † ${say("page_mark")}.` : ""));
	}
	function chips(name) {
		const q = Q[name], factors = M.by(q.chips, st.style), found = factors ?? (q.rule ? uses(name).slice(0, 8).map((u) => [u, ""]) : []);
		if (!found.length) return [];
		const many = uses(name).length;
		const list = h("div", { class: factors ? "chips prod" : "chips" });
		found.forEach(([read, called], k) => {
			const left = called ? `<mrow>${sym(called)}<mo>=</mo>${sym(read)}</mrow>` : sym(read, D.samples > 1 && !mine(read));
			const times = k > 0 && factors && h("span", { class: "op", "aria-hidden": "true" }, "×");
			list.append(h("div", { class: "fac" }, times, link(read, `<span class="cs">${math(left)}</span><span class="cn">${pretty(num(read))}</span><span class="cw">${escape(Q[read].words)}</span>`, `chip k-${Q[read].kind}`)));
		});
		const head = factors ? say("ui_factors") : many > 8 ? say("ui_made_of_many", { n: many }) : say("ui_made_of");
		return [h("h3", {}, head), list];
	}
	// The neurons of a path in words, up to the loss.
	const via = (path) => [...path.els.filter((e) => e[0] === "n").map((e) => { const [l, j] = e.slice(1).split("."); return D.layers[l].who[j - 1]; }), say("what_loss")].join(" → ");
	// A neuron goes with a button, or with Delete in the drawing.
	function neuronOf(el) {
		const [, layer, neuron] = /^n(\d+)\.(\d+)$/.exec(el) ?? [];
		return can("editable") && D.layers[layer]?.size > 1 && { layer: Number(layer), neuron: Number(neuron) };
	}
	const remove = (el) => neuronOf(el) && send({ type: "edit", do: "remove_neuron", ...neuronOf(el) });
	function pathList(name) {
		const q = Q[name];
		if (!q.paths?.length) return [];
		const shownPaths = q.paths.slice(0, MOST_PATHS), rest = q.path_count - shownPaths.length;
		const list = h("ol", { class: "paths" }, shownPaths.map((path, k) => {
			const press = () => {
				set({ path: st.path === k ? null : k });
				paint();
				panel();
				tell(`${via(path)}: ${num(`${name}~${k + 1}`)}`);
			};
			// apart, so that the line may wrap
			const factors = path.factors.map((f) => math(mathNumber(f, "p"))).join(" ⋅ ");
			return h("li", {}, h("button", { type: "button", class: `path m${k % 4}`, "aria-pressed": String(st.path === k), onclick: press }, h("span", { class: "pn" }, String(k + 1)), h("span", { class: "via" }, via(path)), h("span", { class: "pv" }, pretty(num(`${name}~${k + 1}`)))), h("div", { class: "pf", html: factors }));
		}));
		const together = h("p", { class: "sum" }, rest > 0 ? say("ui_more_paths", { n: rest }) : say("ui_together"), " ", h("b", {}, pretty(num(name))));
		return [h("h3", {}, q.path_count === 1 ? say("ui_one_path") : say("ui_paths", { n: q.path_count })), list, together];
	}
	function editor(name) {
		if (!can("editable") || !Q[name].given) return [];
		const fault = model.get("fault"), bad = fault?.name === name;
		const input = h("input", { id: `${uid}edit`, class: "edit", type: "text", inputmode: "decimal", autocomplete: "off", spellcheck: "false", value: bad ? fault.input ?? num(name, D.digits[0]) : num(name, D.digits[0]), "aria-invalid": bad, "aria-describedby": bad ? `${uid}fault` : null });
		const enter = (e) => { e.preventDefault(); send({ type: "edit", name, text: input.value.trim() }); };
		return [h("form", { class: "editor", onsubmit: enter }, h("label", { for: `${uid}edit` }, say("ui_change")), input, h("button", { type: "submit", class: "lk" }, say("ui_apply")), bad && h("p", { id: `${uid}fault`, class: "fault", role: "alert" }, fault.text))];
	}
	const named = (n) => `${math(sym(n, D.samples > 1))}<span class="sr">, ${escape(Q[n].words)}</span>`;
	const figured = (name) => [working(name), ...editor(name), ...chips(name), ...pathList(name)];
	function panel() {
		const P = parts.panel, name = st.sel, q = Q[name], stops = () => [...P.querySelectorAll("button, input, [tabindex]")];
		const at = stops().indexOf(focused()), stays = at === 0 || parts.panelOf === name;
		parts.panelOf = name;
		P.replaceChildren();
		if (!q) return;
		const group = family(name), readers = (M.users[name] ?? []).filter(ours);
		P.append(h("div", { class: "phead" }, h("button", { type: "button", class: "back", disabled: !st.back.length, onclick: () => choose(st.back.pop(), true) }, `← ${say("ui_back")}`), h("code", {}, name)), h(page ? "h2" : "h3", { class: "what" }, capital(q.words)));
		if (group.length > 1) P.append(h("div", { class: "fam", role: "group", "aria-label": say("ui_family") }, group.map((n) => h("button", { type: "button", "aria-pressed": String(n === name), title: Q[n].words, onclick: () => choose(n), html: named(n) }))));
		P.append((parts.figured = h("div", {}, figured(name))));
		if (readers.length) P.append(h("h3", {}, say("ui_used_by")), h("div", { class: "links" }, readers.slice(0, 8).map((n) => link(n, named(n))), readers.length > 8 && h("span", { class: "more" }, say("ui_more", { n: readers.length - 8 }))));
		// where the focus was, else at the working
		if (neuronOf(q.el)) P.append(h("button", { type: "button", class: "lk remove", onclick: () => remove(q.el) }, say("ui_remove")));
		const stop = stays && stops()[at];
		if (at >= 0) (stop && !stop.disabled ? stop : P.querySelector(".eq")).focus({ preventScroll: true });
	}

	// ---------- curve and surface
	function ticks(g, list, horizontal, W, H, m, grid) {
		for (const [u, text] of list) {
			const p = horizontal ? m.l + u * (W - m.l - m.r) : H - m.b - u * (H - m.t - m.b);
			if (grid) g.append(s("line", horizontal ? { class: "grid", x1: p, x2: p, y1: m.t, y2: H - m.b } : { class: "grid", x1: m.l, x2: W - m.r, y1: p, y2: p }));
			g.append(s("text", horizontal ? { class: "tick", x: p, y: H - m.b + 16 } : { class: "tick end", x: m.l - 7, y: p + 4 }, pretty(text)));
		}
	}
	// Its width is asked for once between two layouts of the page.
	const room = (F) => (drawing.room ??= new Map()).get(F) ?? drawing.room.set(F, Math.max(240, F.clientWidth - 32)).get(F);
	const runs = (points) => points.map(([x, y], k) => (x === null || y === null ? "" : `${k && points[k - 1][1] !== null ? "L" : "M"}${x} ${y}`)).join("");
	const chart = (width, height, label) => s("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label });
	function curve() {
		const C = D.curve, F = parts.curve;
		if (!F) return;
		const W = room(F), H = 290, m = { l: 58, r: 16, t: 14, b: 40 };
		const X = (k) => m.l + C.x[k] * (W - m.l - m.r), Y = (k) => (C.y[k] === null ? null : H - m.b - C.y[k] * (H - m.t - m.b));
		const g = chart(W, H, say("ui_curve_says", { first: pretty(C.first), last: pretty(C.last), updates: C.updates, now: pretty(C.text[st.it]) }));
		ticks(g, C.yticks, false, W, H, m, true);
		ticks(g, C.xticks, true, W, H, m, true);
		g.append(s("path", { class: "curve", d: runs(C.x.map((_, k) => [X(k), Y(k)])) }));
		const k = C.at[st.it], x = X(k), y = Y(k), late = C.x[k] > 0.6;
		g.append(s("line", { class: "cursor", x1: x, x2: x, y1: m.t, y2: H - m.b }));
		if (y !== null) g.append(s("circle", { class: "dot", cx: x, cy: y, r: 6 }), s("text", { class: `note ${late ? "end" : "start"}`, x: x + (late ? -11 : 12), y: Math.max(m.t + 12, y - 9) }, pretty(C.text[st.it])));
		g.append(s("text", { class: "tick", x: (m.l + W - m.r) / 2, y: H - 5 }, say("k")));
		if (D.its.length > 1) {
			g.style.cursor = "pointer";
			g.onpointerdown = g.onpointermove = (e) => {
				if (!e.buttons) return;
				const u = clamp((e.clientX - g.getBoundingClientRect().left - m.l) / (W - m.l - m.r), 0, 1);
				const far = (n) => Math.abs(C.x[C.at[n]] - u);
				toIteration(range(D.its.length).sort((a, b) => far(a) - far(b))[0]);
			};
		}
		F.replaceChildren(h("figcaption", {}, h("b", {}, capital(say("what_loss"))), " ", h("span", {}, C.log && say("ui_log_scale"), h("span", { class: "hint" }, C.log && "; ", D.its.length > 1 && say("ui_press_curve")))), g);
	}

	// A picture of shades that style sheets colour: its letters are its opacity, from 0 to 63.
	const SHADES = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
	function mask(letters, cols, opacity, upward) {
		const rows = letters.length / cols, canvas = h("canvas", { width: cols, height: rows }), c = canvas.getContext("2d"), image = c.createImageData(cols, rows);
		for (let k = 0; k < letters.length; k++) {
			const r = Math.floor(k / cols), at = (upward ? rows - 1 - r : r) * cols + (k % cols);
			image.data[4 * at + 3] = opacity(SHADES.indexOf(letters[k]));
		}
		c.putImageData(image, 0, 0);
		return `url("${canvas.toDataURL()}")`;
	}
	const pair = () => { const S = D.surfaces, [x, y] = [S.axes[st.sx] ? st.sx : S.first[0], S.axes[st.sy] ? st.sy : S.first[1]]; return x === y ? S.first : [x, y]; };
	function surface() {
		const S = D.surfaces, F = parts.surface;
		if (!F) return;
		const [nx, ny] = pair(), turned = !S.pairs[`${nx}|${ny}`], P = S.pairs[turned ? `${ny}|${nx}` : `${nx}|${ny}`];
		const W = room(F), H = 290, m = { l: 58, r: 16, t: 26, b: 40 }, w = W - m.l - m.r, t = H - m.t - m.b;
		const X = (u) => m.l + u * w, Y = (u) => H - m.b - u * t, ax = S.axes[nx], ay = S.axes[ny];
		const g = chart(W, H, `${say("ui_surface_says")}: ${Q[nx]?.words ?? nx}, ${Q[ny]?.words ?? ny}`);
		const ground = h("div", { class: "ground", style: `left:${(m.l / W) * 100}%;top:${(m.t / H) * 100}%;width:${(w / W) * 100}%;height:${(t / H) * 100}%` });
		const turn = ([x, y]) => (turned ? [y, x] : [x, y]);
		if (P) {
			const n = P.points, shades = turned ? range(n * n).map((k) => P.grid[(k % n) * n + Math.floor(k / n)]).join("") : P.grid;
			const shade = h("div");
			shade.style.maskImage = (P.drawn ??= {})[turned] ??= mask(shades, n, (v) => v * 4, true);
			ground.append(shade);
			for (const { text, points } of P.lines) {
				const at = points.map(turn).map(([x, y]) => [X(x), Y(y)]), n = Math.floor((at.length - 1) * 0.7);
				const [x, y] = along({ x1: at[n][0], y1: at[n][1], x2: at[n + 1][0], y2: at[n + 1][1] }, at.length > 2 ? 0.5 : 0.8);
				g.append(s("path", { class: "contour", d: runs(at) }));
				if (x > m.l + 20 && x < W - m.r - 20 && y > m.t + 12 && y < H - m.b - 6) g.append(s("text", { class: "ctext", x, y: y + 4 }, pretty(text)));
			}
		}
		ticks(g, ax.ticks, true, W, H, m);
		ticks(g, ay.ticks, false, W, H, m);
		const way = ax.track.map((u, k) => (u === null || ay.track[k] === null ? [null, null] : [X(u), Y(ay.track[k])]));
		g.append(s("path", { class: "descent", d: runs(way) }));
		const last = D.its.length, stops = D.iterations > 1 ? [0, last] : [];
		for (const k of stops) if (way[k]?.[0] != null) g.append(s("circle", { class: "pt", cx: way[k][0], cy: way[k][1], r: 3 }), s("text", { class: `note dk ${way[k][0] > W - 90 ? "end" : "start"}`, x: way[k][0] + (way[k][0] > W - 90 ? -9 : 9), y: way[k][1] + 4 }, k ? String(D.iterations) : say("ui_start")));
		const here_ = way[st.it];
		if (here_?.[0] != null) g.append(s("circle", { class: "dot", cx: here_[0], cy: here_[1], r: 6 }));
		const label = (name, x, y, cls) => { const l = letters(g, spelled(Q[name]?.draw) || [name, "", ""], `tick ax ${cls}`); l.setAttribute("x", x); l.setAttribute("y", y); };
		label(nx, W - m.r - 8, H - 5, "end");
		label(ny, m.l, 15, "");
		const there = (a, b) => a !== b && (can("live") || S.pairs[`${a}|${b}`] || S.pairs[`${b}|${a}`]);
		const axis = (key, own, other) => h("select", { "aria-label": say(key === "sx" ? "ui_surface_x" : "ui_surface_y"), onchange: (e) => {
			const chosen = e.target.value, left = there(chosen, other) ? other : Object.keys(S.axes).find((n) => there(chosen, n));
			set(key === "sx" ? { sx: chosen, sy: left } : { sx: left, sy: chosen });
			const [a, b] = pair();
			if (!S.pairs[`${a}|${b}`] && !S.pairs[`${b}|${a}`]) send({ type: "surface", x: a, y: b });
			surface();
			F.querySelectorAll("select")[key === "sx" ? 0 : 1].focus();
		} }, Object.keys(S.axes).map((n) => h("option", { value: n, selected: n === own }, plain(n))));
		const short = h("span", { class: "hint" }, ` ${say("ui_surface_note")}`);
		F.replaceChildren(h("figcaption", {}, h("b", {}, say("ui_surface")), ` ${say("ui_surface_over")}`, axis("sx", nx, ny), axis("sy", ny, nx), short), h("div", { class: "plot" }, ground, g));
	}
	// A symbol on one line, for where there is no mathematics: w5, or w[1][1,2] where it has two indices.
	const plain = (name) => { const [base, up, low] = spelled(Q[name]?.draw) || [name, "", ""]; return up ? name : base + low; };

	// ---------- heat maps and table
	function maps() {
		parts.maps.forEach((F, n) => {
			const m = D.maps[n], own = opened(m.layer), from = opened(m.layer - 1), at = (j, i) => (j - 1) * m.cols + i - 1;
			const box = h("div", { class: "box", tabindex: 0, role: "application", "aria-label": say("ui_map_keys", m), style: `aspect-ratio:${m.cols}/${m.rows}` });
			for (const [sign, cls] of [[1, "pos"], [-1, "neg"]]) {
				const side = h("div", { class: cls });
				side.style.maskImage = mask(m.shade, m.cols, (v) => clamp(Math.sqrt(clamp((sign * (v - 32)) / 31, 0, 1)) * 255, 0, 255));
				box.append(side);
			}
			const frame = (cls, j, i, rows, cols) => h("div", { class: cls, style: `left:${((i - 1) / m.cols) * 100}%;top:${((j - 1) / m.rows) * 100}%;width:${(cols / m.cols) * 100}%;height:${(rows / m.rows) * 100}%` });
			const out = h("p", { class: "mapsay", role: "status" });
			let cursor = F.cursor ?? [own, from];
			const show = () => {
				F.cursor = cursor;
				box.querySelectorAll(".row,.at").forEach((e) => e.remove());
				box.append(frame("row", own, 1, 1, m.cols), frame("at", ...cursor, 1, 1));
				const text = m.text?.[at(...cursor)] ?? (Q[`w[${m.layer}][${cursor}]`] ? num(`w[${m.layer}][${cursor}]`) : "");
				out.textContent = `${say("what_w", { source: D.layers[m.layer - 1].who[cursor[1] - 1], to: D.layers[m.layer].who[cursor[0] - 1] })}${text ? `: ${pretty(text)}` : ""}`;
			};
			const go = (j, i) => {
				cursor = [clamp(j, 1, m.rows), clamp(i, 1, m.cols)];
				show();
				const name = here(`grad_w[${m.layer}][${cursor}]`);
				if ((Q[name] && !Q[name].mentioned) || can("live")) choose(name);
			};
			box.onkeydown = (e) => {
				const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[e.key];
				if (!step) return;
				e.preventDefault();
				go(cursor[0] + step[0], cursor[1] + step[1]);
			};
			box.onclick = (e) => {
				const b = box.getBoundingClientRect();
				go(1 + Math.floor(((e.clientY - b.top) / b.height) * m.rows), 1 + Math.floor(((e.clientX - b.left) / b.width) * m.cols));
			};
			show();
			F.replaceChildren(h("figcaption", {}, h("b", {}, say("ui_map", m)), " ", h("span", {}, say("ui_map_says", m))), box, out);
		});
	}
	function table() {
		const T = parts.table.querySelector(".scroll");
		const rows = (...kinds) => Object.keys(Q).filter((n) => kinds.includes(Q[n].kind) && ours(n));
		const sheet = (caption, head, body) => h("table", {}, h("caption", {}, caption), h("thead", {}, h("tr", {}, head.map((words) => h("th", { scope: "col" }, say(words))))), h("tbody", {}, body.map((cellsOf) => h("tr", {}, cellsOf.map((cell, k) => h(k ? "td" : "th", { scope: k ? null : "row", html: cell }))))));
		const v = (name) => (Q[name] ? value(name).replace("·", "–") : "–");
		const bare = (n) => n.replace(/^s\d+\./, ""), k = D.its[st.it];
		T.replaceChildren(
			sheet(say("ui_table_weights", { k }), ["ui_what", "ui_symbol", "value", "ui_gradient", "ui_updated"], rows("weight", "bias").map((n) => [escape(Q[n].words), math(sym(n)), v(n), v(Q[here(`grad_${n}`)] ? here(`grad_${n}`) : `grad_${n}`), v(`new_${n}`)])),
			sheet(say("ui_table_neurons", { k }), ["ui_neuron", "ui_net", "ui_activation", "ui_slope", "ui_grad_a", "ui_delta"], rows("out").map((n) => { const at = bare(n).slice(1); return [escape(Q[n].words), ...["z", "a", "da_dz", "grad_a", "delta"].map((kind) => v(here(kind + at)))]; })));
	}

	// ---------- everything
	function all() {
		paint();
		panel();
		curve();
		surface();
		if (parts.table.open) table();
		for (const key of ["style", "digits", "theme", "edge"]) for (const radio of root.querySelectorAll(`[name="${uid}${key}"]`)) radio.checked = radio.value === st[key];
		if (parts.notation) parts.notation.value = st.notation;
		if (parts.sample) parts.sample.value = String(st.sample);
		if (!can("bare")) root.dataset.theme = st.theme;
		const n = D.steps.length, step = D.steps[st.step], text = step ? step.text : say("ui_all_worked");
		parts.step.value = st.step ?? n;
		parts.step.setAttribute("aria-valuetext", text);
		parts.stepText.replaceChildren(h("b", {}, step ? `${say(`phase_${step.phase}`)} ${st.step + 1}/${n}` : say("ui_all_steps")), ` ${text}`);
		if (!parts.it) return;
		parts.it.value = st.it;
		parts.it.setAttribute("aria-valuetext", say("ui_iteration_of", { k: D.its[st.it], n: D.iterations }));
		parts.itText.replaceChildren(h("b", {}, say("iteration", { k: D.its[st.it] })), ` ${say("ui_of", { n: D.iterations })}${D.curve ? `; ${say("what_loss")} ${pretty(D.curve.text[st.it])}` : ""}`);
	}
	// All that the frame of a view and its drawing are made from. Where it is the same they stay, with the focus.
	const framed = (v) => JSON.stringify([FRAME.map((key) => v[key]), !v.curve, !v.surfaces, v.maps?.length, v.steps.map((step) => step.phase), Object.entries(v.quantities).filter(([, q]) => !q.mentioned).map(([name, q]) => [name, q.draw])]);
	function load(view, keep) {
		M = new Data(view);
		({ D, Q } = M);
		first = { it: 0, step: null, sel: D.start, path: null, style: D.styles[0], notation: D.notation, digits: D.digits[0], edge: "weight", theme: "auto", sample: D.sample || D.here[0] || 1, sx: null, sy: null };
		const asked = keep ? { ...st } : Object.fromEntries(STATE.map((key) => [key, model.get(key)]).filter(([, v]) => v !== undefined && v !== null));
		if (!keep && page) Object.assign(asked, fromAddress());
		Object.assign(st, { open: keep ? st.open : {}, back: keep ? st.back.filter((n) => Q[n]) : [] }, settled(asked));
		const frame = framed(view), lost = frame !== parts.frame && root.contains(focused());
		if (frame !== parts.frame) {
			parts.it = null;
			skeleton();
			build();
		}
		parts.frame = frame;
		parts.conv.textContent = D.conventions;
		maps();
		all();
		if (lost) drawing.items[Q[st.sel].el]?.g.focus({ preventScroll: true });
	}
	const heard = {};
	function listen(key, act) { heard[key] = act; model.on(`change:${key}`, act); }
	for (const key of STATE) listen(key, () => {
		const wanted = model.get(key);
		if (wanted === undefined || wanted === st[key]) return;
		if (key === "sel") choose(wanted);
		else if (key === "it") toIteration(wanted);
		else if (key === "step") toStep(wanted ?? D.steps.length);
		else if (key === "sample") toSample(wanted);
		else { set({ [key]: wanted }, true); build(); all(); }
	});
	listen("view", () => load(model.get("view"), true));
	// Other numbers in what is there: of one iteration, and perhaps another surface.
	listen("numbers", () => {
		const part = model.get("numbers");
		M.merge(part);
		figures();
		if (Q[st.sel]) renew(parts.figured, h("div", {}, figured(st.sel)));
		if (parts.table.open) table();
		if (part.surfaces) surface();
	});
	listen("part", () => { M.merge(model.get("part")); if (awaited && Q[awaited]) { const name = awaited; awaited = null; choose(name); } else all(); });
	listen("fault", () => panel());
	load(model.get("view"));
	const moved = () => { if (location.hash.includes("=")) { Object.assign(st, settled({ ...st, ...fromAddress() })); build(); all(); } };
	if (page) addEventListener("hashchange", moved);
	const watch = new ResizeObserver(() => {
		const w = Math.floor(parts.stage.clientWidth);
		if (w && Math.abs(w - drawing.width) > 2) { build(); all(); }
	});
	watch.observe(root);
	document.fonts?.ready.then(() => { drawing.sizes = {}; paint(); });
	return () => {
		watch.disconnect();
		removeEventListener("hashchange", moved);
		for (const [key, act] of Object.entries(heard)) model.off?.(`change:${key}`, act);
		root.remove();
	};
}

export default { render };
