"use strict";
/** Draws a quantity over two parameters, in slices that leave the page responsive. */
window.symqbMap = (canvas, drawn) => {
  const SIZE = canvas.width, SLICE = 10; // ms
  // viridis at equal steps, from dark to bright
  const STOPS = [[68, 1, 84], [71, 44, 122], [59, 81, 139], [44, 113, 142], [33, 144, 141], [39, 173, 129], [92, 200, 99], [170, 220, 50], [253, 231, 37]];
  const pixel = (rgb) => new Uint32Array(Uint8ClampedArray.of(...rgb, 255).buffer)[0];
  const COLOURS = Uint32Array.from({ length: 256 }, (_, i) => {
    const s = i / 255 * (STOPS.length - 1), k = Math.min(Math.floor(s), STOPS.length - 2);
    return pixel(STOPS[k].map((from, c) => from + (s - k) * (STOPS[k + 1][c] - from)));
  });
  const GREY = pixel([128, 128, 128]);
  const pen = canvas.getContext("2d"), image = pen.createImageData(SIZE, SIZE);
  const pixels = new Uint32Array(image.data.buffer);
  const values = new Float64Array(SIZE * SIZE);
  const channel = new MessageChannel();
  // a map in progress is finished before the next begins, so that dragging shows maps on the way
  let job = null, next = null, row = 0;

  const paint = () => {
    let low = Infinity, high = -Infinity;
    for (const v of values) if (Number.isFinite(v)) { low = Math.min(low, v); high = Math.max(high, v); }
    const scale = high > low ? 255 / (high - low) : 0;
    for (let k = 0; k < values.length; k++) {
      const line = SIZE - 1 - Math.floor(k / SIZE), value = values[k];
      pixels[line * SIZE + k % SIZE] = Number.isFinite(value) ? COLOURS[Math.round((value - low) * scale)] : GREY;
    }
    pen.putImageData(image, 0, 0);
    return [low, high];
  };
  const slice = () => {
    const until = performance.now() + SLICE, { run, base, x, y, quantity, xs, ys } = job;
    const where = { ...base };
    for (; row < SIZE && performance.now() < until; row++) {
      where[y] = ys[row];
      for (let column = 0; column < SIZE; column++) {
        where[x] = xs[column];
        let value = NaN;
        try { value = run(where)[quantity]; } catch (_) { /* no steady state there */ }
        values[row * SIZE + column] = value;
      }
    }
    if (row < SIZE) { channel.port2.postMessage(0); return; }
    const [low, high] = paint(), done = job;
    [job, next, row] = [next, null, 0];
    if (job) channel.port2.postMessage(0);
    drawn(done, low, high);
  };
  channel.port1.onmessage = slice;
  return {
    size: SIZE,
    /** ``wanted``: run, base, x, y, quantity, and the values xs, ys of the parameters x and y. */
    draw: (wanted) => {
      if (job) { next = wanted; return; }
      job = wanted;
      channel.port2.postMessage(0);
    },
    value: (column, line) => values[(SIZE - 1 - line) * SIZE + column],
  };
};
