"use strict";
// The live page: asks the platform once a second, and re-uses its nodes by key.
// All text that comes from devices goes through textContent.

const TEXT = {
  en: {
    title: "Poles", language: "中文", empty: "No pole is registered yet.",
    missing: "What is missing", refused: "What failed to verify", none: "nothing",
    counts: (c) => `${c.frames} frames, ${c.readings} readings, ${c.duplicates_dropped} repeats dropped`,
    reporting: "reporting", unknown: "unknown", "never heard": "never heard",
    unproven: "unproven", unsynced: "clock unset", lane: "lane",
    ago: (s) => `${s} ago`, lastHeard: (s) => `last heard ${s} ago`, neverHeard: "never heard of",
    stale: (s) => `The platform does not answer. What is shown is ${s} old.`,
    raised: "ALARM", blind: "BLIND: the sensor cannot be read", pending: "pending", cleared: "cleared", muted: "muted",
    above: "limit", below: "lower limit", lastSeen: (s) => `last value ${s} ago`, noValue: "no value",
    evicted: "given up: the journal was full", unsealed: "not sealed before a restart", wanted: "asked for again",
    undecoded: "waiting for its schema", torn: "damaged by a power cut", to: "to",
    good: "good", "warm-up": "warm-up", "out of range": "out of range", "no reply": "no reply",
    "device fault": "device fault", "not fitted": "not fitted",
  },
  zh: {
    title: "智慧杆", language: "English", empty: "尚未登记任何杆。",
    missing: "缺失数据", refused: "验签未通过", none: "无",
    counts: (c) => `${c.frames} 帧，${c.readings} 个读数，丢弃重复 ${c.duplicates_dropped} 帧`,
    reporting: "正常上报", unknown: "未知", "never heard": "从未上线",
    unproven: "未验证驱动", unsynced: "时钟未同步", lane: "通道",
    ago: (s) => `${s}前`, lastHeard: (s) => `最后上报于${s}前`, neverHeard: "从未收到数据",
    stale: (s) => `平台无响应，所示内容为${s}前的数据。`,
    raised: "告警", blind: "失明：传感器无法读取", pending: "待确认", cleared: "已解除", muted: "已静音",
    above: "上限", below: "下限", lastSeen: (s) => `最后一次读数在${s}前`, noValue: "无值",
    evicted: "存储已满而放弃", unsealed: "重启前未封存", wanted: "已请求重发",
    undecoded: "等待结构定义", torn: "断电损坏", to: "至",
    good: "正常", "warm-up": "预热中", "out of range": "超量程", "no reply": "无应答",
    "device fault": "设备故障", "not fitted": "未安装",
  },
};
const UNITS = { Cel: "°C", deg: "°", "ug/m3": "µg/m³", "%RH": "%RH" };

let language = localStorage.getItem("language") || (navigator.language.startsWith("zh") ? "zh" : "en");
let state = null;
let received = 0;

const byId = (id) => document.getElementById(id);
const say = (word) => TEXT[language][word] ?? word;

function age(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  const zh = language === "zh";
  if (s < 90) return zh ? `${s} 秒` : `${s} s`;
  if (s < 5400) return zh ? `${Math.round(s / 60)} 分钟` : `${Math.round(s / 60)} min`;
  if (s < 172800) return zh ? `${Math.round(s / 3600)} 小时` : `${Math.round(s / 3600)} h`;
  return zh ? `${Math.round(s / 86400)} 天` : `${Math.round(s / 86400)} d`;
}

// An integer and its exponent as exact decimals: no floating point between sensor and reader.
function decimal(value, exponent) {
  if (exponent >= 0) return String(value) + "0".repeat(value ? exponent : 0);
  const digits = String(Math.abs(value)).padStart(1 - exponent, "0");
  return (value < 0 ? "−" : "") + digits.slice(0, exponent) + "." + digits.slice(exponent);
}

const quantity = (value, exponent, unit) =>
  value === null ? say("noValue") : `${decimal(value, exponent)} ${UNITS[unit] ?? unit}`;

function time(ms) {
  return ms === null ? "?" : new Date(ms).toLocaleTimeString(language === "zh" ? "zh-CN" : "en-GB");
}

function set(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function make(tag, className, parent) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (parent) parent.append(node);
  return node;
}

// The children of parent, one for each item, kept by key and in order.
function each(parent, items, key, create, update) {
  const known = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  items.forEach((item, index) => {
    const name = key(item);
    let node = known.get(name);
    if (!node) {
      node = create(item);
      node.dataset.key = name;
    }
    known.delete(name);
    if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] ?? null);
    update(node, item);
  });
  for (const node of known.values()) node.remove();
}

const SVG = "http://www.w3.org/2000/svg";

function plot(svg, channel) {
  const points = channel.points;
  const print = JSON.stringify([points.length, points[0], points[points.length - 1]]);
  if (svg.dataset.print === print) return;
  svg.dataset.print = print;
  svg.replaceChildren();
  const values = points.map((point) => point[1]).filter((value) => value !== null);
  if (!values.length) return;
  const low = Math.min(...values), high = Math.max(...values);
  const first = points[0][0], last = points[points.length - 1][0];
  const x = (at) => 3 + (last > first ? (at - first) / (last - first) : 1) * 118;
  const y = (value) => 12 + (high > low ? (high - value) / (high - low) : 0.5) * 30;
  // What is missing is a gap: never bridged.
  let run = [];
  const flush = () => {
    if (run.length) {
      const line = document.createElementNS(SVG, "polyline");
      line.setAttribute("points", (run.length > 1 ? run : [run[0], run[0]]).join(" "));
      svg.append(line);
    }
    run = [];
  };
  let before = null;
  for (const [at, value] of points) {
    if (value === null || (before !== null && at - before > 3 * channel.every)) flush();
    if (value !== null) run.push(`${x(at).toFixed(1)},${y(value).toFixed(1)}`);
    before = at;
  }
  flush();
  const end = [...points].reverse().find((point) => point[1] !== null);
  const dot = document.createElementNS(SVG, "circle");
  dot.setAttribute("cx", x(end[0])); dot.setAttribute("cy", y(end[1])); dot.setAttribute("r", 2.4);
  svg.append(dot);
  for (const [value, at] of [[high, 8], [low, 53]]) {
    const label = document.createElementNS(SVG, "text");
    label.setAttribute("x", 3); label.setAttribute("y", at);
    label.textContent = decimal(value, channel.exponent);
    svg.append(label);
  }
}

function makeChannel() {
  const node = make("div", "channel");
  make("div", "name", node);
  make("div", "value", node);
  make("div", "note", node);
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 128 56");
  svg.setAttribute("aria-hidden", "true");
  node.append(svg);
  return node;
}

function showChannel(node, channel, now) {
  const live = channel.state === "live";
  node.className = "channel" + (live ? "" : " unknown");
  const [name, value, note, svg] = node.children;
  set(name, `${channel.device} · ${channel.channel}`);
  set(value, !live ? say("unknown") : quantity(channel.value, channel.exponent, channel.unit));
  const words = [];
  if (live && channel.quality !== "good") words.push(say(channel.quality));
  if (channel.time !== null) words.push(live ? TEXT[language].ago(age(now - channel.time)) : TEXT[language].lastSeen(age(now - channel.time)));
  if (!channel.proven) words.push(say("unproven"));
  set(note, words.join(" · "));
  plot(svg, channel);
}

function makePole() {
  const node = make("article", "pole");
  const head = make("header", "", node);
  make("h2", "", head);
  make("span", "state", head);
  make("p", "about", node);
  make("div", "channels", node);
  return node;
}

function showPole(node, pole, now) {
  const [head, about, channels] = node.children;
  set(head.children[0], pole.name);
  head.children[1].className = "state" + (pole.state === "reporting" ? "" : " unknown");
  set(head.children[1], say(pole.state));
  const words = [pole.id, pole.runtime, pole.carrier, pole.software && `v${pole.software}`];
  words.push(pole.last_heard === null ? say("neverHeard") : TEXT[language].lastHeard(age(now - pole.last_heard)));
  if (pole.time_quality === "unsynced") words.push(say("unsynced"));
  set(about, words.filter(Boolean).join(" · "));
  each(channels, pole.channels, (c) => `${c.device}/${c.channel}`, makeChannel, (n, c) => showChannel(n, c, now));
}

function makeAlarm() {
  const node = make("div", "alarm");
  make("b", "", node);
  make("span", "", node);
  return node;
}

function showAlarm(node, alarm) {
  node.className = `alarm ${alarm.state}`;
  const value = alarm.value === null ? "" : ` ${quantity(alarm.value, alarm.exponent, alarm.unit)}`;
  set(node.children[0], `${say(alarm.state)} · ${alarm.device} ${alarm.channel}${value}`);
  const limit = `${say(alarm.limit[0] > 0 ? "above" : "below")} ${quantity(alarm.limit[1], alarm.exponent, alarm.unit)}`;
  set(node.children[1], `${alarm.pole} · ${time(alarm.time)} · ${limit}`);
}

function list(id, items, text) {
  set(byId(`${id}-count`), items.length ? String(items.length) : say("none"));
  each(byId(id), items, (item) => JSON.stringify(item), () => make("li"), (node, item) => set(node, text(item)));
}

function show() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  for (const node of document.querySelectorAll("[data-text]")) set(node, say(node.dataset.text));
  set(byId("language"), say("language"));
  document.title = say("title");
  const quiet = Date.now() - received;
  byId("stale").hidden = state !== null && quiet < 5000;
  document.body.classList.toggle("old", quiet >= 5000);
  set(byId("stale"), TEXT[language].stale(age(quiet)));
  if (!state) return;
  const now = state.now + quiet;
  set(byId("counts"), TEXT[language].counts(state.counts));
  byId("empty").hidden = state.poles.length > 0;
  each(byId("alarms"), state.alarms, (a) => `${a.pole}/${a.device}/${a.channel}/${a.limit[0]}`, makeAlarm, showAlarm);
  each(byId("poles"), state.poles, (p) => p.id, makePole, (node, pole) => showPole(node, pole, now));
  list("missing", state.missing, (m) => {
    const span = m.last >= m.first ? `${m.first} ${say("to")} ${m.last}` : "";
    const times = m.from ? `${time(m.from)} ${say("to")} ${time(m.to)}` : "";
    return [m.pole, `${say("lane")} ${m.lane}`, span, say(m.reason), times].filter(Boolean).join(" · ");
  });
  list("refused", state.refused, (r) => [time(r.time), r.pole, r.reason, r.digest].filter(Boolean).join(" · "));
}

async function look() {
  try {
    const answer = await fetch("/api/state", { signal: AbortSignal.timeout(4000) });
    state = await answer.json();
    received = Date.now();
  } catch {
    // Nothing new: show() says how old the rest is.
  }
  show();
  setTimeout(look, 1000);
}

byId("language").addEventListener("click", () => {
  language = language === "zh" ? "en" : "zh";
  localStorage.setItem("language", language);
  show();
});
received = Date.now();
look();
