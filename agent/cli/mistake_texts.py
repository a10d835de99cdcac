"""Mistakes in a pole.toml in Chinese: whoever finds one says it in English, and here it is looked
up when it is shown. What the table lacks is shown as it is.
"""

import re

from agent.cli.driver_texts import CHINESE
from agent.linux.pole_checker import Mistake

Patterns = tuple[tuple[re.Pattern[str], str], ...]


def compiled(*pairs: tuple[str, str]) -> Patterns:
    """Sentences: (pattern of the English one, Chinese)."""
    return tuple((re.compile(english, re.DOTALL), chinese) for english, chinese in pairs)


# Behind any sentence.
_ENDS = compiled(
    (r"(.*); did you mean ('.*')\?", r"；是否指 \2？"),
    (r"(.*); known: (.*)", r"；已知：\2"),
)

# What is expected.
_EXPECTED = compiled(
    (r"text in quotes", "带引号的文本"),
    (r"text", "文本"),
    (r"true or false", "true 或 false"),
    (r"a whole number from (\S+) to (\S+)", r"\1 至 \2 的整数"),
    (r"a whole number", "整数"),
    (r"a number from (\S+) to (\S+) that is not 0", r"\1 至 \2 且不为 0 的数"),
    (r"a number such as (.*)", r"数，如 \1"),
    (r"a duration such as (.*) or (.*)", r"时长，如 \1 或 \2"),
    (r"a size such as (.*)", r"大小，如 \1"),
    (r"a quantity such as (.*)", r"带单位的量，如 \1"),
    (r"a change such as (.*)", r"变化率，如 \1"),
    (r"a mode such as (.*)", r"模式，如 \1"),
    (r"an address such as (.*)", r"地址，如 \1"),
    (r"a day such as (.*)", r"日期，如 \1"),
    (r"a day at the most", "不超过一天"),
    (r"a list of raw values, such as (.*)", r"原始值列表，如 \1"),
    (r"a table of (.*)", r"含 \1 的表"),
    (r"a table (\[.*\])", r"表 \1"),
    (r"a digital input as device/channel", "数字量输入，写作 device/channel"),
    (r"at least one (\[\[.*\]\])", r"至少一个 \1"),
    (r"at least one (\[\[.*\]\]) with its (\[\[.*\]\])s", r"至少一个 \1 及其 \2"),
    (r"from (\S+) ms to (\S+) s", r"\1 毫秒至 \2 秒"),
    (r"no less than nothing", "不小于零"),
    (
        r"one of (.*) and over how many readings, (\d+) to (\d+), such as (.*)",
        r"\1 之一及读数个数（\2 至 \3），如 \4",
    ),
    (r"one of (.*)", r"\1 之一"),
    (r"CHIP=FILE with one of (.*)", r"芯片=文件，芯片为 \1 之一"),
    (r"one rule with above and one with below at the most", "最多一条 above 和一条 below"),
    (
        r"up to 48 bytes without spaces, (.*), (.*) or (.*)",
        r"不超过 48 字节，不含空格、\1、\2 和 \3",
    ),
    (r"\[longitude, latitude\] in degrees, CGCS2000", "[经度, 纬度]，单位度，CGCS2000"),
    (
        r"the platform's public key: 130 hex digits that begin with 04, or the name of a file that "
        r"holds them",
        "平台公钥：以 04 开头的 130 位十六进制数，或含有它的文件名",
    ),
    (
        r"what `pole commission code` made, or the file that holds it",
        "`pole commission code` 的输出，或含有它的文件",
    ),
    (r"its own address", "其自身地址"),
    (r"('.*') or ('.*')", r"\1 或 \2"),
)

_SENTENCES = compiled(
    (r"missing", "缺少"),
    (r"missing; (.*)", r"缺少；\1"),
    (r"unknown", "未知"),
    (r"no such channel", "没有此通道"),
    (r"no driver (.*)", r"没有驱动 \1"),
    (r"out of range", "超出范围"),
    (r"out of range; (.*)", r"超出范围；\1"),
    (r"not UTF-8: save the file as UTF-8", "不是 UTF-8：请以 UTF-8 保存文件"),
    (r"(.*) is finer than this channel can tell \((.*)\)", r"\1 超出该通道的分辨率（\2）"),
    (r"finer than this field can tell \((.*)\)", r"超出该字段的分辨率（\1）"),
    (r"must be less than (.*)", r"必须小于 \1"),
    (r"must be (\d+) times 'every' at least", r"至少为 every 的 \1 倍"),
    (r"must have the same unit and resolution", "单位和分辨率必须相同"),
    (r"must lie on the safe side of (.*), or at it", r"必须在 \1 的安全一侧，或与其相等"),
    (r"needs an address that begins with (.*)", r"需要以 \1 开头的地址"),
    (r"needs mount: level = mount - distance; see `pole zero`",
     "需要 mount：水位 = mount - 距离；见 `pole zero`"),
    (r"(\S+) needs within = (.*)", r"\1 需要 within = \2"),
    (r'needs heartbeat = (".*"): so often a row is sent at least',
     r"需要 heartbeat = \1：至少按此间隔上报一行"),
    (r"needs (.*)", r"需要 \1"),
    (r"no file (.*): the platform's public key, as .*",
     r"没有文件 \1：应为平台公钥文件（`pole platform` 首次启动时写出），或 130 位十六进制数本身"),
    (r"certificate and certificate_key belong together: give both, or none",
     "certificate 与 certificate_key 必须同时给出或都不给"),
    (r"address (\d+) is already that of (.*) on this line", r"地址 \1 在此线路上已属于 \2"),
    (r"(.*) is already used on line (\d+)", r"\1 已在第 \2 行使用"),
    (r"(.*) is already another field's", r"\1 已是另一字段的名称"),
    (r"there is a channel (.*) already", r"已有通道 \1"),
    (r"(.*) has no alarm; those that have: (.*)", r"\1 没有告警；有告警的：\2"),
    (r"(\S+) can be read every (\d+) ms at the most", r"\1 最快每 \2 毫秒读取一次"),
    (r"(.*) must be read every 2 s: .*", r"\1 必须每 2 秒读取一次：缓冲电源支撑不久"),
    (r"a pole can judge (\d+) alarms at the most", r"一根灯杆最多判断 \1 个告警"),
    (r"is for Modbus devices only", "仅用于 Modbus 设备"),
    (r"its limit lies above the sensor: see mount", "限值高于传感器：见 mount"),
    (r"a level alarm stands on the level, .*",
     "水位告警以水位为准，水位 = mount - 距离：请配置 mount（`pole zero` 在干燥路面测量）并写 "
     "alarm.level"),
    (r"nothing can be written to (.*)", r"\1 不可写入"),
    (r"nothing is ever written to 255: .*", "地址 255 从不写入：应写其自身地址"),
    (r"at 255 every device answers at once: .*",
     "地址 255 会使所有设备同时应答：此线路上只能有它，或写其自身地址（可用 `pole scan` 查找）"),
    # No TOML at all, as tomllib says it.
    (r"Invalid statement", "语句无效"),
    (r"Invalid value", "值无效：文本须加引号"),
    (r"Invalid hex value", "十六进制数无效"),
    (r"Invalid date or datetime", "日期或时间无效"),
    (r"Invalid initial character for a key part", "键的首字符无效"),
    (r"Expected '=' after a key in a key/value pair", "键之后应为 '='"),
    (r"Expected newline or end of document after a statement", "语句之后应换行"),
    (r"Expected '(\]+)' at the end of .*", r"应以 '\1' 结束"),
    (r"Expected (.*)", r"应为 \1"),
    (r"Cannot (?:declare|redefine namespace) (.*?)(?: twice)?", r"\1 重复定义"),
    (r"Cannot (?:overwrite a value|mutate immutable namespace.*)", "已有的值不可再次赋值"),
    (r"Duplicate inline table key (.*)", r"\1 重复"),
    (r"Unclosed array", "数组缺少 ']'"),
    (r"Unclosed inline table", "内联表缺少 '}'"),
    (r"Unterminated string", "文本缺少结束引号"),
    (r"Unescaped '\\' in a string", r"文本中的 '\\' 须写作 '\\\\'"),
    (r"Escaped character is not a Unicode scalar value", "转义字符不是有效的 Unicode"),
    (r"(?:Illegal|Found invalid) character (.*)", r"字符无效：\1"),
)  # fmt: skip


def placed(mistake: Mistake) -> str:
    """One mistake, with its line and where in it."""
    return f"第 {mistake.line} 行：{mistake.where}：{in_chinese(mistake.text)}"


def in_chinese(text: str) -> str:
    """One mistake's sentence."""
    for pattern, chinese in _ENDS:
        found = pattern.fullmatch(text)
        if found:
            return in_chinese(found[1]) + found.expand(chinese)
    head, _, wanted = text.partition("; ")
    if head in ("missing", "out of range") and wanted in CHINESE:
        return f"{looked_up(head, _SENTENCES)}；{CHINESE[wanted]}"  # an option, as its driver says
    if text.startswith("missing: "):
        return f"缺少：{in_chinese(text.removeprefix('missing: '))}"
    found = re.fullmatch(r"expected (.*?)(?:, not (.*))?", text, re.DOTALL)
    if found:
        expected = looked_up(found[1], _EXPECTED)
        space = " " if expected[:1].isascii() else ""
        return f"应为{space}{expected}" + (f"，而不是 {found[2]}" if found[2] else "")
    return looked_up(text, _SENTENCES)


def looked_up(text: str, patterns: Patterns) -> str:
    """A sentence by the first pattern that is the whole of it; as it is where there is none."""
    for pattern, chinese in patterns:
        found = pattern.fullmatch(text)
        if found:
            return found.expand(chinese)
    return text
