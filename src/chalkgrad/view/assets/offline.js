// The offline file: the view with a model of its own, whose data stands in the page.
const state = { view: JSON.parse(document.getElementById("view-data").textContent), address: true, bare: true };
const heard = {};
render({
  el: document.getElementById("view"),
  model: {
    get: (key) => state[key],
    set: (key, value) => { state[key] = value; },
    save_changes: () => {},
    on: (event, act) => (heard[event] ??= []).push(act),
    off: () => {},
    send: () => {},
  },
});

