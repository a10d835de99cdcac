"""The words of handover sheets whose device signed their facts alone, and not yet their text (key 4
of its frame, docs/wire-format.md). They are proven by being rendered again: whoever changes a word
of the sheet says here what it was. For a sheet with key 4 none of this matters.
"""

from agent.linux.channel_words import CHANNEL_WORDS

_NAMED = ("level", "distance", "temperature", "roll", "pitch")
_CHANNELS = {
    code: english
    for code, (english, _) in CHANNEL_WORDS.items()
    if code.removeprefix("channel.") not in _NAMED
}
_PUNCTUATION = {
    **_CHANNELS,
    "s": "{n} s",
    "sheet.reading": "{value}, {quality}",
    "sheet.entry": "{what}: {entry} ({who})",
    "sheet.time": "{time} UTC ({quality})",
    "sheet.no time": "{what}: {quality}",
}
_TERMS = {
    **_PUNCTUATION,
    "fact.settings": "设置",
    "drill.passed": "演练通过：告警 {raised}、入日志 {sealed}、平台确认 {acknowledged} 毫秒",
}

# language: the wordings before today's, newest first, each code: what was said of it.
EARLIER: dict[str, tuple[dict[str, str], ...]] = {
    "en": (),
    "zh": (_CHANNELS, _PUNCTUATION, _TERMS),
}
