"""What is amiss on a line, in Chinese: whoever finds it says it in English (agent.protocols
.verdicts, the drivers, the lines), and here it is looked up when it is shown.
"""

import re

# code: (English, Chinese). Places in braces are filled in from the English.
TROUBLE_WORDS: dict[str, tuple[str, str]] = {
    "trouble.silent": (
        "unit {unit} did not answer: check its power and its address, and the speed and mode of "
        "the line",
        "地址 {unit} 无应答：请检查其供电、地址，以及线路的波特率和模式",
    ),
    "trouble.damaged": (
        "from unit {unit} came no intact reply, but {size} damaged bytes: check the cable, the "
        "shield and the termination, and that no two devices have one address",
        "地址 {unit} 的应答损坏（{size} 字节）：请检查电缆、屏蔽和终端电阻，以及是否有两台同址",
    ),
    "trouble.silent tcp": (
        "unit {unit} did not answer over TCP: check the unit number, and the device behind the "
        "gateway",
        "地址 {unit} 经 TCP 无应答：请检查地址，以及网关后面的设备",
    ),
    "trouble.damaged tcp": (
        "from unit {unit} came no reply, but {size} bytes that are no Modbus TCP: check the port, "
        "and that the gateway is in Modbus TCP mode and not transparent",
        "地址 {unit} 的 {size} 字节不是 Modbus TCP：请检查端口，"
        "并确认网关处于 Modbus TCP 模式而非透传",
    ),
    "trouble.other unit": (
        "unit {unit} did not answer, but unit {other} did: check the addresses, and that nobody "
        "else asks on this line",
        "地址 {unit} 无应答，而地址 {other} 有应答：请检查地址，以及线路上是否另有主站",
    ),
    "trouble.other reply": (
        "unit {unit} answered something else than was asked: a late reply, or another model than "
        "the settings say",
        "地址 {unit} 的应答与所问不符：应答迟到，或型号与配置不符",
    ),
    "trouble.echo of unit": (
        "unit {unit} is silent: only the own request came back, as an echo of the adapter; check "
        "the device's power and wiring",
        "地址 {unit} 无应答：只收到转换器的回显；请检查设备的供电和接线",
    ),
    "trouble.gateway": (
        "unit {unit} is silent behind its gateway: exception {code}, {name}; check its power, its "
        "address and the gateway's own line",
        "网关后面的地址 {unit} 无应答（异常码 {code}）：请检查其供电、地址和网关的线路",
    ),
    "trouble.refused": (
        "unit {unit} refused: exception {code}, {name}",
        "地址 {unit} 拒绝执行：异常码 {code}",
    ),
    "trouble.no reply": (
        "{size} bytes came, but no intact reply of {wanted}: check the speed and mode of the "
        "line, the model, and the cable",
        "收到 {size} 字节，但没有 {wanted} 字节的完整应答：请检查线路的波特率和模式、型号和电缆",
    ),
    "trouble.echo": (
        "only the own request came back, as an echo of the adapter: the device is silent; check "
        "its power and wiring",
        "设备无应答，只收到转换器的回显：请检查供电和接线",
    ),
    "trouble.nothing": (
        "nothing came: check the power, the wiring and the speed of the line",
        "没有任何应答：请检查供电、接线和线路的波特率",
    ),
    "trouble.late": (
        "{name}: its replies come later than its time-out",
        "{name}：应答晚于超时时间",
    ),
    "trouble.starting": ("the sensor is starting", "传感器正在启动"),
    "trouble.no values": ("the sensor has no new values yet", "传感器尚无新数值"),
    "trouble.idle": (
        "the sensor was idle; it has been told to measure",
        "传感器原处于空闲，已令其开始测量",
    ),
    "trouble.stood still": (
        "the sensor stood still; it has been told to measure",
        "传感器原已停止，已令其开始测量",
    ),
    # The port itself.
    "trouble.gone": (
        "{port} is gone: is the adapter still plugged in? ({error})",
        "{port} 已不存在：转换器是否仍插着？",
    ),
    "trouble.no port": (
        "{port} does not exist: is the adapter plugged in?",
        "{port} 不存在：转换器是否已插上？",
    ),
    "trouble.denied": (
        "{port} may not be opened: add this user to the group 'dialout'",
        "无权打开 {port}：请把当前用户加入 dialout 组",
    ),
    "trouble.in use": (
        "{port} is in use by another program: stop that one first",
        "{port} 被其他程序占用：请先停止它",
    ),
    "trouble.unreached": ("{port} cannot be reached: {error}", "无法连接 {port}"),
    "trouble.unknown host": (
        "{port} is not known by name: {error}",
        "无法解析 {port} 的域名",
    ),
    "trouble.closed": ("{port} closed the connection", "{port} 已断开连接"),
}


def in_chinese(text: str) -> str:
    """What is amiss; as it is where the table lacks it."""
    for english, chinese in TROUBLE_WORDS.values():
        found = re.fullmatch(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+)", re.escape(english)), text)
        if found:
            return chinese.format(**found.groupdict())
    return text
