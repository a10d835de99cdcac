"""What scan, doctor, address, probe and check say, in English and Chinese, from one table."""

# code: (English, Chinese). Places in braces are filled in.
TEXTS: dict[str, tuple[str, str]] = {
    # pole scan
    "scan-begin": ("Scanning {port}: only questions that read.", "扫描 {port}：只发读取类询问。"),
    "scan-mode": ("{mode}: listening, then asking", "{mode}：先监听，再询问"),
    "scan-unit": ("unit {unit} answers", "地址 {unit} 有应答"),
    "scan-none": (
        "Nothing answered, in {questions} questions. Check the power of the sensors; then swap A "
        "and B; then widen the search with --ids 1-247.",
        "共询问 {questions} 次，无任何应答。请先检查传感器供电，再对调 A、B 线，然后用 --ids 1-247 "
        "扩大范围。",
    ),
    "scan-found": ("{count} found at {mode}, with {questions} questions:",
                   "在 {mode} 找到 {count} 个，共询问 {questions} 次："),
    "scan-sure": ("{who}: {model}", "{who}：{model}"),
    "scan-maybe": ("{who}: one of {models}; see the label", "{who}：可能是 {models}，请看铭牌"),
    "scan-unknown": (
        "{who}: answers, but fits no model that is known here. `pole driver probe` finds out what "
        "its registers hold.",
        "{who}：有应答，但与已知型号都不符。可用 `pole driver probe` 查明其寄存器含义。",
    ),
    "scan-damaged": (
        "{who}: something answers, but damaged: perhaps two devices have this address. `pole "
        "doctor` tells more.",
        "{who}：有应答但数据损坏，可能有两台设备同址。请用 `pole doctor` 进一步诊断。",
    ),
    "scan-foreign": (
        "Somebody else asks on this line: {count} requests to unit {units}. There must be one "
        "master only: find it and unplug it.",
        "线路上另有主站：向地址 {units} 发出了 {count} 次询问。一条线路只能有一个主站，请找到并"
        "断开它。",
    ),
    "scan-noise": (
        "{mode}: {size} bytes came unasked that fit no model: another speed, or noise.",
        "{mode}：收到 {size} 字节主动上送数据，与任何型号不符：可能是波特率不对，或有干扰。",
    ),
    "scan-settings": ("Settings for pole.toml:", "可用于 pole.toml 的配置："),
    "unit": ("unit {unit}", "地址 {unit}"),
    "no-unit": ("without address", "无地址设备"),
    # pole doctor
    "doctor-begin": ("Listening on {port} at {mode} for {seconds} s, then asking {rounds} times.",
                     "在 {port}（{mode}）监听 {seconds} 秒，然后询问 {rounds} 轮。"),
    "doctor-search": ("Silence. Looking at other addresses and speeds.",
                      "无应答，尝试其他地址和波特率。"),
    "evidence": ("Evidence: {text}", "依据：{text}"),
    "healthy": ("The line is healthy.", "线路正常。"),
    "foreign-master": (
        "Somebody else asks on this line. Two masters spoil each other's replies: find the other "
        "one (an old RTU, a PC) and unplug it.",
        "线路上另有主站在询问。两个主站会互相破坏应答：请找到另一个主站（旧 RTU 或电脑）并断开。",
    ),
    "wrong-speed": (
        "The speed is wrong: it answers at {mode}. Put mode = \"{mode}\" into the settings.",
        "波特率或校验不对：设备在 {mode} 应答。请把配置改为 mode = \"{mode}\"。",
    ),
    "wrong-id": (
        "The address is wrong: unit {asked} is silent, unit {other} answers.",
        "地址不对：地址 {asked} 无应答，而地址 {other} 有应答。",
    ),
    "silent-line": (
        "The line is dead silent. In this order: the sensors' power (measure it at the sensor); A "
        "and B swapped (swap them); the cable; the adapter (try another).",
        "整条线路毫无声音。请依次检查：传感器供电（在传感器端测量）；A、B 是否接反（对调）；电缆；"
        "转换器（换一个试）。",
    ),
    "silent-device": (
        "{name} is silent while others answer: the line and A/B are right. Check its power, its "
        "branch of the cable, and its address.",
        "{name} 无应答，但同线其他设备正常：线路与 A/B 无误。请检查它的供电、支线和地址。",
    ),
    "echo-silent": (
        "The adapter hears itself, but no sensor: the adapter works. Check the sensors' power, and "
        "A and B behind the adapter.",
        "转换器能收到自己的回显，但没有传感器应答：转换器正常。请检查传感器供电和转换器后的 A/B "
        "接线。",
    ),
    "echo": (
        "The adapter echoes what it sends. This is harmless: the agent skips it.",
        "转换器有回显。无害：程序会自动跳过。",
    ),
    "two-devices": (
        "Two devices have the address {unit}. Unplug one and give it another address with `pole "
        "address`.",
        "有两台设备同为地址 {unit}。请断开其中一台，用 `pole address` 改址。",
    ),
    "maybe-two": (
        "Replies of unit {unit} are spoilt, those of others are not: two devices with this "
        "address, or a bad branch. Unplug it: if it still answers, there are two.",
        "地址 {unit} 的应答被破坏，而其他设备正常：可能两台同址，或支线不良。拔下它：若仍有应答，"
        "则为两台同址。",
    ),
    "noise": (
        "The line is half broken: {percent} % of the replies are damaged. Check shield and ground, "
        "120 ohm at both ends and nowhere else, loose clamps, and mains cables beside it.",
        "线路半通：{percent}% 的应答损坏。请检查屏蔽与接地、仅两端各接 120 欧终端电阻、端子松动，"
        "以及是否与强电并行。",
    ),
    "garbage": (
        "Bytes come, but never a whole reply, in any mode that was tried: noise, or a speed that "
        "was not tried.",
        "有字节但从无完整应答，已试过的模式都不行：干扰，或尚未尝试的波特率。",
    ),
    "losing": (
        "{name} leaves {percent} % of the questions unanswered: a loose clamp, a weak supply, or "
        "a time-out that is too short ({ms} ms was the slowest answer).",
        "{name} 有 {percent}% 的询问无应答：端子松动、供电不足，或超时过短（最慢应答 {ms} 毫秒）。",
    ),
    "late": (
        "{name} answers too late: after {ms} ms. It needs a longer timeout in the settings, or a "
        "better supply.",
        "{name} 应答过晚：{ms} 毫秒。需要在配置中加长 timeout，或更好的供电。",
    ),
    "wrong-model": (
        "Unit {unit} answers, but not what {model} would: it is another model. `pole scan` says "
        "which.",
        "地址 {unit} 有应答，但不符合 {model}：型号不对。可用 `pole scan` 识别。",
    ),
    "refused": (
        "Unit {unit} refuses with exception {code}: wired right, but another model, or not set up.",
        "地址 {unit} 返回异常码 {code}：接线正确，但型号不对或尚未配置。",
    ),
    "talks": (
        "Something on this line talks without being asked: {size} bytes in {seconds} s. It does "
        "not belong on a line that is asked.",
        "线路上有设备主动上送：{seconds} 秒内 {size} 字节。它不应接在问答式线路上。",
    ),
    "doctor-table": (
        "DEVICE            ASKED REPLIES SILENT DAMAGED OTHERS ECHOES DOUBLE   MS",
        "设备               询问    应答 无应答    损坏   他机   回显   双答 毫秒",
    ),
    "ev-counts": (
        "{name}: {asked} asked, {answered} answered, {silent} silent, {damaged} damaged.",
        "{name}：询问 {asked}，应答 {answered}，无应答 {silent}，损坏 {damaged}。",
    ),
    "ev-foreign": ("{count} requests to unit {units} were heard while we said nothing.",
                   "在我方静默时听到对地址 {units} 的 {count} 次询问。"),
    "ev-heard": ("{size} bytes were heard while we said nothing.", "我方静默时听到 {size} 字节。"),
    "ev-other": ("Unit {other} answered.", "地址 {other} 有应答。"),
    "ev-mode": ("At {mode} {who} answered; at {tried} nothing did.",
                "{who} 在 {mode} 有应答，在 {tried} 无应答。"),
    "ev-searched": ("{questions} questions at {modes} speeds found nobody.",
                    "在 {modes} 种模式下询问 {questions} 次，均无应答。"),
    "ev-double": ("{count} times a second reply of unit {unit} followed the first.",
                  "地址 {unit} 有 {count} 次在第一个应答之后又出现第二个应答。"),
    "ev-alike": (
        "Replies in which two devices would agree came whole ({whole} of {tries}); those in which "
        "they differ did not.",
        "两台设备内容相同的应答完整（{tries} 次中 {whole} 次），内容不同的应答则损坏。",
    ),
    "ev-echo": ("{count} of {asked} questions came back as they were sent.",
                "{asked} 次询问中有 {count} 次原样返回。"),
    "ev-late": ("{count} replies came after the time-out.", "有 {count} 个应答在超时之后才到。"),
    "ev-wrong": ("{count} intact replies of another length or function came.",
                 "收到 {count} 个长度或功能码不符的完整应答。"),
    # pole address
    "address-plan": (
        "{model} at {old} gets the address {new}. Nothing else may be on this line.",
        "把 {model} 从地址 {old} 改为 {new}。此线路上不得有其他设备。",
    ),
    "address-confirm": ("Type yes to write: ", "输入 yes 开始写入："),
    "address-none": ("Nothing answers at {old}: nothing was written.",
                     "地址 {old} 无应答：未写入任何内容。"),
    "address-others": ("Not alone: unit {units} answers, too. Unplug it. Nothing was written.",
                       "不止一台：地址 {units} 也有应答。请先断开。未写入任何内容。"),
    "address-spoilt": (
        "Replies of {old} are spoilt: two devices may have this address. Nothing was written.",
        "地址 {old} 的应答被破坏：可能有两台同址。未写入任何内容。",
    ),
    "address-foreign": ("Somebody else asks on this line. Nothing was written.",
                        "线路上另有主站。未写入任何内容。"),
    "address-model": ("What answers at {old} is no {model}: {error}. Nothing was written.",
                      "地址 {old} 的设备不是 {model}：{error}。未写入任何内容。"),
    "address-step": ("wrote {value} to register {register}", "已向寄存器 {register} 写入 {value}"),
    "address-cycle": ("Switch the device off and on, then press Enter: ",
                      "请将设备断电再上电，然后按回车："),
    "address-done": ("Done: it answers at {new}, and no longer at {old}.",
                     "完成：设备在地址 {new} 应答，地址 {old} 已无应答。"),
    "address-failed": (
        "It did not work: after {steps} it answers at {where}. {error}",
        "未成功：在 {steps} 之后，设备应答地址为 {where}。{error}",
    ),
    "address-range": ("Expected two different addresses from 1 to 247.",
                      "应为 1 至 247 之间两个不同的地址。"),
    "address-no-steps": (
        "The driver of {model} declares no steps to change its address: use the maker's tool.",
        "{model} 的驱动没有给出改址步骤：请用厂家工具。",
    ),
    # what came instead of a reply
    "no-silent": ("it did not answer", "无应答"),
    "no-damaged": ("its replies are damaged", "应答损坏"),
    "no-wrong": ("it answers something else than was asked", "应答与所问不符"),
    "no-refused": ("it refuses (exception {code})", "拒绝执行（异常码 {code}）"),
    # pole driver probe
    "probe-usage": ("Expected an address from 1 to 247, and --from before --to.",
                    "地址应为 1 至 247，且 --from 不大于 --to。"),
    "probe-silent": ("Unit {unit} gives no register: {why}.", "地址 {unit} 读不到寄存器：{why}。"),
    "probe-held": ("function {function}: {count} registers, those that are not 0:",
                   "功能码 {function}：{count} 个寄存器，其中非零的："),
    "probe-none": ("{name}: no guess", "{name}：没有候选"),
    "probe-guesses": ("{name}: may be", "{name}：可能是"),
    "probe-guess": ("0x{register:04x} function {function} {type} {order} x {scale:f} = {value:f}",
                    "0x{register:04x} 功能码 {function} {type} {order} x {scale:f} = {value:f}"),
    # pole check
    "check-good": ("{file}: all good", "{file}：没有错误"),
    "check-pole": ("pole {pole}, settings {hash}", "灯杆 {pole}，配置 {hash}"),
    "check-line": (
        "line {name} ({port}, {speed}): {cycle} s a cycle, {load} % of its time",
        "线路 {name}（{port}，{speed}）：一轮 {cycle} 秒，占 {load} % 的时间",
    ),
    "check-device": (
        "{name}: {model} every {every}, {time} s; {how}",
        "{name}：{model}，每 {every} 一次，{time} 秒；{how}",
    ),
    "check-reads": ("reads {places}", "读取 {places}"),
    "check-anyone": (
        "asked at 255, where any device answers: it has to stay alone on this line",
        "按地址 255 询问，任何设备都会应答：此线路上只能有这一台设备",
    ),
    "check-asks": ("asks in its own protocol", "按自有协议询问"),
    "check-listens": ("only listens", "只监听"),
    "check-alarms": ("alarm on {channels}", "告警：{channels}"),
    "check-checks": ("calibration and plausibility of {channels}", "校准与合理性检查：{channels}"),
    "check-overdue": ("calibration of {channel} overdue since {day}",
                      "{channel} 的校准自 {day} 起过期"),
    "check-filters": ("filters make {channels}", "滤波通道：{channels}"),
    "check-exceptions": ("sends changes, and a row in {every}", "仅上报变化，至少每 {every} 一行"),
    "check-drive": ("{relay} is switched by {alarms}", "{relay} 由告警 {alarms} 驱动"),
    "check-slow": (
        "line {name} needs {cycle} s a cycle at {speed}; you asked {asked} s. Give its devices "
        'every = "{every}" or more, or raise the speed, or move some to another line.',
        "线路 {name} 在 {speed} 下一轮需要 {cycle} 秒，而配置要求 {asked} 秒。请把设备的 every "
        '改为 "{every}" 或更长，或提高波特率，或把部分设备移到另一条线路。',
    ),
    "check-full": (
        "line {name} would need {load} % of its time at {speed}. Make every {factor} times as "
        "long, or raise the speed, or move some devices to another line.",
        "线路 {name} 在 {speed} 下需要 {load} % 的时间。请把 every 延长到 {factor} 倍，或提高"
        "波特率，或把部分设备移到另一条线路。",
    ),
    "check-tight": (
        "line {name} has little time left for retries and commands ({load} % used).",
        "线路 {name} 留给重试和指令的时间很少（已用 {load} %）。",
    ),
    "check-uplink": ("devices: {count}, to {url}, sealed every {every}",
                     "{count} 台设备，上报到 {url}，每 {every} 封装一次"),
    "check-mistakes": ("{count} mistakes; nothing was applied", "{count} 处错误，未应用任何配置"),
    "check-mistake": ("1 mistake; nothing was applied", "1 处错误，未应用任何配置"),
}  # fmt: skip
