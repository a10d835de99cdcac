// Poles and their channels. What is unknown has no value: a last value is not a value now.

import { element, fill, mark, part, write } from "./dom.js";
import { clock, decimal, duration, quantity, unitOf } from "./figures.js";
import { draw, makePlot } from "./plot.js";
import { say, word } from "./words.js";

function makeChannel() {
  const value = part("p", "value", { number: element("span"), unit: element("span", "unit") });
  const name = part("h4", "name", {
    device: element("span", "device"),
    channel: element("span"),
    unproven: element("span", "badge"),
  });
  const range = part("p", "range", { high: element("span"), low: element("span") });
  const plot = makePlot();
  const chart = element("div", "chart", range.node, plot.svg);
  const note = part("p", "note", {
    quality: element("span", "quality"),
    age: element("span"),
    span: element("span", "span"),
  });
  const node = element("li", "channel", name.node, value.node, chart, note.node);
  return { node, name, value, range, plot, chart, note };
}

function updateChannel(part, channel, reporting, now) {
  const { exponent, unit } = channel;
  const live = reporting && channel.state === "live";
  const valued = live && channel.value !== null;
  const name = `${channel.device} ${word("channel", channel.channel)}`;
  write(part.name.device, `${channel.device} `);
  write(part.name.channel, word("channel", channel.channel));
  part.name.unproven.hidden = channel.proven;
  write(part.name.unproven, say("unproven"));
  mark(part.name.unproven, "title", say("unproven.why"));

  mark(part.node, "data-state", live ? "live" : "unknown");
  mark(part.node, "data-good", !live || channel.quality === "good");
  const [number, sign] = valued
    ? quantity(channel.value, exponent, unit).split("\u00a0")
    : [live ? "\u2014" : say("unknown"), undefined];
  write(part.value.number, number);
  write(part.value.unit, sign === undefined ? "" : `\u00a0${sign}`);
  part.note.quality.hidden = !live;
  write(part.note.quality, live ? word("quality", channel.quality) : "");
  let age = say("never");
  if (channel.time !== null) {
    age = live ? ageOf(channel, now) : say("heard.last", {
      time: clock(channel.time, now), age: duration(now - channel.time),
    });
  }
  write(part.note.age, age);

  const range = draw(part.plot, channel, now, live);
  part.chart.hidden = range === null;
  write(part.note.span, range && live ? say("span", { age: duration(range.span) }) : "");
  if (range === null) return;
  const low = decimal(range.low, exponent);
  const high = decimal(range.high, exponent);
  write(part.range.high, high);
  write(part.range.low, range.low === range.high ? "" : low);
  mark(part.plot.svg, "aria-label", say("plot", { name, low, high: `${high} ${unitOf(unit)}` }));
}

/** How old a live value is; and since when nothing changed, where only changes are reported. */
function ageOf(channel, now) {
  const age = duration(now - channel.time);
  return channel.looked === null
    ? say("ago", { age }) : say("unchanged", { age, looked: duration(now - channel.looked) });
}

export function makePole() {
  const head = part("header", "pole-head", {
    name: element("h3"),
    state: element("p", "state"),
    id: element("p", "id"),
    heard: element("p", "heard"),
  });
  const facts = element("ul", "facts");
  const channels = element("ul", "channels");
  return { node: element("article", "pole", head.node, facts, channels), head, facts, channels };
}

export function updatePole(part, pole, now) {
  const reporting = pole.state === "reporting";
  mark(part.node, "id", poleAnchor(pole.id));
  mark(part.node, "tabindex", -1);
  mark(part.node, "data-state", pole.state);
  write(part.head.name, pole.name || pole.id);
  write(part.head.id, pole.id);
  part.head.id.hidden = !pole.name || pole.name === pole.id;
  write(part.head.state, word("state", pole.state));
  let heard = "";
  if (pole.last_heard !== null) {
    const age = duration(now - pole.last_heard);
    heard = reporting
      ? say("heard", { age })
      : say("heard.last", { time: clock(pole.last_heard, now), age });
  }
  write(part.head.heard, heard);

  const facts = [pole.runtime];
  if (pole.carrier) facts.push(word("carrier", pole.carrier));
  if (pole.software) facts.push(say("software", { text: pole.software }));
  if (pole.place) facts.push(placeOf(pole.place));
  const shown = facts.filter(Boolean).map((text) => [text, "fact"]);
  if (pole.time_quality === "unsynced") shown.push([say("unsynced"), "fact caution"]);
  if (pole.drill) {
    const { who, device, channel, until } = pole.drill;
    const name = `${device} ${word("channel", channel)}`;
    shown.push([say("drill", { who, name, time: clock(until, now) }), "fact caution"]);
  }
  if (pole.maintenance) {
    const { who, why, until } = pole.maintenance;
    shown.push([say("maintenance", { who, why, time: clock(until, now) }), "fact caution"]);
  }
  for (const relay of pole.relays) {
    const done = relay.wanted === relay.found;
    const values = {
      name: `${relay.device} ${relay.relay}`,
      state: word("relay", relay.found === null ? "unknown" : relay.found),
      wanted: word("relay", relay.wanted),
      cause: [word("cause", relay.cause), relay.by, relay.error].filter(Boolean).join(" "),
    };
    const text = say(done || relay.wanted === null ? "relay" : "relay.undone", values);
    shown.push([text, done ? "fact" : "fact caution"]);
  }
  for (const [device, channel] of pole.overdue) {
    const name = `${device} ${word("channel", channel)}`;
    shown.push([say("overdue", { name }), "fact caution"]);
  }
  for (const [line, count] of pole.behind ?? []) {
    shown.push([say("behind", { name: line, count }), "fact caution"]);
  }
  if (pole.rationed) shown.push([word("rationed", pole.rationed), "fact caution"]);
  fill(part.facts, shown, ([text]) => text, () => ({ node: element("li") }),
    (fact, [text, kind]) => { write(fact.node, text); mark(fact.node, "class", kind); });
  fill(part.channels, pole.channels, (it) => `${it.device}/${it.channel}`, makeChannel,
    (channel, it) => updateChannel(channel, it, reporting, now));
}

/** The id of a pole's node. */
export function poleAnchor(id) {
  return `pole-${id}`;
}

function placeOf([longitude, latitude]) {
  const side = (value, [plus, minus]) => `${Math.abs(value)}° ${value < 0 ? minus : plus}`;
  return `${side(latitude, "NS")}, ${side(longitude, "EW")}`;
}

export function nameOf(pole, id) {
  return pole ? pole.name || pole.id : id;
}
