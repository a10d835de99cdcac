// Alarms: the active ones first and large; what is cleared goes.

import { byId, element, fill, mark, part, write } from "./dom.js";
import { at, clock, quantity } from "./figures.js";
import { nameOf, poleAnchor } from "./poles.js";
import { say, word } from "./words.js";

function makeAlarm() {
  return part("li", "alarm", {
    state: element("p", "what"),
    value: element("p", "value"),
    where: part("p", "where", { pole: element("a"), channel: element("span") }).node,
    when: element("p", "when"),
    silent: element("p", "silent"),
  });
}

/** Its state, and the state beneath where that hides another. */
function stateOf(alarm) {
  if (alarm.test) return say("alarm.test", { state: word("alarm", alarm.state) });
  return word("alarm", alarm.beneath ? `${alarm.state}.${alarm.beneath}` : alarm.state);
}

function updateAlarm(part, alarm, pole, now) {
  mark(part.node, "data-state", alarm.test ? "test" : alarm.state);
  write(part.state, stateOf(alarm));
  const valued = alarm.state !== "blind" && alarm.value !== null;
  part.value.hidden = !valued;
  write(part.value, valued ? quantity(alarm.value, alarm.exponent, alarm.unit) : "");
  const [link, where] = part.where.children;
  write(link, nameOf(pole, alarm.pole));
  mark(link, "href", `#${encodeURIComponent(poleAnchor(alarm.pole))}`);
  const [direction, threshold] = alarm.limit;
  const limit = quantity(threshold, alarm.exponent, alarm.unit);
  const channel = `${alarm.device} ${word("channel", alarm.channel)}`;
  write(where, `${channel} · ${say(direction > 0 ? "above" : "below", { limit })}`);
  const when = alarm.time === null ? say("untimed") : at(alarm.time, now);
  write(part.when, `${when} · ${say("committed", { time: clock(alarm.committed, now) })}`);
  part.silent.hidden = !pole || pole.state === "reporting";
  write(part.silent, say("alarm.silent"));
}

function alarmKey(alarm) {
  return `${alarm.pole}/${alarm.device}/${alarm.channel}/${alarm.limit[0]}`;
}

let announced = new Map();

/** For screen readers: each alarm that became active, once. */
function announce(active, poles) {
  const said = [];
  for (const alarm of active) {
    if (announced.get(alarmKey(alarm)) === stateOf(alarm)) continue;
    const value = alarm.state === "raised" && alarm.value !== null
      ? quantity(alarm.value, alarm.exponent, alarm.unit) : "";
    const name = nameOf(poles.get(alarm.pole), alarm.pole);
    const channel = word("channel", alarm.channel);
    said.push(`${stateOf(alarm)}: ${name}, ${alarm.device} ${channel} ${value}`);
  }
  announced = new Map(active.map((alarm) => [alarmKey(alarm), stateOf(alarm)]));
  if (said.length > 0) write(byId("announce"), said.join(". "));
}

/** Show what is raised, blind, pending or muted; say what became active. */
export function showAlarms(state, poles, now) {
  const shown = state.alarms.filter((alarm) => alarm.state !== "cleared");
  // A drill is shown, and is no danger.
  const active = shown.filter(
    (alarm) => !alarm.test && (alarm.state === "raised" || alarm.state === "blind"));
  const list = byId("alarms");
  fill(list, shown, alarmKey, makeAlarm,
    (part, alarm) => updateAlarm(part, alarm, poles.get(alarm.pole), now));
  announce(active, poles);
  const silent = state.poles.filter((pole) => pole.state !== "reporting").length;
  const calm = byId("calm");
  calm.hidden = active.length > 0 || state.poles.length === 0;
  mark(calm, "class", silent > 0 ? "calm partly" : "calm");
  write(calm, silent > 0 ? say("calm.partly", { n: silent }) : say("calm"));
  document.title = (active.length > 0 ? `(${active.length}) ` : "") + say("title");
}
