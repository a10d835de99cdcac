// The page of a node: asks once a second, touches only what changed, writes only with a session.
// What a device or a person wrote reaches the document as text only, never as markup.

const words = await (await fetch("words.json")).json();
const CODES = ["en", "zh"];
const byId = (id) => document.getElementById(id);
const UNITS = { Cel: "°C", deg: "°", "ug/m3": "µg/m³", "%RH": "% RH", "/": "" };
const DRILL_MS = 600000;
const SILENT_MS = 5000;

let language = 0;
let session = null;
let state = null;
let heard = 0;
let old = 0; // how long the node has been silent in ms, 0 while it answers

// Words and figures.

function say(code, values = {}) {
  return words[code][language].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "—");
}

/** A word of the contract; one that is not in the table stays as it is, and so does a number behind it. */
function word(group, text) {
  const [, plain, number] = String(text).match(/^(.*?)(\d*)$/s);
  if (Object.hasOwn(words, `${group}.${text}`)) return say(`${group}.${text}`);
  return Object.hasOwn(words, `${group}.${plain}`) ? say(`${group}.${plain}`) + number : String(text);
}

/** What is amiss: said in English where it was found, told in this language where the table has it. */
function told(text) {
  if (language === 0 || text === "") return text;
  for (const [code, [english]] of Object.entries(words)) {
    if (!code.startsWith("trouble.")) continue;
    const names = [...english.matchAll(/\{(\w+)\}/g)].map((found) => found[1]);
    const plain = english.replace(/[.*+?^$()|[\]\\]/g, "\\$&");
    const found = text.match(new RegExp(`^${plain.replace(/\{\w+\}/g, "(.+)")}$`));
    if (found) return say(code, Object.fromEntries(names.map((name, at) => [name, found[at + 1]])));
  }
  return text;
}

/** value * 10**exponent, exactly: digits are moved, never calculated. */
function decimal(value, exponent) {
  const digits = String(Math.abs(value));
  const sign = value < 0 ? "\u2212" : "";
  if (exponent >= 0) return sign + (value === 0 ? "0" : digits + "0".repeat(exponent));
  const padded = digits.padStart(1 - exponent, "0");
  return `${sign}${padded.slice(0, exponent)}.${padded.slice(exponent)}`;
}

function quantity(value, exponent, unit) {
  const human = UNITS[unit] ?? unit;
  return decimal(value, exponent) + (human === "" ? "" : `\u00a0${human}`);
}

function duration(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 100) return say("s", { n: s });
  return s < 6000 ? say("min", { n: Math.round(s / 60) }) : say("h", { n: Math.round(s / 3600) });
}

function ago(ms) {
  return ms === null ? say("never") : say("ago", { age: duration(ms) });
}

// The document.

function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function mark(node, name, value) {
  if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}

/** Make the children of parent those of items, kept by key: a button under a finger stays. */
function fill(parent, items, keyOf, make, update) {
  const before = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  items.forEach((item, index) => {
    const key = keyOf(item);
    const node = before.get(key) ?? make(item);
    before.delete(key);
    node.dataset.key = key;
    if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] ?? null);
    update(node, item);
  });
  for (const node of before.values()) node.remove();
}

function element(tag, ...classes) {
  const node = document.createElement(tag);
  node.append(...classes.map((name) => {
    const child = document.createElement(name === "button" ? "button" : "p");
    child.className = name;
    return child;
  }));
  return node;
}

function facts(list, pairs) {
  fill(list, pairs.flatMap(([name, text]) => [["dt", name, name], ["dd", name, text]]),
    ([tag, name]) => tag + name, ([tag]) => document.createElement(tag),
    (node, [, , text]) => write(node, text));
}

// What is shown.

const nameOf = (channel) => `${channel.device}/${channel.channel}`;

function makeChannel() {
  const node = element("li", "name", "value", "about", "alarm", "drill", "button");
  node.className = "channel";
  node.lastElementChild.type = "button";
  return node;
}

function drillOf(channel) {
  const drill = state.drill;
  if (drill && nameOf(drill) === nameOf(channel)) {
    return say("drill.on", { left: duration(drill.left) });
  }
  if (!channel.drilled) return say("drill.none");
  const [raised, sealed, acknowledged] = channel.drilled.ms;
  return say(`drill.${channel.drilled.outcome}`, { raised, sealed, acknowledged });
}

function updateChannel(node, channel) {
  const [name, value, about, alarm, drill, button] = node.children;
  write(name, `${channel.device} · ${word("channel", channel.channel)}`);
  // What was true before the silence is not shown as if it were now.
  const known = old === 0 && channel.value !== null;
  const quality = old === 0 ? channel.quality : "unknown";
  write(value, known ? quantity(channel.value, channel.exponent, channel.unit) : "—");
  write(about, `${word("quality", quality)} · ${ago(channel.age === null ? null : channel.age + old)}`);
  mark(node, "data-good", quality === "good");
  const watched = channel.alarms.length > 0;
  mark(node, "data-alarm", channel.alarms.map((one) => one.state).find((it) => it !== "cleared") ?? "");
  write(alarm, channel.alarms.map((one) => {
    const limit = quantity(one.limit[1], channel.exponent, channel.unit);
    const rule = say(one.limit[0] > 0 ? "above" : "below", { limit });
    return say("rule", { limit: rule, state: word("alarm", one.state) });
  }).join(" · "));
  write(drill, watched ? drillOf(channel) : "");
  alarm.hidden = drill.hidden = !watched;
  write(button, say("drill.begin"));
  button.hidden = !watched || session === null;
  button.disabled = state.drill !== null;
  button.onclick = () => act("drill",
    { device: channel.device, channel: channel.channel, for_ms: DRILL_MS });
}

function updateLine(node, line) {
  const silent = line.devices.filter((device) => device.failures > 0);
  const [name, health, counts] = node.children;
  write(name, say("line", line));
  write(health, told(line.fault)
    || silent.map(({ name, error }) => say("line.device", { name, error: told(error) })).join(say("and"))
    || say("line.good"));
  mark(health, "class", line.fault || silent.length > 0 ? "bad" : "");
  const late = line.skipped > 0 ? ` · ${say("line.skipped", { n: line.skipped })}` : "";
  write(counts, say("line.timeouts", { n: line.timeouts }) + late);
}

function showDelivery() {
  const { uplink, time, journal } = state;
  const clock = time.quality === "unsynced" ? ""
    : `${new Date(time.ms).toLocaleString(language ? "zh-CN" : "en-GB", { hourCycle: "h23" })} · `;
  const waiting = journal.map((lane) => say("waiting",
    { n: lane.waiting, made: lane.made, lane: word("lane", lane.lane) }));
  facts(byId("delivery"), [
    [say("acknowledged"), ago(uplink.acknowledged === null ? null : uplink.acknowledged + old)],
    [say("connection"), old > 0 ? say("unknown")
      : uplink.connected ? say("connected", uplink) : say("not connected")],
    [say("journal"), waiting.join(say("and"))],
    [say("time"), clock + word("time", time.quality)],
  ]);
  facts(byId("facts"), ["place", "device", "software", "settings", "runtime"].filter((name) => state[name])
    .map((name) => [say(`fact.${name}`), state[name]]));
}

function showAbout() {
  const options = [["", say("whole")], ...state.channels.map((it) => [nameOf(it), nameOf(it)])];
  fill(byId("about"), options, ([key]) => key, () => document.createElement("option"),
    (node, [key, text]) => { node.value = key; write(node, text); });
}

function show() {
  for (const node of document.querySelectorAll("[data-say]")) write(node, say(node.dataset.say));
  document.documentElement.lang = ["en", "zh-CN"][language];
  write(byId("language"), say("language"));
  byId("unlock").hidden = session !== null;
  byId("work").hidden = session === null;
  if (state === null) return;
  byId("main").hidden = false;
  document.querySelector(".work-part").hidden = state.readonly === true;
  document.title = say("title", { name: state.pole });
  write(byId("title"), document.title);
  const verdict = old === 0 ? state.state : "unknown";
  write(byId("state"), say(`state.${verdict}`));
  mark(byId("state"), "data-state", verdict);
  write(byId("next"), say(state.next.code, { ...state.next, error: told(state.next.error ?? "") }));
  byId("end-drill").hidden = session === null || state.drill === null;
  byId("give").hidden = state.time.quality !== "unsynced";
  const { maintenance } = state;
  byId("maintenance").hidden = maintenance === null;
  if (maintenance !== null) {
    write(byId("maintenance"),
      say("maintenance", { who: maintenance.who, left: duration(maintenance.left) }));
  }
  fill(byId("channels"), state.channels, nameOf, makeChannel, updateChannel);
  fill(byId("lines"), state.lines, (line) => line.name,
    () => element("li", "port", "health", "counts"), updateLine);
  showDelivery();
  showAbout();
}

// What is asked and written.

function tell(text, bad) {
  byId("said").hidden = false;
  mark(byId("said"), "class", bad ? "said bad" : "said");
  write(byId("said"), text);
  byId("said").scrollIntoView({ block: "nearest" });
}

/** The answer to a POST, or null where it was refused, which is said. */
async function post(path, items) {
  let reply;
  try {
    reply = await fetch(path, {
      method: "POST", body: JSON.stringify(items), headers: session ? { "X-Session": session } : {},
    });
    const answer = await reply.json();
    if (reply.ok) return answer;
    if (answer.code === "refused.session") session = null;
    tell(say(answer.code, { age: duration(answer.wait ?? 0), ...answer.values }), true);
  } catch {
    tell(say("refused.busy"), true);
  }
  show();
  return null;
}

async function act(action, items) {
  if (await post("api/write", { action, ...items })) {
    tell(say("done"), false);
    await look();
    return true;
  }
  return false;
}

async function look() {
  try {
    const reply = await fetch("api/state", { signal: AbortSignal.timeout(8000) });
    if (!reply.ok) throw new Error(reply.status);
    state = await reply.json();
    heard = performance.now();
  } catch { /* said below, by its age */ }
  const silence = performance.now() - heard;
  old = state !== null && silence < SILENT_MS ? 0 : silence;
  byId("lost").hidden = old === 0;
  document.body.className = old === 0 ? "" : "old";
  write(byId("lost"), say("lost", { age: duration(old) }));
  show();
}

byId("language").onclick = () => {
  language = 1 - language;
  try { localStorage.setItem("language", CODES[language]); } catch { /* storage is switched off */ }
  show();
};

byId("unlock").onsubmit = async (event) => {
  event.preventDefault();
  const answer = await post("api/session", Object.fromEntries(new FormData(event.target)));
  if (answer === null) return;
  session = answer.token;
  byId("said").hidden = true;
  event.target.reset();
  show();
};

for (const form of document.querySelectorAll("form[data-action]")) {
  form.onsubmit = async (event) => {
    event.preventDefault();
    const items = Object.fromEntries(new FormData(form));
    if ("about" in items) {
      const [device, channel] = items.about.split("/");
      delete items.about;
      if (device) Object.assign(items, { device, channel });
    }
    if (await act(form.dataset.action, items)) form.reset();
  };
}

byId("give").onclick = () => act("time", { utc_ms: Date.now() });
byId("end-drill").onclick = () => act("end drill", {});
byId("hand-over").onclick = async () => {
  const answer = await post("api/handover", { language: CODES[language] });
  if (answer !== null) location.assign(answer.path);
};

let chosen = null;
try { chosen = localStorage.getItem("language"); } catch { /* storage is switched off */ }
language = Math.max(0, CODES.indexOf(chosen ?? navigator.language.slice(0, 2)));
show();
await look();
setInterval(look, 1000);
