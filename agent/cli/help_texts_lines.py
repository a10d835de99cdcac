"""What ``--help`` says in Chinese, continued: lines and drivers. See agent.cli.help_texts."""

LINE_HELP_TEXTS: dict[str, str] = {
    # What several commands ask.
    "a pole.toml": "pole.toml 文件",
    "which line of the settings": "配置中的哪条线路",
    "the first line of the settings": "配置中的第一条线路",
    "such as /dev/ttyUSB0, tcp://host:port, or board:/dev/ttyACM0:1 (a board's UART 1)":
        "如 /dev/ttyUSB0、tcp://host:port 或 board:/dev/ttyACM0:1（板卡的 UART 1）",
    'default "9600 8N1"': '默认 "9600 8N1"',
    "high or low: RTS while sending, if it switches":
        "high 或 low：发送时 RTS 的电平（如用于换向）",
    "keep all traffic in a file": "把全部收发保存到文件",
    "work on a recording, without any line": "使用录制文件，不接线路",
    "through a board over USB": "经 USB 连接的板卡",
    "the model": "型号",
    # pole drivers
    "list what can be read: models, channels, options": "列出可读取的型号、通道、选项",
    "List the drivers: model, kind, protocol, channels and whether it is proven.":
        "列出驱动：型号、类别、协议、通道，以及是否已验证。",
    "one array, for a script": "供脚本使用的一个数组",
    "a table, as in docs/drivers/table.md": "表格，同 docs/drivers/table.md",
    "one driver, with its options and source": "一个驱动及其选项和出处",
    "A driver is proven when published or captured bytes of the real device confirm it. The "
    "readings of an unproven one travel with the raw replies.":
        "由真实设备公布或抓取的字节确认的驱动为已验证。未验证驱动的读数附带原始应答。",
    "show this one in full": "完整显示这一个",
    "print one JSON array": "输出一个 JSON 数组",
    "print one Markdown table": "输出一个 Markdown 表格",
    "see `pole drivers`": "见 `pole drivers`",
    # pole decode
    "decode captured bytes with a driver": "用驱动解析抓取的字节",
    "Decode one captured exchange with a driver, and print the readings: to a terminal as a table, "
    "into a file or pipe as JSON.":
        "用驱动解析一次抓取的收发并输出读数：终端上为表格，文件或管道中为 JSON。",
    "Serial drivers take --response alone. Repeat --request and --response for a driver that asks "
    "several times; a table gives what the exchanges cover.":
        "串口驱动只需 --response。多次询问的驱动可重复 --request 和 --response；只解析所给部分。",
    "exit status: 0 decoded, 1 the bytes are wrong, as the error says, 2 wrong usage":
        "退出码：0 已解析，1 字节有误并说明原因，2 用法错误",
    "the request (Modbus RTU)": "询问（Modbus RTU）",
    "a field of generic-modbus, as in [[line.device.field]]":
        "generic-modbus 的字段，写法同 [[line.device.field]]",
    'an option of the driver, such as "mount=3200 mm"': '驱动的选项，如 "mount=3200 mm"',
    "JSON also to a terminal": "终端上也输出 JSON",
    # pole driver
    "write a driver of your own, and test it": "编写并测试自己的驱动",
    "The integrator's kit: from a datasheet page to a driver that holds the contract.":
        "集成工具：从一页手册到符合约定的驱动。",
    "writes driver, twin and test, all green": "写出驱动、仿真体和测试，全部通过",
    "runs the contract on it": "对其运行约定测试",
    "simulates the device": "模拟该设备",
    "`pole driver new --help` and so on explain each of them.":
        "`pole driver new --help` 等分别说明各操作。",
    "write a driver, its simulated twin and its test": "写出驱动、仿真体和测试",
    "run the driver contract on a driver, under both runtimes": "在两种运行环境下运行驱动约定测试",
    "let a driver's simulated twin answer on a line": "让驱动的仿真体在线路上应答",
    "rank what registers may mean against known values; only reads":
        "按已知数值推断寄存器含义；只读",
    "renew the table of all drivers in the documents": "更新文档中的驱动总表",
    "Write a driver, its simulated twin and its test, which pass as they stand; then put the "
    "datasheet's table in.": "写出可直接通过的驱动、仿真体和测试，再填入手册中的表。",
    "In a checkout of this project it writes the three files where they belong; elsewhere a "
    "package of your own, which settings name by its dotted path. Then it runs the contract on "
    "them.":
        "在本项目的检出中，三个文件写到相应位置；在别处则写成自己的包，配置中用点分路径引用。"
        "随后运行约定测试。",
    "exit status: 0 written and green, 1 not.": "退出码：0 已写出并通过，1 未通过。",
    "maker and model, such as acme-flow": "厂家和型号，如 acme-flow",
    'such as "ACME flow meter"': '如 "ACME 流量计"',
    "what it measures (water level)": "测量什么（water level）",
    "a package of your own": "自己的包",
    "where (default: here)": "位置（默认当前文件夹）",
    "Run the contract that every driver holds: replies three ways, cut short, of others, late, "
    "random bytes, silence, sentinels, warm-up, and its simulated twin; under CPython and "
    "MicroPython. Says in words what is wrong.":
        "运行每个驱动都须遵守的约定：三种应答方式、截断、他机应答、迟到、随机字节、无应答、特殊值、"
        "预热及仿真体；在 CPython 和 MicroPython 下各一遍，并说明错在哪里。",
    "Its test file holds MODEL, CASES and twin(log); `pole driver new` writes one.":
        "测试文件包含 MODEL、CASES 和 twin(log)；`pole driver new` 可写出。",
    "exit status: 0 green, 1 something is wrong, or a runtime is missing in CI.":
        "退出码：0 通过，1 有误，或 CI 中缺少运行环境。",
    "its file or test file, or its name": "驱动文件、测试文件或名称",
    "Serve the simulated twin of a driver on a pseudo-terminal, at real speed: to run settings "
    "against it while the device is not there.":
        "以真实速度在伪终端上运行驱动的仿真体：设备未到时也可试用配置。",
    'Then `port = "./rs485"` in a pole.toml is a line with that one device: for `pole run`, `pole '
    "doctor` and every other command. While it runs it takes lines such as":
        '此后 pole.toml 中的 `port = "./rs485"` 就是只有该设备的线路，可用于 `pole run`、`pole '
        "doctor` 等各命令。运行时可输入，例如",
    "from now on it measures this, in the channel's unit": "此后测得该值（单位同通道）",
    "or garbage, foreign, refuses; fault= heals it": "或 garbage、foreign、refuses；fault= 恢复",
    "It feels what twin(log) in the driver's test file gives it. Ctrl-C ends it.":
        "其感受由驱动测试文件中的 twin(log) 给出。按 Ctrl-C 结束。",
    "made for it": "为其创建",
    "default: as the device leaves its factory": "默认：出厂状态",
    "Read the registers of an unknown device, and rank offset, type, word order and scale against "
    "values that you type in.":
        "读取未知设备的寄存器，按输入的已知数值推断偏移、类型、字序和倍率。",
    "It only reads (functions 3 and 4). Give what a hand-held instrument, a display or a ruler "
    "says at this moment; four digits tell more than two. The first guess of each value is printed "
    "as a field for generic-modbus.":
        "只读（功能码 3 和 4）。请给出手持仪表、显示屏或尺子此刻的读数；四位数字胜过两位。每个数值"
        "的首个候选以 generic-modbus 字段的形式输出。",
    "exit status: 0 every value has a guess, 1 one has none, 2 wrong usage.":
        "退出码：0 每个数值都有候选，1 有数值没有候选，2 用法错误。",
    "1 to 247 (1)": "1 至 247（1）",
    "zero-based (0)": "从零起（0）",
    "the last one (0x3F)": "最后一个（0x3F）",
    "default: both": "默认：两者",
    'such as "temperature=25.3 Cel"': '如 "temperature=25.3 Cel"',
    "Renew docs/drivers/table.md of the checkout that you stand in, from its code.":
        "由代码更新当前检出中的 docs/drivers/table.md。",
    "for a release": "发布时",
    "says how it differs, and writes nothing": "只说明差异，不写入",
    "A new driver does not have to be in it before the next release.":
        "新驱动在下次发布前不必列入。",
    "exit status: 0 it is the code's, 1 it is not (--check).":
        "退出码：0 与代码一致，1 不一致（--check）。",
    "only say how it differs": "只说明差异",
    # pole scan
    "find the devices of a line: speed, ids, models": "查找线路上的设备：波特率、地址、型号",
    "Find speed, mode and addresses of what is on a line, say which known models they are, and "
    "propose settings. Only reads.":
        "查明线路上设备的波特率、模式和地址，识别已知型号，并给出配置。只读。",
    "It listens first, then asks. It sends nothing that a known device takes for a write.":
        "先监听，后询问。绝不发送会被已知设备当作写入的内容。",
    "exit status: 0 something found, 1 nothing.": "退出码：0 有发现，1 没有。",
    'such as "9600 8N1,4800 8N1"': '如 "9600 8N1,4800 8N1"',
    "such as 1-16,80": "如 1-16,80",
    "go on after devices are found": "找到设备后继续",
    "for an answer (150)": "等待应答（150）",
    "seconds, before asking (1.7); stations report every 1 to 5 minutes":
        "询问前监听的秒数（1.7）；气象站每 1 至 5 分钟上送一次",
    # pole doctor
    "say what is wrong with a line, with the evidence": "诊断线路故障并给出依据",
    "Tell silence from noise from half-broken: A and B swapped, speed, address, termination, echo, "
    "two devices of one address, another master. From counters, in English or Chinese, with the "
    "evidence.":
        "区分无声、干扰与半通：A/B 接反、波特率、地址、终端电阻、回显、两台同址、另有主站。"
        "依据计数，"
        "用中文或英文说明。",
    "Stop the agent first: a line has one master. The doctor only reads.":
        "请先停止程序：一条线路只能有一个主站。诊断只读。",
    "exit status: 0 healthy, 1 something to mend.": "退出码：0 正常，1 有待修复。",
    "the model, see `pole drivers`": "型号，见 `pole drivers`",
    "their addresses (1)": "设备地址（1）",
    "how often each is asked (20)": "每台询问次数（20）",
    # pole address
    "give a lone device another Modbus address": "为单独的设备改 Modbus 地址",
    "Give the only device of a line another Modbus address, by its driver's declared steps, and "
    "read it back.": "按驱动声明的步骤，为线路上唯一的设备改 Modbus 地址，并回读。",
    "Connect that one device alone. It makes sure that it is alone, that it is that model and that "
    "nobody else asks; writes the steps that the driver declares, to the device's own address "
    "only; and reads back. `pole drivers NAME` shows them.":
        "只接这一台设备。先确认只有它、型号相符且无其他主站；再按驱动声明的步骤只向其自身地址写入，"
        "并回读。`pole drivers 型号` 显示这些步骤。",
    "exit status: 0 done, 1 not (it says what was written), 2 wrong usage.":
        "退出码：0 完成，1 未完成（说明已写入的内容），2 用法错误。",
    "do not ask before writing": "写入前不询问",
    # pole zero
    "set the dry road as level 0 of a ranging sensor": "以干燥路面作为测距传感器的零水位",
    "Measure how high a ranging sensor hangs over the dry road, and write it as mount: level = "
    "mount - distance.": "测量测距传感器距干燥路面的高度，并写为 mount：水位 = mount - 距离。",
    "measure, and say what to write": "测量并说明应写什么",
    "and write it": "并写入",
    "by tape measure": "用卷尺",
    "The road under the sensor must be dry, and the agent stopped: it holds the line.":
        "传感器下方路面必须干燥，且程序已停止：它占用线路。",
    "exit status: 0 measured, 1 the sensor does not answer, or its distances differ.":
        "退出码：0 已测量，1 传感器无应答或距离不一致。",
    "the sensor's name in it": "其中传感器的名称",
    'do not ask the sensor: "3187 mm"': '不询问传感器："3187 mm"',
    "how many (10)": "次数（10）",
    "write mount into the file": "把 mount 写入文件",
}  # fmt: skip
