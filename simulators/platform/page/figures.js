// Numbers, units and times as people read them. Values are integers with a power of ten.

import { language, locale, say } from "./words.js";

// SenML names (RFC 8428, RFC 8798) as people write them. Others are shown as they are.
const UNITS = new Map([["Cel", "°C"], ["deg", "°"], ["ug/m3", "µg/m³"], ["%RH", "% RH"],
  ["lx", "lx"], ["Ohm", "Ω"], ["m3", "m³"], ["/", ""]]);

/** value * 10**exponent, exactly: digits are moved, never calculated. */
export function decimal(value, exponent) {
  const digits = String(Math.abs(value));
  const sign = value < 0 ? "\u2212" : "";
  if (exponent >= 0) return sign + (value === 0 ? "0" : digits + "0".repeat(exponent));
  const padded = digits.padStart(1 - exponent, "0");
  return `${sign}${padded.slice(0, exponent)}.${padded.slice(exponent)}`;
}

export function unitOf(unit) {
  return UNITS.get(unit) ?? unit;
}

export function quantity(value, exponent, unit) {
  const human = unitOf(unit);
  return decimal(value, exponent) + (human === "" || human === "°" ? human : `\u00a0${human}`);
}

export function duration(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 100) return say("s", { n: s });
  if (s < 6000) return say("min", { n: Math.round(s / 60) });
  if (s < 172800) return say("h", { n: Math.round(s / 3600) });
  return say("d", { n: Math.round(s / 86400) });
}

const CLOCK = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
const DAY = { year: "numeric", month: "short", day: "numeric" };
const clocks = [0, 1].map((index) => ({
  clock: new Intl.DateTimeFormat(locale(index), CLOCK),
  day: new Intl.DateTimeFormat(locale(index), DAY),
}));

/** Local time of day, with the date unless it is today. */
export function clock(ms, now) {
  const { clock: time, day } = clocks[language];
  const date = day.format(ms);
  return date === day.format(now) ? time.format(ms) : `${date} ${time.format(ms)}`;
}

/** A time of day and how long ago it was. */
export function at(ms, now) {
  return say("at", { time: clock(ms, now), age: duration(now - ms) });
}
