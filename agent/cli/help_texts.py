"""What ``--help`` says in Chinese, by the English text that the parsers hold: run, see, carry.

What an action's line says stands again as its description, with a full stop: once here.
"""

HELP_TEXTS: dict[str, str] = {
    # Everywhere.
    "options": "选项",
    "positional arguments": "参数",
    "commands": "命令",
    "actions": "操作",
    "examples:": "示例：",
    "first steps:": "入门：",
    "show this help message and exit": "显示帮助并退出",
    "default: as LANG says": "默认按 LANG",
    "of all that is said; default: as LANG says": "所用语言；默认按 LANG",
    "the pole.toml": "pole.toml 文件",
    "the same": "同上",
    "one object, for a script": "供脚本使用的一个对象",
    "print one JSON object": "输出一个 JSON 对象",
    "exit status: 0 done, 1 refused.": "退出码：0 完成，1 被拒绝。",
    "default: you": "默认：当前用户",
    "for the record": "写入记录",
    'such as "2h"': '如 "2h"',
    # pole
    "The edge agent of smart poles and sensor boxes: it reads the sensors, keeps every reading, "
    "signs it, and delivers it to the platform.":
        "智慧灯杆和传感器箱的边缘程序：读取传感器，保存每个读数，签名，并送达平台。",
    "`pole COMMAND --help` explains a command and shows examples.":
        "`pole 命令 --help` 说明该命令并给出示例。",
    "two simulated poles through an outage": "观看两根模拟灯杆经历断网",
    "what can be read": "可读取的设备",
    "find every mistake in your settings": "找出配置中的全部错误",
    "run this node": "运行本节点",
    # pole run
    "run the agent of this node": "运行本节点的程序",
    "Run this node's agent: read the sensors, keep every reading, sign it, and deliver it to the "
    "platform.": "运行本节点的程序：读取传感器，保存每个读数，签名，并送达平台。",
    "one event a line, for a script": "每行一个事件，供脚本使用",
    "the page for a phone beside it": "同时提供手机页面",
    "`pole status pole.toml` tells what it does. Under systemd it says when it is ready, and that "
    "it is alive.": "`pole status pole.toml` 显示其运行情况。在 systemd 下会报告就绪与存活。",
    "Ctrl-C or SIGTERM ends it in order: what is open is sealed, stored and, where the network "
    "allows, delivered. A kill -9 or a power cut loses at most the interval that was not sealed "
    "yet (seal_every).":
        "Ctrl-C 或 SIGTERM 使其有序结束：未封装的数据先封装、保存，网络允许时送达。kill -9 或断电"
        "最多丢失尚未封装的一段（seal_every）。",
    "print events as JSON lines": "以 JSON 行输出事件",
    "take the system clock for right, even where the kernel cannot tell":
        "即使内核无法判断，也信任系统时钟",
    "serve the status to Prometheus there": "在该地址向 Prometheus 提供状态",
    "serve the node's own page there": "在该地址提供节点页面",
    # pole status
    "what the agent of this node does, and what it costs": "本节点程序的运行情况与资源占用",
    "Show the running agent: processor and memory, lines and sensors, journal, uplink, time, "
    "alarms.": "显示运行中的程序：处理器和内存、线路和传感器、本地存储、上报、时间、告警。",
    "again every 2 s, with what happened in between": "每 2 秒刷新，并显示期间的变化",
    "of the agent that `pole install` put here": "由 `pole install` 安装的程序",
    "It asks the running agent over a socket in its journal's folder; nothing leaves this machine.":
        "通过本地存储文件夹中的套接字询问运行中的程序；数据不离开本机。",
    "exit status: 0 told, 1 no agent runs, or it may not be asked.":
        "退出码：0 已显示，1 没有程序在运行或无权询问。",
    "its pole.toml, or its journal's folder": "其 pole.toml 或本地存储文件夹",
    "again every S seconds, until Ctrl-C": "每 S 秒刷新，直到 Ctrl-C",
    # pole check
    "check settings: every mistake at once, and whether the lines keep up":
        "检查配置：一次列出全部错误，并判断线路是否来得及",
    "Check a pole.toml without touching anything. Reports every mistake at once, each with its "
    "line, what was expected and the nearest right word; then what each line has to carry, and "
    "whether it can.":
        "只检查 pole.toml，不做任何改动。一次报告全部错误，各附行号、应有的写法和最接近的正确拼写；"
        "再说明每条线路的负荷以及能否承担。",
    'one object: {"ok": ..., "mistakes": [...]}': '一个对象：{"ok": ..., "mistakes": [...]}',
    "exit status: 0 all good, 1 mistakes, 3 a line cannot carry what is asked of it.":
        "退出码：0 无误，1 有错误，3 有线路承担不了所要求的负荷。",
    # pole maintenance
    "mute a node's alarms while somebody works at it": "有人作业时静音节点的告警",
    "Mute the alarms of the agent that runs with these settings, for a while.":
        "将使用这些配置运行的程序的告警静音一段时间。",
    "Alarms are judged, recorded and sent as ever, and told as muted. Begin and end are signed "
    "frames. It ends by itself when its time is over, and then tells every alarm that is still "
    "active.":
        "告警照常判断、记录和发送，并标明静音。开始与结束都是签名帧。到时自动结束，并报告仍在生效的"
        "告警。",
    "exit status: 0 the agent took it, 1 no agent runs.": "退出码：0 已接受，1 没有程序在运行。",
    "end it now": "立即结束",
    # pole commission
    "make the code inside the box; practise with the page": "生成箱内操作码；用页面练习",
    "Make the code that unlocks the page of a node; practise with a simulated one.":
        "生成解锁节点页面的操作码；也可用模拟节点练习。",
    "prints a code for the label inside the box": "输出箱内标签上的操作码",
    "Serve the page of a board that hangs on a USB port. Its agent works on, under the laptop's "
    "eyes; Ctrl-C lets the board start its own application again.":
        "提供 USB 口上板卡的页面。其程序在笔记本看护下继续工作；"
        "按 Ctrl-C 后板卡恢复运行自己的程序。",
    "let the board serve a page that only shows, over a Wi-Fi of its own, and leave it alone":
        "让板卡用自己的 Wi-Fi 提供只读页面，然后可以离开",
    "lay that page into the board, for its button to open whenever it is held for 3 s":
        "把该页面存入板卡，按住板上按钮 3 秒即可开启",
    "of the Wi-Fi: the code inside the box, from which the password is made (default: a new one)":
        "用于 Wi-Fi：箱内操作码，由它生成密码（默认：新操作码）",
    "of the Wi-Fi: how long (default: 1h)": "用于 Wi-Fi：开启时长（默认：1h）",
    "the page of a board, by its USB port": "经 USB 口提供板卡的页面",
    "a simulated pole with its page, to try it all": "带页面的模拟灯杆，供试用",
    "pole.toml then says:  [page]": "随后写入 pole.toml：  [page]",
    "The page shows everything to everybody; whoever knows the code may bind, write notes, drill "
    "alarms and hand over. FILE holds its salted hash alone: the code stands on the label and "
    "nowhere else.":
        "页面对所有人只读可见；知道操作码的人可以绑定、记录、演练告警和交接。文件中只有加盐哈希："
        "操作码仅在标签上。",
    "a new code, and its hash": "新的操作码及其哈希",
    "a simulated pole with its page": "带页面的模拟灯杆",
    "for the hash": "保存哈希",
    "such as /dev/ttyACM0": "如 /dev/ttyACM0",
    "where to serve the page (default: 127.0.0.1:8080)": "页面地址（默认 127.0.0.1:8080）",
    "where to serve the page (default: any free port)": "页面地址（默认任一空闲端口）",
    "A simulated pole, a real node with its page, and a platform. Type a number and Enter to let "
    "the water stand so many mm high; the alarm is at 300. Ctrl-C ends it.":
        "模拟灯杆、带页面的真实节点和平台。输入数字并回车，水位即为相应毫米数；300 时告警。"
        "按 Ctrl-C 结束。",
    "bind, drill and hand over by itself": "自动完成绑定、演练和交接",
    # pole handover
    "prove a handover sheet": "验证交接单",
    "Prove that a handover sheet is as the device signed it.": "证明交接单与设备签名时一致。",
    "The page of a node makes the sheet (see docs/technician.md): HTML that prints, with a frame "
    "of the device that signs every fact in it, and the text as it was made. Proven is what a "
    "person reads, not a copy beside it, in whatever words.":
        "交接单由节点页面生成（见 docs/technician.zh.md）：可打印的 HTML，附有设备对其中每一项以及"
        "生成时的文字签名的帧。被证明的就是人所看到的内容，而非另附的副本，与用词无关。",
    "exit status: 0 genuine, 1 changed, of an unknown device, or no sheet.":
        "退出码：0 真实，1 被改动、设备未知或不是交接单。",
    "say whether a sheet is genuine": "判断交接单是否真实",
    "Say whether it is genuine.": "判断是否真实。",
    # pole drill
    "prove an alarm's whole way with a real stimulus": "用真实刺激验证告警全程",
    "Mark the alarms of one channel as tests, for a while.": "将某通道的告警在一段时间内标为演练。",
    "Start it, then stimulate the sensor: water, a gas cloth, an open cover. The alarm goes its "
    "whole way, marked as a test inside what is signed; alarms of other channels are not marked. "
    "It ends once the alarm has cleared and was acknowledged, or when its time is over. The page "
    "of the node (`pole run --page`) shows how far the alarm came, and how fast.":
        "启动后施加真实刺激：水、气体布、打开井盖。告警走完全程，并在签名内容中标为演练；其他通道的"
        "告警不标记。告警解除并获确认后结束，或到时结束。节点页面（`pole run --page`）显示告警到达"
        "何处及耗时。",
    "exit status: 0 the agent took it, 1 no agent runs, or it refused.":
        "退出码：0 已接受，1 没有程序在运行或被拒绝。",
    "how long at most (default: 10min)": "最长时间（默认 10min）",
    "end the one that is on": "结束当前演练",
    # pole courier
    "carry frames where there is no coverage, and bring acknowledgements back":
        "在无信号处携带数据帧，并带回确认",
    "A person as a carrier: collect at the pole, deliver at home, return.":
        "以人传递：在灯杆处收取，回来交付，再带回确认。",
    "from a node's page": "从节点页面",
    "on the node itself, or by its files": "在节点本机上，或按其文件",
    "from a dump of a board's flash": "从板卡闪存的转储",
    "The stick is a folder. A lost one costs a way: the pole keeps everything until it has the "
    "platform's signed word. The same one twice costs nothing, and what is forged on it is refused "
    "by either end. Where [district] names a second platform, deliver the same stick to both, then "
    "return: each has its own key, and the pole knows whose word is whose. The code (also by "
    "POLE_CODE) stands on the label inside the box.":
        "存储盘是一个文件夹。丢失只是白跑一趟：收到平台的签名确认之前，灯杆保留一切。用两次无妨，"
        "伪造的内容在两端都会被拒绝。若 [district] 另有平台，把同一存储盘交给两个平台再带回：各有"
        "其密钥，灯杆能分辨。操作码（也可用 POLE_CODE）在箱内标签上。",
    "exit status: 0 done, 1 not: one sentence says why.": "退出码：0 完成，1 未完成并说明原因。",
    "take along what waits at a pole": "取走灯杆处待上报的帧",
    "give the platform all that was collected": "把收取的帧交给平台",
    "bring the platform's answers to a pole": "把平台的确认带回灯杆",
    "page, pole.toml, journal or dump": "页面、pole.toml、本地存储或转储",
    "whose, for a journal or a dump": "本地存储或转储所属的灯杆",
    "coap://, mqtt:// or mqtts://": "coap://、mqtt:// 或 mqtts://",
    "for mqtts": "用于 mqtts",
    "page, or pole.toml": "页面或 pole.toml",
    # pole relay
    "switch a siren, sign or barrier by hand, for a while": "手动切换警笛、警示牌或道闸一段时间",
    "Switch a relay of the agent that runs with these settings, for a while.":
        "将使用这些配置运行的程序的继电器切换一段时间。",
    "back to its alarms, now": "立即恢复由告警控制",
    "The order, and what was read back, are signed records. When its time is over, and after a "
    "restart, the relay follows its alarms again.":
        "指令和回读结果都是签名记录。到时或重启后，继电器恢复由告警控制。",
    'such as "relays/relay1"': '如 "relays/relay1"',
    "auto: as its alarms say": "auto：由告警控制",
    'default "1h"': '默认 "1h"',
    # pole support, demo, install
    "one archive for whoever helps from afar, without secrets": "供远程协助的归档，不含机密",
    "Put everything that a colleague needs into one archive, and no secret.":
        "把同事所需的一切放入一个归档，不含任何机密。",
    "Settings without secrets, status, what the journal holds (not its readings), log, versions, "
    "and facts of the machine. It only reads, also where no agent runs or the settings are broken.":
        "去除机密的配置、状态、本地存储概况（不含读数）、运行日志、版本和机器信息。只读；没有程序运行或"
        "配置有误时也可用。",
    "where to write the archive": "归档写到哪里",
    "watch two simulated poles through an outage, a flood and two kills":
        "观看两根模拟灯杆经历断网、内涝和两次强杀",
    "Run the main job on this machine: a Linux pole and a MicroPython board, four sensors each, "
    "report to a platform. The network goes away, an underpass floods, and each agent is killed "
    "and starts again. At the end every reading is accounted for.":
        "在本机运行完整流程：一个 Linux 灯杆和一块 MicroPython 板，各带四个传感器，向平台上报。"
        "期间断网、下穿隧道积水、两个程序各被强杀后重启。最后核对每一个读数。",
    "through a mosquitto of its own": "经自带的 mosquitto",
    "keeps running for a person to watch": "持续运行，供人观看",
    "for a phone in the same network, too": "同一网络中的手机也能看",
    "where to serve the page (default: 127.0.0.1, any free port)":
        "页面监听地址（默认 127.0.0.1 的任一空闲端口）",
    "The last line is one JSON object. Exit status 0 only if nothing was lost, invented, stored "
    "twice or refused, and every alarm arrived.":
        "最后一行是一个 JSON 对象。仅当没有丢失、虚构、重复或被拒，且告警全部到达时退出码为 0。",
    "keep running until Ctrl-C": "持续运行到 Ctrl-C",
    "install or update the agent of a Linux node, from a signed bundle":
        "用签名软件包安装或更新 Linux 节点的程序",
    "Install the agent as a service: its own user, a version beside the others, a systemd unit "
    "with watchdog, names for serial ports.":
        "将程序安装为服务：独立用户、版本并存、带看门狗的 systemd 单元、串口固定名称。",
    "an update: the pinned key, the settings that are there": "更新：使用已固定的公钥和现有配置",
    "say what would be done": "只说明将做什么",
    "go back to a version that is still there": "回退到仍保留的版本",
    "key, settings and journal stay": "保留密钥、配置和本地存储",
    "into the files of another system": "安装到另一系统的文件中",
    "It needs root, and no network. Versions lie side by side below /opt/pole. A new one is on "
    "trial until the platform has acknowledged a frame: after three crashes or watchdog resets, or "
    "so many hours of running without an acknowledgement, the one before runs again.":
        "需要 root，不需要网络。各版本并存于 /opt/pole。新版本在平台确认一帧之前为试运行：三次崩溃"
        "或看门狗复位，或运行满上述小时数未获确认，则回退到原版本。",
    "where the network may be away for ten days": "可能断网十天之处",
    "without an acknowledged frame a new version goes back after so many hours of running "
    "(default: 72)":
        "新版本运行多少小时仍未获确认即回退（默认 72）",
    "exit status: 0 done, 1 refused or failed: the version before runs on.":
        "退出码：0 完成，1 被拒绝或失败，原版本继续运行。",
    "the release key's public half, pinned the first time": "发布公钥，首次使用时固定",
    "the pole.toml of a node that has none yet": "尚无配置的节点所用的 pole.toml",
    "the root of the system to install into (default: /)": "目标系统的根目录（默认 /）",
    "run a version that is there already": "运行已有的某个版本",
    "take the agent away": "卸载程序",
}  # fmt: skip
