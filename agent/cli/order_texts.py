"""What ``pole order list`` says, in English and Chinese, from one table."""

# code: (English, Chinese). Places in braces are filled in.
ORDER_TEXTS: dict[str, tuple[str, str]] = {
    "order": (
        "{device} {name}, until {until}: {state}",
        "{device} {name}，有效期至 {until}：{state}",
    ),
    "none": ("There are no orders.", "没有指令。"),
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
