// Every word of the page, in every language of the page.

const LOCALES = ["en-GB", "zh-CN"];
const CODES = ["en", "zh"];

// [English, Chinese]; {name} is filled in.
const WORDS = {
  title: ["Perception platform", "感知平台"],
  language: ["中文", "English"],
  summary: ["{reporting} of {all} poles reporting", "共 {all} 根灯杆，{reporting} 根上报中"],
  stale: [
    "The platform has not been reached for {age}. Everything below is from {time}, not from now.",
    "已有 {age} 未连上平台。以下内容截至 {time}，并非当前情况。",
  ],
  unreached: ["The platform cannot be reached. Nothing is known yet.", "无法连上平台，尚无任何数据。"],
  alarms: ["Alarms", "告警"],
  calm: ["No active alarm", "当前无告警"],
  "calm.partly": [
    "No active alarm is known of. Unknown poles: {n}.",
    "没有已知的告警。情况未知的灯杆：{n} 根。",
  ],
  "alarm.raised": ["Alarm", "告警"],
  "alarm.blind": ["Blind: the sensor cannot be read", "无法监测：传感器无法读取"],
  "alarm.blind.raised": ["Alarm, and blind now", "告警，且目前无法监测"],
  "alarm.pending": ["Pending: not yet confirmed", "判定中：尚未成立"],
  "alarm.muted": ["Muted", "已静音"],
  "alarm.muted.raised": ["Muted by maintenance: alarm", "维护静音：告警"],
  "alarm.muted.blind": ["Muted by maintenance: blind", "维护静音：无法监测"],
  "alarm.muted.pending": ["Muted by maintenance: pending", "维护静音：判定中"],
  "alarm.test": ["Drill, no danger: {state}", "演练，非真实告警：{state}"],
  "alarm.silent": ["The pole itself is silent now.", "该灯杆目前已无音讯。"],
  above: ["limit: above {limit}", "限值：高于 {limit}"],
  below: ["limit: below {limit}", "限值：低于 {limit}"],
  at: ["{time}, {age} ago", "{time}，{age}前"],
  committed: ["committed {time}", "{time} 入库"],
  untimed: ["time of the device not known", "设备时间未知"],
  poles: ["Poles", "灯杆"],
  empty: [
    "No pole is registered yet. A pole appears here as soon as the registry names it.",
    "尚未登记任何灯杆。登记之后会显示在这里。",
  ],
  "state.reporting": ["reporting", "上报中"],
  "state.unknown": ["unknown", "未知"],
  "state.never heard": ["unknown: never heard", "未知：从未收到"],
  heard: ["heard {age} ago", "{age}前收到"],
  "heard.last": ["last heard {time}, {age} ago", "最后收到：{time}，{age}前"],
  "carrier.coap": ["by CoAP", "经 CoAP"],
  "carrier.mqtt": ["by MQTT", "经 MQTT"],
  software: ["software {text}", "软件 {text}"],
  unsynced: ["clock not synchronised", "时钟未同步"],
  maintenance: ["maintenance until {time}: {who}, {why}", "维护中，至 {time}：{who}，{why}"],
  drill: ["drill of {name} until {time}: {who}", "{name} 演练中，至 {time}：{who}"],
  relay: ["{name}: {state} ({cause})", "{name}：{state}（{cause}）"],
  "relay.undone": [
    "{name}: {state}, but should be {wanted} ({cause})",
    "{name}：{state}，应为{wanted}（{cause}）",
  ],
  "relay.0": ["off", "断开"],
  "relay.1": ["on", "闭合"],
  "relay.unknown": ["not readable", "无法读取"],
  "cause.alarm": ["alarm", "告警"],
  "cause.no alarm": ["no alarm", "无告警"],
  "cause.not readable": ["safe state: not readable:", "安全状态：无法读取："],
  "cause.least time": ["least time", "最短时间"],
  "cause.maintenance": ["maintenance", "维护"],
  "cause.order": ["order of", "手动指令："],
  "cause.stopped": ["safe state: the agent has ended", "安全状态：程序已停止"],
  "cause.changed": ["switched by somebody else", "被他人切换"],
  "cause.hand": ["in hand:", "就地手动："],
  "cause.hand back": ["out of hand:", "就地手动结束："],
  overdue: ["calibration overdue: {name}", "校准已过期：{name}"],
  behind: [
    "line {name} cannot keep up: {count} read-outs left out since the start",
    "线路 {name} 来不及读取：启动以来已跳过 {count} 次",
  ],
  "rationed.the journal is filling": [
    "the journal is filling: not every row is kept",
    "本地存储将满：不再保留每一行",
  ],
  "rationed.the data budget of the day is running out": [
    "the data budget of the day is running out: not everything is sent",
    "当日流量限额将用完：部分数据暂不发送",
  ],
  "rationed.the data budget of the day is spent": [
    "the data budget of the day is spent: alarms alone are sent",
    "当日流量限额已用完：仅发送告警",
  ],
  unproven: ["unproven", "未验证"],
  "unproven.why": [
    "No published or captured bytes of the real device confirm this driver yet.",
    "该驱动尚无真实设备的字节加以验证。",
  ],
  unknown: ["unknown", "未知"],
  ago: ["{age} ago", "{age}前"],
  unchanged: ["{age} ago, unchanged {looked} ago", "{age}前；{looked}前仍未变化"],
  never: ["never", "从未"],
  span: ["last {age}", "近 {age}"],
  plot: ["{name}, {low} to {high}", "{name}，{low} 至 {high}"],
  s: ["{n} s", "{n} 秒"],
  min: ["{n} min", "{n} 分钟"],
  h: ["{n} h", "{n} 小时"],
  d: ["{n} days", "{n} 天"],
  missing: ["What is missing", "缺失的数据"],
  complete: ["Nothing is known to be missing.", "目前没有已知的缺失。"],
  frames: ["{lane} frames {first} to {last} ({n})", "{lane}帧 {first} 至 {last}（{n} 帧）"],
  frame: ["{lane} frame {first}", "{lane}帧 {first}"],
  "frame.before": ["{lane} readings before frame {first}", "{lane}帧 {first} 之前的读数"],
  "lane.0": ["alarm", "告警"],
  "lane.1": ["telemetry", "遥测"],
  "lane.2": ["diagnostic", "诊断"],
  between: ["{from} to {to}", "{from} 至 {to}"],
  "between.unknown": ["times not known", "时间未知"],
  "reason.evicted": ["evicted: the journal was full", "被覆盖：本地存储已满"],
  "reason.torn": ["torn: damaged by a power cut", "断电时损坏"],
  "reason.unsealed": ["unsealed: lost at a power cut", "未封装：断电时丢失"],
  "reason.wanted": ["wanted: asked for again", "已请求重发"],
  "reason.undecoded": ["undecoded: kept, its schema is still to come", "已保存，待收到其格式说明"],
  "reason.not held": ["not held: the pole does not have it", "灯杆已无此帧"],
  refused: ["What failed to verify", "未通过校验"],
  "incident.signature": ["{reason}", "签名不符，或密钥未登记"],
  "incident.frame": ["{reason}", "不是有效的数据帧"],
  "incident.conflict": ["{reason}", "同一编号的帧再次到达，但内容不同"],
  "incident.undecoded": ["{reason}", "已保存，但暂时无法解析"],
  genuine: ["Every frame that came was genuine.", "收到的每一帧都真实有效。"],
  nobody: ["unknown device", "未知设备"],
  counts: ["Since the beginning", "累计"],
  "count.frames": ["frames", "帧"],
  "count.readings": ["readings", "读数"],
  "count.duplicates_dropped": ["duplicates dropped", "剔除的重复帧"],
  "count.bad_signatures": ["bad signatures", "签名无效"],
  "quality.good": ["good", "良好"],
  "quality.warm-up": ["warm-up", "预热中"],
  "quality.out of range": ["out of range", "超出量程"],
  "quality.stale": ["stale", "陈旧"],
  "quality.maintenance": ["maintenance", "维护中"],
  "quality.calibration": ["calibration", "校准中"],
  "quality.stuck": ["stuck", "数值卡滞"],
  "quality.implausible": ["implausible", "数值存疑"],
  "quality.not fitted": ["not fitted", "未安装"],
  "quality.device fault": ["device fault", "设备故障"],
  "quality.no reply": ["no reply", "无应答"],
  "channel.alarm": ["alarm", "告警"],
  "channel.altitude": ["altitude", "海拔"],
  "channel.battery": ["battery", "电池电压"],
  "channel.ch4": ["CH4", "CH4"],
  "channel.cl2": ["Cl2", "Cl2"],
  "channel.co": ["CO", "CO"],
  "channel.co2": ["CO2", "CO2"],
  "channel.conductivity": ["conductivity", "电导率"],
  "channel.contact": ["contact", "触点"],
  "channel.current": ["current", "电流"],
  "channel.current_1": ["current 1", "电流 1"],
  "channel.current_2": ["current 2", "电流 2"],
  "channel.current_3": ["current 3", "电流 3"],
  "channel.diagnosis": ["diagnosis", "诊断"],
  "channel.distance": ["distance", "距离"],
  "channel.energy": ["energy", "电能"],
  "channel.float": ["float", "浮球"],
  "channel.frequency": ["frequency", "频率"],
  "channel.gas": ["gas", "气体种类"],
  "channel.h2s": ["H2S", "H2S"],
  "channel.hdop": ["HDOP", "HDOP"],
  "channel.height": ["height", "积水高度"],
  "channel.humidity": ["humidity", "湿度"],
  "channel.illuminance": ["illuminance", "照度"],
  "channel.immersion": ["immersion", "浸水"],
  "channel.lat": ["lat", "纬度"],
  "channel.lel": ["lel", "可燃气体"],
  "channel.level": ["level", "水位"],
  "channel.lon": ["lon", "经度"],
  "channel.moisture": ["moisture", "含水率"],
  "channel.nh3": ["NH3", "NH3"],
  "channel.no2": ["NO2", "NO2"],
  "channel.noise": ["noise", "噪声"],
  "channel.o2": ["O2", "O2"],
  "channel.o3": ["O3", "O3"],
  "channel.open": ["open", "开启"],
  "channel.pitch": ["pitch", "俯仰"],
  "channel.pm1": ["PM1", "PM1"],
  "channel.pm10": ["PM10", "PM10"],
  "channel.pm100": ["TSP", "TSP"],
  "channel.pm25": ["PM2.5", "PM2.5"],
  "channel.pm4": ["PM4", "PM4"],
  "channel.power": ["power", "功率"],
  "channel.power_factor": ["power factor", "功率因数"],
  "channel.pressure": ["pressure", "气压"],
  "channel.quality": ["quality", "信号质量"],
  "channel.rain": ["rain", "雨量"],
  "channel.rain_rate": ["rain rate", "雨强"],
  "channel.rain_total": ["rain total", "累计雨量"],
  "channel.relay": ["relay", "继电器"],
  "channel.roll": ["roll", "横滚"],
  "channel.satellites": ["satellites", "卫星数"],
  "channel.signal": ["signal", "信号强度"],
  "channel.size": ["size", "粒径"],
  "channel.so2": ["SO2", "SO2"],
  "channel.solar": ["solar", "太阳辐射"],
  "channel.speed": ["speed", "速度"],
  "channel.status": ["status", "状态"],
  "channel.temperature": ["temperature", "温度"],
  "channel.voltage": ["voltage", "电压"],
  "channel.voltage_1": ["voltage 1", "电压 1"],
  "channel.voltage_2": ["voltage 2", "电压 2"],
  "channel.voltage_3": ["voltage 3", "电压 3"],
  "channel.volume": ["volume", "累计流量"],
  "channel.wind_direction": ["wind direction", "风向"],
  "channel.wind_gust": ["wind gust", "阵风"],
  "channel.wind_speed": ["wind speed", "风速"],
};

/** Index of the language that is spoken: 0 English, 1 Chinese. */
export let language = 0;

export function locale(index = language) {
  return LOCALES[index];
}

/** Speak this language from now on, here and at the next visit. */
export function choose(index) {
  language = index;
  try { localStorage.setItem("language", CODES[index]); } catch { /* storage is switched off */ }
}

/** Speak what was chosen at an earlier visit, else the browser's own language. */
export function recall() {
  let chosen = null;
  try { chosen = localStorage.getItem("language"); } catch { /* storage is switched off */ }
  const code = CODES.includes(chosen) ? chosen : navigator.language.slice(0, 2);
  language = Math.max(0, CODES.indexOf(code));
}

/** The words of a key, with what is to be filled in. */
export function say(key, values = {}) {
  return WORDS[key][language].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** A word of the contract, in this language; one that is not in the table stays as it is, and so does
 *  a number behind it, as in relay1. */
export function word(group, text, values = {}) {
  const key = `${group}.${text}`;
  if (Object.hasOwn(WORDS, key)) return say(key, values);
  const [, plain, number] = key.match(/^(.*?)(\d*)$/s);
  return Object.hasOwn(WORDS, plain) ? say(plain, values) + number : String(text);
}
