// The offline file: the view with a model of its own, whose data stands in the page and changes by nobody else.
const state = { view: JSON.parse(document.getElementById("view-data").textContent), address: true, bare: true };
render({
  el: document.getElementById("view"),
  model: {
    get: (key) => state[key],
    set: (key, value) => { state[key] = value; },
    on: () => {},
  },
});
