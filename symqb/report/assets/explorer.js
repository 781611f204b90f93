"use strict";
(() => {
  const section = document.getElementById("explorer");
  if (!section) return;
  const data = JSON.parse(document.getElementById("explorer-data").textContent);
  const $ = (id) => document.getElementById(`explore-${id}`);
  const SVG = "http://www.w3.org/2000/svg";
  const NAMES = data.parameters;
  const state = { spins: "2", dissipation: "collective", x: "Delta", y: "T_L", quantity: "ergotropy", ...data.defaults };
  const key = () => `${state.spins}-${state.dissipation}`;
  const clamp = (name, value) => {
    const [low, high] = data.ranges[name];
    return Math.min(high, Math.max(low, value));
  };

  // sliders of temperatures move by equal factors
  const LOG = new Set(["T_L", "T_R"]);
  const toSlider = (name, value) => {
    const [low, high] = data.ranges[name];
    const t = LOG.has(name) ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
    return Math.round(1000 * t);
  };
  const fromSlider = (name, t) => {
    const [low, high] = data.ranges[name];
    const value = LOG.has(name) ? low * (high / low) ** (t / 1000) : low + (high - low) * t / 1000;
    return Number(value.toPrecision(4));
  };

  const readHash = () => {
    const text = decodeURIComponent(location.hash.slice(1));
    if (!text.startsWith("explorer?")) return false;
    const wanted = new URLSearchParams(text.slice("explorer?".length));
    for (const name of NAMES) {
      const value = Number(wanted.get(name));
      if (wanted.has(name) && Number.isFinite(value)) state[name] = clamp(name, value);
    }
    for (const name of ["spins", "dissipation", "x", "y", "quantity"]) {
      if (wanted.has(name) && data.choices[name].includes(wanted.get(name))) state[name] = wanted.get(name);
    }
    return true;
  };
  const writeHash = () => {
    const words = ["spins", "dissipation", ...NAMES, "x", "y", "quantity"].map((name) => [name, state[name]]);
    history.replaceState(null, "", `#explorer?${new URLSearchParams(words)}`);
  };

  const point = () => Object.fromEntries([...NAMES.map((name) => [name, state[name]]), ["kappa", 1]]);
  const evaluate = (where) => {
    try { return window.symqbKernels[key()](where); } catch (error) { return { error: String(error.message || error) }; }
  };
  const shown = (value) => {
    if (!Number.isFinite(value)) return Number.isNaN(value) ? "undefined here" : (value < 0 ? "−∞" : "∞");
    const text = Math.abs(value) < 1e-4 && value !== 0 ? value.toExponential(3) : String(Number(value.toPrecision(6)));
    return text.replace(/-/g, "−");
  };

  // ---- levels ------------------------------------------------------------------------------
  const make = (name, attributes, parent) => {
    const node = document.createElementNS(SVG, name);
    for (const [k, v] of Object.entries(attributes)) node.setAttribute(k, v);
    parent.append(node);
    return node;
  };
  let scene = null;
  const build = () => {
    const battery = data.batteries[key()];
    const svg = $("levels");
    svg.querySelectorAll("g").forEach((g) => g.remove());
    const lines = make("g", {}, svg), bars = make("g", {}, svg);
    const edges = battery.edges.flatMap(([upper, lower], k) => ["L", "R"].map((bath, side) => ({
      upper, lower, k, bath, shift: side ? 4 : -4, node: make("line", { class: side ? "cold" : "hot" }, lines),
    })));
    const levels = battery.labels.map((label) => ({
      label,
      rail: make("line", { class: "rail" }, bars),
      bar: make("line", { class: "filled" }, bars),
      text: make("text", {}, bars),
    }));
    scene = { key: key(), battery, edges, levels };
  };
  const place = (result) => {
    const { battery, edges, levels } = scene;
    const low = Math.min(...result.energies), high = Math.max(...result.energies);
    const scale = 270 / ((high - low) || 1);
    const spot = {};
    const columns = new Map();
    battery.labels.forEach((label, k) => {
      const column = battery.columns[k];
      if (!columns.has(column)) columns.set(column, []);
      columns.get(column).push([result.energies[k], k]);
    });
    const last = Math.max(...battery.columns);
    for (const [column, members] of columns) {
      members.sort((a, b) => a[0] - b[0]);
      let floor = -Infinity;
      for (const [energy, k] of members) {
        const height = Math.max((energy - low) * scale, floor);
        floor = height + 18;
        spot[battery.labels[k]] = [70 + column * (last ? 240 / last : 0), 305 - height];
      }
    }
    const weights = window.symqbWeights[key()](point());
    for (const edge of edges) {
      const weight = weights[`weights_${edge.bath}`][edge.k];
      const [x1, y1] = spot[edge.lower], [x2, y2] = spot[edge.upper];
      const ends = { x1: x1 + edge.shift, y1: y1 - 5, x2: x2 + edge.shift, y2: y2 + 5 };
      for (const [name, value] of Object.entries(ends)) edge.node.setAttribute(name, value.toFixed(1));
      edge.node.setAttribute("stroke-width", weight > 1e-12 ? (0.7 + Math.min(weight, 2)).toFixed(2) : "0");
    }
    levels.forEach(({ label, rail, bar, text }, k) => {
      const [x, y] = spot[label];
      const share = result.populations[k];
      const half = 44;
      for (const [node, right] of [[rail, x + half], [bar, x - half + 2 * half * share]]) {
        for (const [name, value] of Object.entries({ x1: x - half, x2: right, y1: y, y2: y })) node.setAttribute(name, value.toFixed(2));
      }
      text.setAttribute("x", x + half + 5);
      text.setAttribute("y", y + 4);
      text.textContent = `${label}: ${(100 * share).toFixed(1)}%`;
    });
    $("levels-text").textContent = battery.labels
      .map((label, k) => `level ${label}: energy ${shown(result.energies[k])}, population ${shown(result.populations[k])}`)
      .join("; ");
  };

  // ---- map ---------------------------------------------------------------------------------
  const SIZE = 100;
  // viridis at equal steps, from dark to bright
  const STOPS = [[68, 1, 84], [71, 44, 122], [59, 81, 139], [44, 113, 142], [33, 144, 141], [39, 173, 129], [92, 200, 99], [170, 220, 50], [253, 231, 37]];
  const colour = (t) => {
    const s = Math.min(Math.max(t, 0), 1) * (STOPS.length - 1), k = Math.min(Math.floor(s), STOPS.length - 2), f = s - k;
    return STOPS[k].map((c, i) => Math.round(c + f * (STOPS[k + 1][i] - c)));
  };
  const along = (name, t) => {
    const [low, high] = data.ranges[name];
    return LOG.has(name) ? low * (high / low) ** t : low + (high - low) * t;
  };
  // a map in progress is finished before the next begins, so that dragging shows maps on the way
  let running = false, again = false;
  const times = window.symqbTimes = [];
  const drawMap = () => {
    if (running) { again = true; return; }
    running = true;
    again = false;
    const begun = performance.now();
    const drawn = { x: state.x, y: state.y, quantity: state.quantity };
    const values = new Float64Array(SIZE * SIZE);
    const base = point();
    const run = window.symqbKernels[key()];
    let row = 0;
    const step = () => {
      const until = performance.now() + 24;
      while (row < SIZE && performance.now() < until) {
        const where = { ...base, [drawn.y]: along(drawn.y, (row + 0.5) / SIZE) };
        for (let column = 0; column < SIZE; column++) {
          where[drawn.x] = along(drawn.x, (column + 0.5) / SIZE);
          let value = NaN;
          try { value = run(where)[drawn.quantity]; } catch (_) { /* no steady state there */ }
          values[row * SIZE + column] = value;
        }
        row++;
      }
      if (row < SIZE) { requestAnimationFrame(step); return; }
      running = false;
      if (again) drawMap();
      paint(values, drawn);
      times.push(performance.now() - begun);
    };
    step();
  };
  const paint = (values, drawn) => {
    const finite = values.filter(Number.isFinite);
    let low = Infinity, high = -Infinity;
    for (const v of finite) { low = Math.min(low, v); high = Math.max(high, v); }
    const canvas = $("map"), pen = canvas.getContext("2d");
    const image = pen.createImageData(SIZE, SIZE);
    for (let row = 0; row < SIZE; row++) {
      for (let column = 0; column < SIZE; column++) {
        const value = values[row * SIZE + column];
        const at = 4 * ((SIZE - 1 - row) * SIZE + column);
        const [r, g, b] = Number.isFinite(value) ? colour(high > low ? (value - low) / (high - low) : 0) : [128, 128, 128];
        image.data[at] = r; image.data[at + 1] = g; image.data[at + 2] = b; image.data[at + 3] = 255;
      }
    }
    pen.putImageData(image, 0, 0);
    $("map-low").textContent = shown(low);
    $("map-high").textContent = shown(high);
    const names = [drawn.quantity, drawn.x, drawn.y].map((name) => data.titles[name] || name);
    canvas.setAttribute("aria-label", `Map of ${names[0]} over ${names[1]} and ${names[2]}, from ${shown(low)} to ${shown(high)}`);
    mark();
  };
  const mark = () => {
    const dot = $("here");
    const t = (name) => toSlider(name, state[name]) / 10;
    dot.style.left = `${t(state.x)}%`;
    dot.style.bottom = `${t(state.y)}%`;
    for (const axis of ["x", "y"]) {
      const [low, high] = data.ranges[state[axis]];
      $(`${axis}-low`).textContent = shown(low);
      $(`${axis}-high`).textContent = shown(high);
      $(`${axis}-name`).textContent = data.titles[state[axis]];
    }
  };

  // ---- everything together -----------------------------------------------------------------
  let drawnFor = "";
  const update = (write = true) => {
    for (const name of NAMES) {
      $(name).value = toSlider(name, state[name]);
      $(name).setAttribute("aria-valuetext", shown(state[name]));
      if (document.activeElement !== $(`${name}-number`)) $(`${name}-number`).value = state[name];
    }
    for (const name of ["x", "y", "quantity"]) $(name).value = state[name];
    for (const name of ["spins", "dissipation"]) $(`${name}-${state[name]}`).checked = true;
    if (!scene || scene.key !== key()) build();
    const result = evaluate(point());
    $("message").textContent = result.error || "";
    if (!result.error) {
      place(result);
      for (const name of data.scalars) $(`out-${name}`).textContent = shown(result[name]);
    }
    if (write) writeHash();
    const others = NAMES.filter((name) => name !== state.x && name !== state.y).map((name) => state[name]);
    const wanted = [key(), state.x, state.y, state.quantity, ...others].join();
    if (wanted !== drawnFor) { drawnFor = wanted; drawMap(); } else mark();
  };
  window.symqbExplorer = { state, evaluate, point, update };

  for (const name of NAMES) {
    $(name).addEventListener("input", () => { state[name] = fromSlider(name, Number($(name).value)); update(); });
    $(`${name}-number`).addEventListener("change", () => {
      const value = Number($(`${name}-number`).value);
      if (Number.isFinite(value)) state[name] = clamp(name, value);
      $(`${name}-number`).value = state[name];
      update();
    });
  }
  for (const name of ["x", "y", "quantity"]) {
    $(name).addEventListener("change", () => {
      const before = state[name];
      state[name] = $(name).value;
      if (state.x === state.y) state[name === "x" ? "y" : "x"] = before;
      update();
    });
  }
  for (const name of ["spins", "dissipation"]) {
    data.choices[name].forEach((choice) => $(`${name}-${choice}`).addEventListener("change", () => { state[name] = choice; update(); }));
  }
  $("map").addEventListener("click", (event) => {
    const box = $("map").getBoundingClientRect();
    state[state.x] = Number(along(state.x, (event.clientX - box.left) / box.width).toPrecision(4));
    state[state.y] = Number(along(state.y, 1 - (event.clientY - box.top) / box.height).toPrecision(4));
    update();
  });
  $("link").addEventListener("click", () => { writeHash(); $("link").dataset.latex = location.href; });
  addEventListener("hashchange", () => { if (readHash()) update(false); });
  const came = readHash();
  update(came);
  if (came) section.scrollIntoView();
})();
