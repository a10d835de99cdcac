"""What the page and the handover sheet say, in English and Chinese, from one table."""

from collections.abc import Mapping

from agent.linux.channel_words import CHANNEL_WORDS
from agent.linux.quality_words import QUALITY_WORDS
from agent.linux.trouble_words import TROUBLE_WORDS

LANGUAGES = ("en", "zh")

# code: (English, Chinese). Places in braces are filled in.
WORDS: dict[str, tuple[str, str]] = {
    "title": ("Pole {name}", "灯杆 {name}"),
    "language": ("中文", "English"),
    "lost": (
        "The node has not answered for {age}. Everything below is old.",
        "节点已有 {age} 没有应答，以下内容均为旧数据。",
    ),
    "state.reporting": ("Reporting", "上报中"),
    "state.awaiting acknowledgement": ("Awaiting acknowledgement", "等待平台确认"),
    "state.unknown": ("Unknown", "未知"),
    "state.failed": ("Failed", "未通过"),
    # What to do next.
    "next": ("What to do next", "下一步"),
    "next.bind": (
        "Bind the device: scan the label's code and enter what it says.",
        "请绑定设备：扫描标签二维码，并填入其内容。",
    ),
    "next.drill": (
        "Start a drill of {name}, and stimulate the sensor.",
        "请开始 {name} 的演练，并对传感器施加真实刺激。",
    ),
    "next.stimulate": (
        "Now stimulate {name}: water, gas cloth, or open the cover.",
        "现在请刺激 {name}：加水、用气体试布，或打开井盖。",
    ),
    "next.on its way": (
        "The alarm of {name} is on its way: wait for the platform.",
        "{name} 的告警已发出：请等待平台确认。",
    ),
    "next.calm": (
        "The platform has the alarm of {name}: take the stimulus away.",
        "平台已收到 {name} 的告警：请撤去刺激。",
    ),
    "next.storage": (
        "The journal takes nothing: check the storage, it may be full or broken.",
        "本地存储无法写入：请检查存储介质，可能已满或损坏。",
    ),
    "next.line": (
        "Line {name} is out of order ({error}): check the port and its cable.",
        "线路 {name} 故障（{error}）：请检查端口与电缆。",
    ),
    "next.sensor": (
        "{name} does not answer: check its power, A and B, and its address.",
        "{name} 无应答：请检查供电、A/B 接线和地址。",
    ),
    "next.alarm": (
        "{name} is in alarm, and this is no drill: look at the place first.",
        "{name} 正在告警，并非演练：请先查看现场。",
    ),
    "next.time": (
        "The time is not known: let the phone give it, or wait for the network.",
        "时间未知：请用手机授时，或等待网络。",
    ),
    "next.network": (
        "No connection to {url}: check antenna, cable and card, or take the frames along with "
        "`pole courier`.",
        "无法连接 {url}：请检查天线、网线和卡，或用 `pole courier` 带走数据帧。",
    ),
    "next.registry": (
        "Connected, but nothing is acknowledged: is the key {name} enrolled?",
        "已连接但无确认：密钥 {name} 是否已登记？",
    ),
    "next.wait": (
        "Wait until the platform has acknowledged what was signed.",
        "请等待平台确认已签名的数据。",
    ),
    "next.done": (
        "All is well: make the handover sheet, and you may leave.",
        "一切正常：请生成交接单，然后可以离开。",
    ),
    "next.certificate": (
        "All is well, and you may leave; but the certificate for TLS ends on {until}: have it "
        "renewed before.",
        "一切正常，可以离开；但 TLS 证书将于 {until} 到期：请提前更换。",
    ),
    "next.cable": (
        "What can be seen from here is well. To bind, drill and hand over take the cable: "
        "`pole commission board`.",
        "从这里看到的一切正常。绑定、演练和交接请用数据线：`pole commission board`。",
    ),
    # Channels.
    "channels": ("Channels", "通道"),
    "unknown": ("unknown", "未知"),
    "ago": ("{age} ago", "{age}前"),
    "never": ("never", "从未"),
    "s": ("{n} s", "{n} 秒"),
    "min": ("{n} min", "{n} 分钟"),
    "h": ("{n} h", "{n} 小时"),
    **QUALITY_WORDS,
    **CHANNEL_WORDS,
    "quality.unknown": ("unknown", "未知"),
    "rule": ("{limit}: {state}", "{limit}：{state}"),
    "and": ("; ", "；"),
    "above": ("alarm above {limit}", "高于 {limit} 告警"),
    "below": ("alarm below {limit}", "低于 {limit} 告警"),
    "alarm.pending": ("pending", "判定中"),
    "alarm.raised": ("ALARM", "告警"),
    "alarm.blind": ("blind", "无法监测"),
    "alarm.cleared": ("no alarm", "无告警"),
    "drill.begin": ("Start a drill", "开始演练"),
    "drill.end": ("End the drill", "结束演练"),
    "drill.on": ("Drill: {left} left", "演练中：剩余 {left}"),
    "drill.none": ("no drill yet", "尚未演练"),
    "drill.passed": (
        "drill passed: alarm {raised}, journal {sealed}, acknowledged {acknowledged} ms",
        "演练通过：告警 {raised}、写入本地存储 {sealed}、平台确认 {acknowledged} 毫秒",
    ),
    "drill.expired": ("drill expired: no acknowledgement", "演练超时：未获确认"),
    "drill.ended": ("drill ended without an acknowledgement", "演练结束：未获确认"),
    # Lines, journal, time, platform.
    **TROUBLE_WORDS,
    "lines": ("Lines", "线路"),
    "line": ("{name}: {port}, {mode}", "{name}：{port}，{mode}"),
    "line.device": ("{name}: {error}", "{name}：{error}"),
    "line.good": ("all answer", "全部应答"),
    "line.timeouts": ("{n} time-outs since the start", "启动以来超时 {n} 次"),
    "line.skipped": ("cannot keep up: {n} read-outs skipped", "来不及读取：已跳过 {n} 次"),
    "delivery": ("Delivery", "上报"),
    "time": ("Time", "时间"),
    "time.synced": ("synced", "已同步"),
    "time.holdover": ("carried on, or given by a person", "守时，或人工授时"),
    "time.unsynced": ("not known", "未知"),
    "acknowledged": ("Last acknowledgement", "最近确认"),
    "connection": ("Connection", "连接"),
    "connected": ("connected by {carrier}", "已连接（{carrier}）"),
    "not connected": ("not connected", "未连接"),
    "journal": ("Journal", "本地存储"),
    "waiting": ("{n} of {made} {lane} frames wait", "{lane}帧共 {made}，待确认 {n}"),
    "lane.alarm": ("alarm", "告警"),
    "lane.telemetry": ("telemetry", "遥测"),
    "lane.diagnostic": ("diagnostic", "诊断"),
    "maintenance": ("Maintenance: {who}, {left} left", "维护中：{who}，剩余 {left}"),
    # Work.
    "work": ("Work", "作业"),
    "locked": (
        "This page only shows. The code stands on the label inside the box.",
        "本页仅供查看。操作码在箱内标签上。",
    ),
    "code": ("Code", "操作码"),
    "who": ("Your name", "姓名"),
    "enter": ("Unlock", "解锁"),
    "label": ("What the QR code says", "二维码内容"),
    "bind": ("Bind", "绑定"),
    "longitude": ("Longitude", "经度"),
    "latitude": ("Latitude", "纬度"),
    "datum": ("Datum", "坐标系"),
    "place": ("Write the place", "记录位置"),
    "note": ("Note, such as a calibration", "备注，例如校准"),
    "about": ("About", "关于"),
    "whole": ("the whole pole", "整根灯杆"),
    "write": ("Write the note", "记录备注"),
    "give": ("Give the phone's time", "手机授时"),
    "hand over": ("Make the handover sheet", "生成交接单"),
    "done": ("Written, and signed.", "已记录并签名。"),
    "facts": ("This device", "本设备"),
    "fact.place": ("Place", "位置"),
    "fact.device": ("Key", "密钥"),
    "fact.software": ("Software", "软件"),
    "fact.settings": ("Settings", "配置"),
    "fact.runtime": ("Runs on", "运行于"),
    # Refusals.
    "refused.code": ("Wrong code.", "操作码错误。"),
    "refused.none": (
        "No code is set on this node: its page only shows.",
        "本节点未设操作码：页面仅供查看。",
    ),
    "refused.closed": ("Too many wrong codes: wait {age}.", "错误次数过多：请等待 {age}。"),
    "refused.session": ("Enter the code again.", "请重新输入操作码。"),
    "refused.label": (
        "That is no label of a pole: it begins with POLE:.",
        "不是灯杆标签：应以 POLE: 开头。",
    ),
    "refused.pole": (
        "The label says {name}, but the settings are those of {own}.",
        "标签为 {name}，但配置属于 {own}。",
    ),
    "refused.key": (
        "The label is that of another device: look for the one on this box.",
        "标签属于另一台设备：请使用本箱上的标签。",
    ),
    "refused.place": (
        "Expected degrees, longitude first, and a known datum.",
        "请填写度数（经度在前）和已知坐标系。",
    ),
    "refused.channel": ("There is no such channel.", "没有该通道。"),
    "refused.text": (
        "Expected a text of at most {most} bytes.",
        "请填写不超过 {most} 字节的文字。",
    ),
    "refused.time": ("The phone's time cannot be right.", "手机时间不可能正确。"),
    "refused.time known": ("The time is known already.", "时间已知，无需授时。"),
    "refused.length": ("Expected a length of an hour at most.", "时长不得超过一小时。"),
    "refused.no such alarm": ("No alarm is set on that channel.", "该通道未设告警。"),
    "refused.the alarm is active already": (
        "That alarm is active: a drill would hide it. Mend it first.",
        "该告警正在生效，演练会掩盖它。请先处理。",
    ),
    "refused.another drill is on": ("Another drill is on.", "另一演练正在进行。"),
    "refused.busy": ("The node did not answer in time: try again.", "节点未及时应答：请重试。"),
    "refused.request": ("The node did not understand that.", "节点无法理解该请求。"),
    # The sheet.
    "sheet": ("Handover of pole {name}", "灯杆 {name} 交接单"),
    "sheet.acknowledged": ("Last acknowledgement {age} s before", "最近确认：{age} 秒前"),
    "sheet.unacknowledged": ("Not acknowledged since the start", "启动以来未获确认"),
    "sheet.by": ("Handed over by {who}, {time}", "交接人：{who}，{time}"),
    "sheet.channels": ("Channels as they were read", "通道读数"),
    "sheet.channel": ("Channel", "通道"),
    "sheet.value": ("Value", "数值"),
    "sheet.drill": ("Drill", "演练"),
    "sheet.written": ("Written down at the pole", "现场记录"),
    "sheet.reading": ("{value}, {quality}", "{value}，{quality}"),
    "sheet.entry": ("{what}: {entry} ({who})", "{what}：{entry}（{who}）"),
    "sheet.time": ("{time} UTC ({quality})", "{time} UTC（{quality}）"),
    "sheet.no time": ("{what}: {quality}", "{what}：{quality}"),
    "sheet.nothing": ("nothing", "无"),
    "sheet.journal": ("Frames made, and still waiting", "已生成与待确认的帧"),
    "sheet.signature": ("Signed by the device", "设备签名"),
    "sheet.verify": (
        "To prove this sheet: pole handover verify FILE --registry registry.json",
        "验证本交接单：pole handover verify FILE --registry registry.json",
    ),
    "action.bind": ("binding", "绑定"),
    "action.place": ("place", "位置"),
    "action.note": ("note", "备注"),
    "action.time": ("time given", "授时"),
    "action.drill": ("drill begun", "开始演练"),
    "action.end drill": ("drill ended", "结束演练"),
    "action.maintenance": ("maintenance", "维护"),
}


class Wording:
    """The words in one of LANGUAGES. former: code: what was said of it before, in its place."""

    def __init__(self, language: str, former: Mapping[str, str] | None = None) -> None:
        self.language = language
        self._index = LANGUAGES.index(language)
        self._former = former or {}

    def say(self, code: str, **values: object) -> str:
        """The words of a code, filled in."""
        return self._former.get(code, WORDS[code][self._index]).format(**values)

    def word(self, group: str, text: str) -> str:
        """A word of the contract, such as a quality; one that is not in the table stays as it is. A
        number behind it, as in relay1, stays too."""
        plain = text if f"{group}.{text}" in WORDS else text.rstrip("0123456789")
        code = f"{group}.{plain}"
        return self.say(code) + text[len(plain) :] if code in WORDS else text
