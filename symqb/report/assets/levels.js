"use strict";
/** Draws levels with their populations, and the transitions that each bath drives, into an SVG. */
window.symqbLevels = (svg, described, shown) => {
  const make = (name, attributes, parent) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    parent.append(node);
    return node;
  };
  const TOP = 34, FOOT = 24, NEAREST = 33;
  let scene = null;

  const build = (battery) => {
    svg.querySelectorAll("g").forEach((group) => group.remove());
    const lines = make("g", {}, svg), bars = make("g", {}, svg);
    const edges = battery.edges.flatMap(([upper, lower], k) => ["L", "R"].map((bath, side) => ({
      upper, lower, k, bath, shift: side ? 4 : -4, node: make("line", { class: side ? "cold" : "hot" }, lines),
    })));
    const levels = battery.labels.map((label) => ({
      label,
      rail: make("line", { class: "rail" }, bars),
      bar: make("line", { class: "filled" }, bars),
      text: make("text", {}, bars),
      energy: make("text", { class: "energy" }, bars),
    }));
    scene = { battery, edges, levels };
  };

  /** Where each level stands: column by place in its sector, height by energy, kept apart. */
  const spots = (energies, width, height, half) => {
    const { battery } = scene, BOTTOM = height - FOOT;
    const low = Math.min(...energies), high = Math.max(...energies);
    const scale = (BOTTOM - TOP) / ((high - low) || 1);
    const last = Math.max(...battery.columns), spot = {};
    for (let column = 0; column <= last; column++) {
      const members = battery.labels.map((_, k) => k).filter((k) => battery.columns[k] === column);
      members.sort((a, b) => energies[a] - energies[b]);
      const heights = members.map((k) => (energies[k] - low) * scale);
      // upwards apart, then down again where that leaves the picture
      heights.forEach((h, i) => { if (i) heights[i] = Math.max(h, heights[i - 1] + NEAREST); });
      for (let i = heights.length - 1, roof = BOTTOM - TOP; i >= 0; i--, roof = heights[i + 1] - NEAREST) {
        heights[i] = Math.min(heights[i], roof);
      }
      members.forEach((k, i) => {
        spot[battery.labels[k]] = [half + 8 + column * (last ? (width - 2 * half - 16) / last : 0), BOTTOM - heights[i]];
      });
    }
    return spot;
  };

  const draw = (battery, result, weights) => {
    if (!scene || scene.battery !== battery) build(battery);
    const width = Math.min(Math.max(svg.clientWidth || 430, 280), 620), half = Math.min(52, width / 7.2);
    const height = width < 400 ? 340 : 430;
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const spot = spots(result.energies, width, height, half);
    for (const edge of scene.edges) {
      const weight = weights[`weights_${edge.bath}`][edge.k];
      // lines meet the right half of a bar, words stand over and under its left
      const [x1, y1] = spot[edge.lower], [x2, y2] = spot[edge.upper], side = 0.62 * half + edge.shift;
      const ends = { x1: x1 + side, y1, x2: x2 + side, y2 };
      for (const [name, value] of Object.entries(ends)) edge.node.setAttribute(name, value.toFixed(1));
      edge.node.setAttribute("stroke-width", weight > 1e-12 ? (0.9 + Math.min(weight, 2)).toFixed(2) : "0");
    }
    scene.levels.forEach(({ label, rail, bar, text, energy }, k) => {
      const [x, y] = spot[label], share = result.populations[k];
      for (const [node, right] of [[rail, x + half], [bar, x - half + 2 * half * share]]) {
        for (const [name, value] of Object.entries({ x1: x - half, x2: right, y1: y, y2: y })) node.setAttribute(name, value.toFixed(2));
      }
      text.setAttribute("x", x - half);
      text.setAttribute("y", y - 9);
      text.textContent = `${label}: ${(100 * share).toFixed(1)}%`;
      energy.setAttribute("x", x - half);
      energy.setAttribute("y", y + 17);
      energy.textContent = `E = ${shown(Number(result.energies[k].toPrecision(3)))}`;
    });
    described.textContent = battery.labels
      .map((label, k) => `level ${label}: energy ${shown(result.energies[k])}, population ${shown(result.populations[k])}`)
      .join("; ");
  };
  return { draw };
};
