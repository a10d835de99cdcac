// Small plots over time: 1000 by 100 units, stretched to the room there is; strokes keep their width.

import { drawn, fill, mark } from "./dom.js";

const HOLE_INTERVALS = 3;

/** Runs of points without a hole between them. A hole is a null, or three intervals of nothing. */
function runsOf(points, every) {
  const runs = [];
  let run = null;
  for (const [time, value] of points) {
    if (value === null) {
      run = null;
    } else {
      if (run === null || time - run.at(-1)[0] > HOLE_INTERVALS * every) runs.push((run = []));
      run.push([time, value]);
    }
  }
  return runs;
}

export function makePlot() {
  const svg = drawn("svg", "plot");
  mark(svg, "viewBox", "0 0 1000 100");
  mark(svg, "preserveAspectRatio", "none");
  mark(svg, "role", "img");
  const holes = drawn("path", "hole");
  const lines = drawn("g", "lines");
  const dot = drawn("path", "dot");
  svg.append(holes, lines, dot);
  return { svg, holes, lines, dot };
}

/**
 * Draws a channel up to now; returns {low, high, span}, or null where there is nothing to draw.
 * Readings come by the frame: while the channel is live, the time since the last is no hole yet.
 */
export function draw(plot, channel, now, live) {
  const runs = runsOf(channel.points, channel.every);
  const values = runs.flat().map((point) => point[1]);
  if (values.length === 0) return null;
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  const last = Math.max(now, channel.points.at(-1)[0]);
  const left = Math.min(channel.points[0][0], last - 10 * channel.every);
  // The edge moves in steps of about a pixel: most seconds there is nothing to draw again.
  const step = 2 ** Math.floor(Math.log2((last - left) / 250));
  const right = Math.ceil(last / step) * step;
  const x = (time) => ((1000 * (time - left)) / (right - left)).toFixed(1);
  const y = (value) => (high === low ? 50 : 92 - (84 * (value - low)) / (high - low)).toFixed(1);

  let holes = "";
  let edge = channel.points[0][0];
  const hole = (from, to) => (holes += `M${x(from)} 0H${x(to)}V100H${x(from)}Z`);
  for (const run of runs) {
    if (run[0][0] > edge) hole(edge, run[0][0]);
    edge = run.at(-1)[0];
  }
  if (!live || channel.points.at(-1)[1] === null) hole(edge, right);
  mark(plot.holes, "d", holes);

  const lineOf = (run) => run.map(([time, value]) => `${x(time)},${y(value)}`).join(" ");
  fill(plot.lines, runs.map((run, index) => [index, run]), (item) => item[0],
    () => ({ node: drawn("polyline", "line") }),
    (line, [, run]) => mark(line.node, "points", lineOf(run.length > 1 ? run : [run[0], run[0]])));
  const [time, value] = runs.at(-1).at(-1);
  mark(plot.dot, "d", `M${x(time)} ${y(value)}h0`);
  return { low, high, span: right - left };
}
