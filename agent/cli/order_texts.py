"""What ``pole order`` says, in English and Chinese, from one table."""

from agent.cli.mistake_texts import compiled, looked_up

# code: (English, Chinese). Places in braces are filled in.
ORDER_TEXTS: dict[str, tuple[str, str]] = {
    "order": (
        "{device} {name}, until {until}: {state}",
        "{device} {name}，有效期至 {until}：{state}",
    ),
    "none": ("There are no orders.", "没有指令。"),
    # What was done.
    "put": (
        "{pole}: it waits at {folder} until {until}",
        "{pole}：在 {folder} 等待送达，有效期至 {until}",
    ),
    "written": ("{path}: good until {until}", "{path}：有效期至 {until}"),
    "grants put": ("{poles}: they wait at {folder}", "{poles}：授权在 {folder} 等待送达"),
    "key announced": ("the next key is announced: {public}", "已公布下一密钥：{public}"),
    "key unheard": (
        "devices yet to hear of it: {count}; the platform speaks to each as it has",
        "尚未得知的设备：{count} 台；平台对每台设备仍使用其已知的密钥",
    ),
    "key in force": (
        "the next key is the platform's now: {path}",
        "下一密钥已成为平台密钥：{path}",
    ),
    # What the agent on this machine answered.
    "answer": ("{number} of {count}: {word}", "第 {number} 条，共 {count} 条：{word}"),
    "taken": ("taken", "已接受"),
    "no order": ("no order", "不是指令"),
    "nothing understood": (
        "{file} holds nothing that the agent understands: see its log.",
        "{file} 中没有程序能识别的指令：请查看其运行日志。",
    ),
    # What was ordered.
    "maintenance": ("maintenance", "维护"),
    "relay": ("relay", "继电器"),
    "drill": ("drill", "演练"),
    "reset": ("reset", "解除告警"),
    "command": ("command", "指令"),
    "settings": ("settings", "配置"),
    "next key": ("next key", "下一密钥"),
    "grant": ("grant", "授权"),
    # What came of it.
    "waits": ("waits", "等待送达"),
    "over": ("over, never heard", "已过期，未送达"),
    "heard": ("heard", "已送达"),
    "obeyed": ("obeyed", "已执行"),
    "refused": ("refused: {why}", "被拒绝：{why}"),
    "on trial": ("taken, on trial", "已接受，试运行中"),
    "in force": ("in force", "已生效"),
    "taken back": ("taken back: {why}", "已回退：{why}"),
}  # fmt: skip

# Why a device refused, in its words. One that is not here is shown as it is.
CHINESE: dict[str, str] = {
    "forged": "签名无效",
    "for another device": "属于另一台设备",
    "replayed": "已收到过，不再执行",
    "expired": "已过期，或时间未知",
    "not allowed": "无此权限",
    "it cannot be done here": "此设备无法执行",
    "it has no length": "没有时长",
    "no such alarm": "该通道未设告警",
    "the alarm is active already": "该告警正在生效",
    "another drill is on": "另一演练正在进行",
    "no alarm of it is latched": "该通道没有自锁的告警",
    "the reading is not good": "读数不正常",
    "no memory for it": "内存不足",
    "no settings that can be taken here": "此设备不接受配置",
    "newer settings came before": "已有更新的配置",
    "they are to replace other settings than those in force": "所要替换的不是现行配置",
    "a part is missing, or too much": "缺少一部分，或有多余部分",
    "the parts are not what was sent": "各部分与发送的内容不符",
    "their number cannot be remembered": "无法保存其编号",
}

# What keeps an order from being signed, or settings from being taken: (pattern of the English
# sentence, Chinese).
_MISTAKES = compiled(
    (r"(.*) is no folder of `pole platform`: no platform\.key in it",
     r"\1 不是 `pole platform` 的文件夹：其中没有 platform.key"),
    (r"nothing was heard of (.*) yet", r"尚未收到过 \1 的数据"),
    (r"no next key in (.*): announce one first", r"\1 中没有下一密钥：请先公布"),
    (r"these have not heard of the next key yet: (.*)", r"以下设备尚未得知下一密钥：\1"),
    (r"line (.*) cannot carry what is asked of it: see `pole check`",
     r"线路 \1 来不及完成所配置的询问：请用 `pole check` 查看"),
    (r"(.*) is for (.*), not for (.*)", r"\1 属于 \2，而不是 \3"),
    (r"which settings (.*) has is not known: name them with --from",
     r"不知道 \1 现有的配置：请用 --from 指定"),
    (r"(.*) holds no grants, as `pole authority certify` makes them",
     r"\1 中没有授权：应为 `pole authority certify` 的输出"),
    (r"(.*) is certified for (.*), not for (.*)", r"\1 的授权适用于 \2，不适用于 \3"),
    (r"with --key: --grants for a technician's, --registry for the platform's",
     r"用 --key 时：技术员的密钥需要 --grants，平台的密钥需要 --registry"),
    (r"(.*) holds no orders", r"\1 中没有指令"),
    (r"no key in (.*): `pole order key` makes one", r"\1 中没有密钥：可用 `pole order key` 生成"),
    (r"no device (.*) with a valid key in (.*)", r"\2 中没有密钥有效的设备 \1"),
    (r"(.*) is not changed by such an order", r"此类指令不能改动 \1"),
    (r"expected a channel, as device/channel", r"应为通道，写作 device/channel"),
    (r"(--\S+): expected (\d+) days at the most", r"\1：最长 \2 天"),
    (r"(--\S+): expected (\d+) h at the most", r"\1：最长 \2 小时"),
)  # fmt: skip


def in_chinese(mistake: str) -> str:
    """One of those sentences; another one as it is."""
    return looked_up(mistake, _MISTAKES)
