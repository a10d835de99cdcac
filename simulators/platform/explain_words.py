"""What ``pole explain`` says, in English and Chinese, from one table."""

from agent.linux.quality_words import QUALITY_WORDS

LANGUAGES = ("en", "zh")

# code: (English, Chinese). Places in braces are filled in.
EXPLAIN_WORDS: dict[str, tuple[str, str]] = {
    # Its lines: what a step is, and where it was.
    "span": ("{begin} to {end}", "{begin} 至 {end}"),
    "step": ("{span}  {what}: {text}", "{span}  {what}：{text}"),
    "what.reading": ("reading", "读数"),
    "what.alarm": ("alarm", "告警"),
    "what.missing": ("missing", "缺失"),
    "what.unknown": ("unknown", "未知"),
    "sampled": ("sampled", "采样"),
    "judged": ("judged", "判定"),
    "sealed": ("sealed", "封装"),
    "signed by": ("signed by", "签名"),
    "committed": ("committed", "入库"),
    "said by": ("said by", "依据"),
    "value": ("{value} {unit} {quality}", "{value} {unit} {quality}"),
    "no value": ("no value: {quality}", "无数值：{quality}"),
    "no value, no why": ("no value", "无数值"),
    "more": ("... {count} more", "…… 另有 {count} 个"),
    "signer": ("{kid}: {proof}", "{kid}：{proof}"),
    "nobody": ("nobody known", "未知"),
    "commit.reading": (
        "{at} by {carrier}, {took} s after the last reading",
        "{at}，经 {carrier}，在最后一个读数之后 {took} 秒",
    ),
    "commit.alarm": (
        "{at} by {carrier}, {took} s after it was made",
        "{at}，经 {carrier}，在告警产生之后 {took} 秒",
    ),
    # What a step tells.
    "one": ("one reading", "1 个"),
    "several": ("{count} readings", "{count} 个"),
    "alarm": ("{state}", "{state}"),
    "alarm.above": (
        "{state}, judged by: above {limit} {unit}",
        "{state}，判定依据：高于 {limit} {unit}",
    ),
    "alarm.below": (
        "{state}, judged by: below {limit} {unit}",
        "{state}，判定依据：低于 {limit} {unit}",
    ),
    "in a drill": ("{text}, in a drill: no danger", "{text}，演练：无危险"),
    "frame": ("{lane} {seq} of epoch {epoch}", "{lane}帧 {seq}（纪元 {epoch}）"),
    "unsealed": (
        "never sealed: the device went down in between",
        "从未封装：设备在此期间停机",
    ),
    "boot record": ("its boot record", "设备的启动记录"),
    "lost": ("lost on the device: {reason}", "在设备上丢失：{reason}"),
    "gap record": (
        "its gap record for frames {first} to {last}",
        "设备对帧 {first} 至 {last} 的缺口记录",
    ),
    "not come": (
        "frames {first} to {last} have not come, and are asked for",
        "帧 {first} 至 {last} 尚未到达，已请求重发",
    ),
    "sequence": ("the sequence has a hole", "帧序号不连续"),
    "unexplained": ("nothing came, and no record says why", "没有收到数据，也没有记录说明原因"),
    # What a frame proves.
    "genuine": ("genuine", "真实"),
    "forged": ("{error}", "签名不符：伪造，或中途被改动"),
    "foreign": ("{error}", "密钥未登记，或帧无法读取"),
    # Words of the contract.
    "lane.0": ("alarm", "告警"),
    "lane.1": ("telemetry", "遥测"),
    "lane.2": ("diagnostic", "诊断"),
    "state.pending": ("pending", "判定中"),
    "state.raised": ("raised", "告警"),
    "state.blind": ("blind", "无法监测"),
    "state.muted": ("muted", "静音"),
    "state.cleared": ("cleared", "解除"),
    "reason.evicted": ("evicted", "本地存储已满，被覆盖"),
    "reason.torn": ("torn", "断电时损坏"),
    "reason.unreadable sector": ("unreadable sector", "扇区无法读取"),
    "reason.not held": ("not held", "设备已无此帧"),
    **QUALITY_WORDS,
    # What is wrong with the question.
    "nothing": ("nothing in that time", "该时段没有任何内容"),
    "which registry": (
        "--registry is needed: whose keys shall prove it?",
        "需要 --registry：用哪些密钥来验证？",
    ),
    "no platform": (
        "{folder} holds no platform's data (platform.db)",
        "{folder} 中没有平台数据（platform.db）",
    ),
    "backwards": ("--from must be before --to", "--from 必须早于 --to"),
    "no channel": ("{name} was never heard of. There are:\n  {known}",
                   "从未收到 {name}。现有：\n  {known}"),
    "none yet": ("none yet", "尚无"),
}  # fmt: skip


def say(code: str, language: str = "en", **values: object) -> str:
    """The words of a code, filled in."""
    return EXPLAIN_WORDS[code][LANGUAGES.index(language)].format(**values)


def word(group: str, text: str, language: str = "en") -> str:
    """A word of the contract, such as a quality; one that is not in the table stays as it is."""
    code = f"{group}.{text}"
    return say(code, language) if code in EXPLAIN_WORDS else text
