"use strict";
(() => {
  const section = document.getElementById("explorer");
  if (!section) return;
  const data = JSON.parse(document.getElementById("explorer-data").textContent);
  const $ = (id) => document.getElementById(`explore-${id}`);
  const NAMES = data.parameters, CHOICES = Object.keys(data.choices);
  const state = { spins: "2", dissipation: "collective", x: "Delta", y: "T_L", quantity: "ergotropy", ...data.defaults };
  const key = () => `${state.spins}-${state.dissipation}`;
  const clamp = (name, value) => {
    const [low, high] = data.ranges[name];
    return Math.min(high, Math.max(low, value));
  };
  const shown = (value) => {
    if (!Number.isFinite(value)) return Number.isNaN(value) ? "undefined here" : (value < 0 ? "−∞" : "∞");
    const text = Math.abs(value) < 1e-4 && value !== 0 ? value.toExponential(3) : String(Number(value.toPrecision(6)));
    return text.replace(/-/g, "−");
  };

  // ---- sliders; those of temperatures move by equal factors -----------------------------------
  const STEPS = 1000, LOG = new Set(["T_L", "T_R"]);
  const along = (name, t) => {
    const [low, high] = data.ranges[name];
    if (t <= 0) return low;
    if (t >= 1) return high;
    return LOG.has(name) ? low * (high / low) ** t : low + (high - low) * t;
  };
  const share = (name, value) => {
    const [low, high] = data.ranges[name];
    return LOG.has(name) ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  };
  const rounded = (value) => Number(value.toPrecision(4));

  // ---- the address ----------------------------------------------------------------------------
  const PREFIX = "explorer?", NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d{1,3})?$/i;
  const brief = (text) => (text.length > 24 ? `${text.slice(0, 24)}…` : text);
  /** The state as far as the address gives it; what it gives and cannot be is said, not hidden. */
  const readAddress = () => {
    let text = location.hash.slice(1);
    if (!text.startsWith(PREFIX)) { try { text = decodeURIComponent(text); } catch (_) { /* not ours */ } }
    if (!text.startsWith(PREFIX)) return null;
    const wanted = new URLSearchParams(text.slice(PREFIX.length)), notes = [];
    for (const name of NAMES) {
      if (!wanted.has(name)) continue;
      const given = wanted.get(name).trim(), value = NUMBER.test(given) ? Number(given) : NaN;
      if (Number.isFinite(value)) state[name] = clamp(name, value);
      if (state[name] !== value) notes.push(`${name}=${brief(given)}: ${data.ranges[name].map(shown).join(" to ")} is possible, ${shown(state[name])} shown`);
    }
    for (const name of CHOICES) {
      if (!wanted.has(name)) continue;
      if (data.choices[name].includes(wanted.get(name))) state[name] = wanted.get(name);
      else notes.push(`${name}=${brief(wanted.get(name))}: ${state[name]} shown`);
    }
    if (state.x === state.y) {
      state.y = NAMES.find((name) => name !== state.x);
      notes.push(`x and y are the same: y=${state.y} shown`);
    }
    return notes.length ? `The address asks for what cannot be: ${notes.join("; ")}.` : "";
  };
  const address = () => `#${PREFIX}${new URLSearchParams(["spins", "dissipation", ...NAMES, "x", "y", "quantity"].map((name) => [name, state[name]]))}`;
  // a browser may refuse to change the address too often, as while a slider is dragged
  let writing = 0;
  const writeAddress = () => {
    clearTimeout(writing);
    writing = 0;
    try { history.replaceState(null, "", address()); } catch (_) { writing = setTimeout(writeAddress, 500); }
  };

  // ---- what is computed -----------------------------------------------------------------------
  const point = () => Object.fromEntries([...NAMES.map((name) => [name, state[name]]), ["kappa", 1]]);
  const evaluate = (where) => {
    try { return window.symqbKernels[key()](where); } catch (error) { return { error: String(error.message || error) }; }
  };
  const levels = window.symqbLevels($("levels"), $("levels-text"), shown);
  const map = window.symqbMap($("map"), (job, low, high) => {
    const empty = low > high, ends = empty ? ["", ""] : [shown(low), shown(high)];
    $("map-low").textContent = ends[0];
    $("map-high").textContent = ends[1];
    const [quantity, x, y] = [job.quantity, job.x, job.y].map((name) => data.titles[name]);
    const span = empty ? "defined nowhere" : `from ${ends[0]} to ${ends[1]}`;
    $("map").setAttribute("aria-label", `Map of ${quantity} over ${x} and ${y}, ${span}`);
    document.dispatchEvent(new Event("symqb-map"));
  });
  const mark = () => {
    $("here").style.left = `${100 * share(state.x, state[state.x])}%`;
    $("here").style.bottom = `${100 * share(state.y, state[state.y])}%`;
    for (const axis of ["x", "y"]) {
      const [low, high] = data.ranges[state[axis]];
      $(`${axis}-low`).textContent = shown(low);
      $(`${axis}-high`).textContent = shown(high);
      $(`${axis}-name`).textContent = `${data.titles[state[axis]]}${LOG.has(state[axis]) ? " (logarithmic)" : ""}`;
    }
  };
  let drawnFor = "";
  const drawMap = () => {
    const others = NAMES.filter((name) => name !== state.x && name !== state.y).map((name) => state[name]);
    const wanted = [key(), state.x, state.y, state.quantity, ...others].join();
    mark();
    if (wanted === drawnFor) return;
    drawnFor = wanted;
    const { x, y, quantity } = state;
    const axis = (name) => Array.from({ length: map.size }, (_, k) => along(name, (k + 0.5) / map.size));
    map.draw({ run: window.symqbKernels[key()], base: point(), x, y, quantity, xs: axis(x), ys: axis(y) });
  };

  // ---- everything together --------------------------------------------------------------------
  let announcing = 0;
  const announce = (text) => {
    clearTimeout(announcing);
    announcing = setTimeout(() => { document.getElementById("said").textContent = text; }, 800);
  };
  const showControls = () => {
    for (const name of NAMES) {
      $(name).value = Math.round(STEPS * share(name, state[name]));
      $(name).setAttribute("aria-valuetext", shown(state[name]));
      if (document.activeElement !== $(`${name}-number`)) $(`${name}-number`).value = state[name];
    }
    for (const name of ["x", "y", "quantity"]) $(name).value = state[name];
    for (const name of ["spins", "dissipation"]) $(`${name}-${state[name]}`).checked = true;
  };
  const showPoint = () => {
    const result = evaluate(point()), failed = "error" in result;
    section.classList.toggle("void", failed);
    for (const name of data.scalars) $(`out-${name}`).textContent = failed ? "undefined here" : shown(result[name]);
    if (failed) $("levels-text").textContent = `No steady state: ${result.error}`;
    else levels.draw(data.batteries[key()], result, window.symqbWeights[key()](point()));
    return result;
  };
  const update = ({ write = true, note = "", silent = false } = {}) => {
    showControls();
    const result = showPoint();
    $("message").textContent = [note, result.error || ""].filter(Boolean).join(" ");
    if (write) writeAddress();
    drawMap();
    if (!silent && !result.error) announce(["charge", "ergotropy", "heat_current_L"].map((name) => `${data.titles[name]} ${shown(result[name])}`).join(", "));
  };
  window.symqbExplorer = { state, evaluate, point, update };

  for (const name of NAMES) {
    $(name).addEventListener("input", () => { state[name] = rounded(along(name, Number($(name).value) / STEPS)); update(); });
    $(`${name}-number`).addEventListener("change", () => {
      const field = $(`${name}-number`), value = field.valueAsNumber;
      let note = "";
      if (Number.isFinite(value)) state[name] = clamp(name, value);
      if (state[name] !== value) note = `${data.titles[name]}: ${data.ranges[name].map(shown).join(" to ")} is possible, ${shown(state[name])} shown.`;
      field.value = state[name];
      update({ note });
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
  $("preset").addEventListener("change", () => {
    const preset = data.presets[$("preset").value];
    if (preset) { Object.assign(state, preset); update(); }
  });
  const cell = (event) => {
    const box = $("map").getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, 1 - (event.clientY - box.top) / box.height];
  };
  $("map").addEventListener("click", (event) => {
    const [right, up] = cell(event);
    state[state.x] = rounded(along(state.x, right));
    state[state.y] = rounded(along(state.y, up));
    update();
  });
  $("map").addEventListener("pointermove", (event) => {
    const [column, line] = cell(event).map((t) => Math.min(Math.max(Math.floor(t * map.size), 0), map.size - 1));
    const at = [[state.x, column], [state.y, line]].map(([name, k]) => `${data.titles[name]} ${shown(rounded(along(name, (k + 0.5) / map.size)))}`);
    $("pointed").textContent = `${data.titles[state.quantity]} ${shown(map.value(column, map.size - 1 - line))} at ${at.join(", ")}`;
  });
  $("map").addEventListener("pointerleave", () => { $("pointed").textContent = ""; });
  $("link").addEventListener("click", () => { writeAddress(); $("link").dataset.latex = location.href; });
  addEventListener("hashchange", () => {
    const note = readAddress();
    if (note !== null) update({ write: false, note });
  });
  addEventListener("resize", () => { showPoint(); });
  const note = readAddress();
  update({ write: false, note: note || "", silent: true });
  if (note !== null) section.scrollIntoView();

  // the engine compiles what has run often: let it, before a slider of another battery is moved
  const idle = window.requestIdleCallback || ((task) => setTimeout(task, 50));
  const warm = Object.values(window.symqbKernels).flatMap((kernel) => Array(12).fill(kernel));
  const warmUp = () => {
    const kernel = warm.shift();
    if (!kernel) return;
    const where = point();
    for (let k = 0; k < 200; k++) {
      where.Delta = along("Delta", k / 200);
      try { kernel(where); } catch (_) { /* no steady state there */ }
    }
    idle(warmUp);
  };
  idle(warmUp);
})();
