// The live page: asks for the state every second and shows it.

import { showAlarms } from "./alarms.js";
import { byId, element, fill, part, write } from "./dom.js";
import { at, clock, duration } from "./figures.js";
import { makePole, nameOf, updatePole } from "./poles.js";
import { choose, language, locale, recall, say, word } from "./words.js";

const POLL_MS = 1000;
const PATIENCE_MS = 5000; // older than this, what is shown is not "now" any more

const began = performance.now();
let state = null;
let stateAt = began; // when the platform's clock was last seen to move

function makeRow() {
  return part("li", "row", {
    why: element("p", "why"),
    what: element("p"),
    detail: element("p", "detail"),
  });
}

function showMissing(poles, now) {
  const open = (ms) => (ms === null ? "?" : clock(ms, now));
  byId("complete").hidden = state.missing.length > 0;
  fill(byId("missing"), state.missing,
    (gap) => [gap.pole, gap.lane, gap.first, gap.last, gap.reason, gap.from].join("/"),
    makeRow,
    (row, gap) => {
      const n = gap.last - gap.first + 1; // 0: readings that never became a frame
      const frames = n > 1 ? "frames" : n === 1 ? "frame" : "frame.before";
      const values = { lane: word("lane", gap.lane), first: gap.first, last: gap.last, n };
      write(row.why, word("reason", gap.reason));
      write(row.what, `${nameOf(poles.get(gap.pole), gap.pole)} · ${say(frames, values)}`);
      write(row.detail, gap.from === null && gap.to === null
        ? say("between.unknown")
        : say("between", { from: open(gap.from), to: open(gap.to) }));
    });
}

function showRefused(poles, now) {
  byId("genuine").hidden = state.refused.length > 0;
  fill(byId("refused"), state.refused, (frame) => `${frame.time}/${frame.digest}`, makeRow,
    (row, frame) => {
      const pole = frame.pole === null ? say("nobody") : nameOf(poles.get(frame.pole), frame.pole);
      write(row.why, word("incident", frame.kind, frame));
      write(row.what, `${pole} · ${at(frame.time, now)}`);
      write(row.detail, frame.digest);
    });
}

function showCounts() {
  const names = ["frames", "readings", "duplicates_dropped", "bad_signatures"];
  fill(byId("counts"), names, (name) => name,
    () => part("div", "count", { name: element("dt"), number: element("dd") }),
    (count, name) => {
      write(count.name, say(`count.${name}`));
      write(count.number, state.counts[name].toLocaleString(locale()));
    });
}

/** Say it if nothing new has come for a while; returns how old what is shown is, in ms. */
function showAge() {
  const age = performance.now() - stateAt;
  const stale = age > PATIENCE_MS;
  byId("stale").hidden = !stale;
  document.body.classList.toggle("stale", stale);
  if (stale && state) {
    const time = clock(state.now, state.now + age);
    write(byId("stale"), say("stale", { age: duration(age), time }));
  } else if (stale) {
    write(byId("stale"), say("unreached"));
  }
  return age;
}

function show() {
  const age = showAge();
  if (!state) return;
  const now = state.now + age; // the platform's clock, whatever this machine's says
  const poles = new Map(state.poles.map((pole) => [pole.id, pole]));
  const all = state.poles.length;
  const reporting = state.poles.filter((pole) => pole.state === "reporting").length;
  byId("main").hidden = false;
  byId("empty").hidden = all > 0;
  write(byId("summary"), all > 0 ? say("summary", { reporting, all }) : "");
  showAlarms(state, poles, now);
  fill(byId("poles"), state.poles, (pole) => pole.id, makePole,
    (part, pole) => updatePole(part, pole, now));
  showMissing(poles, now);
  showRefused(poles, now);
  showCounts();
}

async function poll() {
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const answer = await fetch("api/state", { cache: "no-store", signal });
    if (answer.ok) {
      const heard = await answer.json();
      // A platform whose clock stands still answers, but does not look any more.
      if (heard.now !== state?.now) stateAt = performance.now();
      state = heard;
    }
  } catch {
    // Not reached: the age of what is shown tells it.
  }
  show();
  setTimeout(poll, POLL_MS);
}

function speak() {
  document.documentElement.lang = locale();
  document.title = say("title");
  for (const node of document.querySelectorAll("[data-say]")) write(node, say(node.dataset.say));
  write(byId("language"), say("language"));
  byId("language").lang = locale(1 - language);
  show();
}

byId("language").addEventListener("click", () => {
  choose(1 - language);
  speak();
});
recall();
speak();
poll();
