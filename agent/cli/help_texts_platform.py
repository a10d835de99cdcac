"""What ``--help`` says in Chinese, continued: platform, identities, orders, proofs. See
agent.cli.help_texts.
"""

PLATFORM_HELP_TEXTS: dict[str, str] = {
    # pole order
    "give a pole a signed order: maintenance, a relay, a drill, new settings, ...":
        "向灯杆下达签名指令：维护、继电器、演练、新配置等",
    "Sign an order to a pole, and let it wait at the platform or write it to a file; or hand such "
    "a file to the agent on this machine.":
        "为灯杆签署指令，放在平台等待或写入文件；或把指令文件交给本机程序。",
    "By a technician, without network (see `pole authority certify`):":
        "由技术员在无网络时下达（见 `pole authority certify`）：",
    "With --platform the platform's key signs, and the order waits there for the device. A device "
    "obeys an order once, and only if it is signed, for it, in time, and newer than those before. "
    "New settings are checked here and there; they are on trial at first, and taken back where the "
    "agent fails under them. `list` tells what waits, what a device has heard, and what came of "
    "it: obeyed, or refused and why. `apply` hands a file to the agent that runs on this machine.":
        "用 --platform 时由平台密钥签名，指令在平台等待设备。设备对一条指令只执行一次，"
        "且须签名有效、"
        "发给本机、在有效期内并新于以往。新配置在两端都检查，先试运行，程序因此出错则回退。`list` "
        "列出等待送达的指令、已送达的指令及其结果：已执行，或被拒绝及其原因。`apply` "
        "把文件交给本机运行的程序。",
    "mute a pole's alarms for a while, or end it": "将灯杆的告警静音一段时间，或结束静音",
    "switch a siren, sign or barrier for a while": "切换警笛、警示牌或道闸一段时间",
    "mark the alarms of one channel as tests for a while": "将某通道的告警在一段时间内标为演练",
    "let go of a latched alarm that reads good again": "解除读数已恢复正常的自锁告警",
    "bring new settings": "下发新配置",
    "announce the platform's next key to its devices": "向设备公布平台的下一密钥",
    "let devices hear of a technician's grants, or their end": "向设备公布技术员的授权或其终止",
    "make a technician's key; prints its public half": "生成技术员密钥；输出其公钥",
    "show the orders of a platform, and what came of each": "显示平台的指令及其结果",
    "hand an order file to the agent on this machine": "把指令文件交给本机程序",
    "its id in the settings": "其配置中的 id",
    "let it wait at the platform with this --data": "放在该平台（--data 文件夹）等待",
    "sign with this key, into a file": "用此密钥签名，写入文件",
    "with a technician's key": "用技术员密钥时",
    "with the platform's key": "用平台密钥时",
    "how long it may be obeyed (default 24h)": "有效期（默认 24h）",
    "the new pole.toml": "新的 pole.toml",
    "the pole.toml that it replaces, with --key": "被替换的 pole.toml（用 --key 时）",
    "the pole is a board, with --key": "该灯杆是板卡（用 --key 时）",
    "once all have heard of it: let the old key go": "全部设备知悉后：停用旧密钥",
    "the agent's pole.toml": "程序的 pole.toml",
    # pole journal
    "look into a journal: frames, gaps, damage, wear": "查看本地存储：帧、缺口、损坏、磨损",
    "Show what a journal holds, by lane; check it; export it. Never writes.":
        "按级别显示本地存储内容；检查；导出。从不写入。",
    "a node's folder, also while it runs": "节点的文件夹，运行时也可",
    "a dump of a board's flash partition": "板卡闪存分区的转储",
    "It only reads: nothing in the folder or file changes. While an agent writes to it, the newest "
    "frame may look torn; look again.":
        "只读：文件夹和文件都不改变。程序正在写入时，最新一帧可能看似残缺，再看一次即可。",
    "exit status: 0 read, 1 no journal here, or --verify found damage, 2 wrong usage.":
        "退出码：0 已读取，1 没有本地存储或 --verify 发现损坏，2 用法错误。",
    "check every frame; 1 if damaged": "检查每一帧；有损坏则为 1",
    "the device's public key, for --verify": "设备公钥，用于 --verify",
    "sector size of a dump (guessed from its headers)": "转储的扇区大小（由头部推断）",
    "program unit of a dump (guessed)": "转储的编程单位（推断）",
    "print one JSON object a frame": "每帧输出一个 JSON 对象",
    # pole frames
    "prove and read frames: a file, a folder, standard input":
        "验证和读取帧：文件、文件夹、标准输入",
    "Prove that frames were signed by the devices of a registry, and read them.":
        "证明帧由登记表中的设备签名，并读取。",
    'A path is a file or a folder; - is standard input. A file holds frames one after the other, '
    'lines of hex, or lines of JSON with a member "hex".':
        '路径为文件或文件夹；- 为标准输入。文件可为连续的帧、十六进制行，'
        '或含 "hex" 成员的 JSON 行。',
    "exit status: 0 all genuine, 1 some are not (each is named).":
        "退出码：0 全部真实，1 有不真实的（逐一列出）。",
    "say of each frame whether it is genuine": "逐帧判断是否真实",
    "print the readings of genuine frames as JSON lines": "以 JSON 行输出真实帧的读数",
    "read the raw replies of unproven sensors again, with the drivers of today":
        "用现在的驱动重新解析未验证传感器的原始应答",
    "a pole.toml: drivers and options as they should have been": "pole.toml：应有的驱动和选项",
    "also what comes out the same": "结果相同的也列出",
    # pole explain
    "why a reading or an alarm came, when and by which proof; or why not":
        "读数或告警为何、何时到达及其证明；或为何没有",
    "Show each step of a channel's readings and alarms, from sample to commit, with its proof; and "
    "what is missing, with the record that says why.":
        "显示某通道读数和告警从采样到入库的每一步及其证明；缺失的部分附说明原因的记录。",
    "Times are UTC; without them, the last hour. Every frame is proven again from its bytes. A "
    "hole is *missing* where a signed record says why, and *unknown* where none does.":
        "时间为 UTC；不给则为最近一小时。每一帧都由其字节重新验证。有签名记录说明原因的缺口为 "
        "*缺失*，没有的为*未知*。",
    "A board's traceback names modules and functions by short names; --trace tells which they "
    "are. FILE is what the board printed, - what is typed in. Without --bundle the names are those "
    "of this version.":
        "板卡的错误追踪以短名表示模块和函数；--trace 说明它们各是什么。FILE 是板卡输出的内容，"
        "- 表示键盘输入。不给 --bundle 时按本版本的名称解释。",
    "a board's traceback": "板卡的错误追踪",
    "what the board was made from": "制作该板卡所用的软件包",
    "exit status: 0 all explained, 1 something is unknown or not genuine.":
        "退出码：0 全部有解释，1 有未知或不真实的。",
    "the platform's data (default: ./platform)": "平台数据（默认 ./platform）",
    "print one JSON object a step": "每步输出一个 JSON 对象",
    # pole platform
    "run the platform simulator: takes frames, proves them, shows them":
        "运行平台模拟器：接收、验证、显示帧",
    "Run the platform simulator: it takes frames by CoAP and from an MQTT broker, verifies them, "
    "stores them in SQLite, answers with signed acknowledgements, and serves a live page.":
        "运行平台模拟器：经 CoAP 和 MQTT broker 接收帧，验证，存入 SQLite，以签名确认应答，并提供"
        "实时页面。",
    "The registry names the devices and their public keys; it is read again when it changes. The "
    "platform's own key is made at the first start; its public half is what `platform_key` in a "
    "pole.toml wants.":
        "登记表列出设备及其公钥，变化时重新读取。平台自己的密钥在首次启动时生成；"
        "其公钥即 pole.toml "
        "中的 `platform_key`。",
    "where key and database live (default: ./platform)": "密钥和数据库的位置（默认 ./platform）",
    "where to listen for CoAP (default: 127.0.0.1:5683)": "CoAP 监听地址（默认 127.0.0.1:5683）",
    "security contexts, one folder a device: then CoAP takes nothing in the clear":
        "安全上下文，每台设备一个文件夹：此后 CoAP 不接受明文",
    "a broker, such as mqtt://127.0.0.1:1883": "broker，如 mqtt://127.0.0.1:1883",
    # pole authority
    "give devices their identities: enroll, rotate, revoke, replace, move, retire":
        "管理设备身份：登记、轮换、吊销、替换、迁移、退役",
    "Run the authority of a city's devices: SM2 certificates (GM/T 0015) for what they sign, P-256 "
    "ones for TLS, and a register of which device stood where, and when.":
        "城市设备的签发机构：签名用 SM2 证书（GM/T 0015），TLS 用 P-256 证书，"
        "并登记设备何时在何处。",
    "The passphrase is asked for, or read from a file that only you may read (--passphrase-file); "
    "it is never an argument. Devices make their own keys: only requests come in.":
        "口令由提问得到，或读自仅本人可读的文件（--passphrase-file），绝不作为参数。密钥由设备自己"
        "生成：送来的只有请求。",
    "exit status: 0 done, 1 refused (nothing was changed).":
        "退出码：0 完成，1 被拒绝（未作改动）。",
    "take a device in: request in, certificate out": "登记设备：送入请求，得到证书",
    "certify a device's next key; the old one is taken for 30 days more":
        "签发设备的下一密钥；旧密钥再用 30 天",
    "certify a device's next key for TLS, and that alone": "仅签发设备的下一个 TLS 密钥",
    "let a new device take over an old one's pole": "让新设备接替旧设备的灯杆",
    "bind a device to another pole": "把设备绑定到另一灯杆",
    "trust a device's keys no more": "不再信任设备的密钥",
    "take a device out of service": "设备退役",
    "make a new authority in a new folder": "在新文件夹中建立签发机构",
    "enroll every device of a CSV; can be run again": "按 CSV 登记全部设备；可重复运行",
    "list the certificates that end soon": "列出即将到期的证书",
    "write the registry for a platform": "为平台写出登记表",
    "let a technician's key order named poles about": "授权技术员密钥向指定灯杆下达指令",
    "write the revocation lists (good for 30 days)": "写出吊销列表（有效 30 天）",
    "make key and TLS certificate of a broker": "生成 broker 的密钥和 TLS 证书",
    "make the OSCORE secret of a device": "生成设备的 OSCORE 密钥",
    "show all devices, or one with its history": "显示全部设备，或一台及其历史",
    "the authority's folder": "签发机构的文件夹",
    "degrees, longitude first": "度，经度在前",
    "CGCS2000, WGS84, GCJ-02 or BD-09": "CGCS2000、WGS84、GCJ-02 或 BD-09",
    "what `pole retire` printed on the device": "设备上 `pole retire` 的输出",
    "columns serial, csr; optional mac, pole, longitude, latitude, datum, tls_csr":
        "列 serial、csr；可选 mac、pole、longitude、latitude、datum、tls_csr",
    "the platform's public key, as `pole platform` writes it": "平台公钥，由 `pole platform` 写出",
    "what `pole order key` printed": "`pole order key` 的输出",
    "maintenance, relay, settings, drill or reset; none: no more of it":
        "maintenance、relay、settings、drill 或 reset；不给则撤销",
    "default 7": "默认 7",
    "the platform's private key: it signs the grants": "平台私钥：用于签署授权",
    "its names and addresses": "其名称和地址",
    "gets SERIAL.device and SERIAL.platform, the two ends":
        "得到两端的 SERIAL.device 和 SERIAL.platform",
    # pole identity, retire
    "this node's own key: show it, ask for its certificate, rotate it":
        "本节点的密钥：显示、申请证书、轮换",
    "Show this node's key, make a certificate request for it, install the certificate, or rotate "
    "to a next key without a stop.":
        "显示本节点的密钥，生成证书请求，安装证书，或不停机轮换到下一密钥。",
    "The key is made here and never leaves: the request goes to `pole authority enroll` (or, with "
    "--next, to `pole authority rotate`), the certificate comes back to `install`. A next key is "
    "used within ten seconds of its certificate; the agent goes on running.":
        "密钥在本机生成，绝不外传：请求交给 `pole authority enroll`（"
        "用 --next 时交给 `pole authority "
        "rotate`），证书回来后用 `install`。下一密钥在证书安装后十秒内启用，程序不停。",
    "show the public key and the certificate": "显示公钥和证书",
    "make a certificate request (PEM)": "生成证书请求（PEM）",
    "install a certificate": "安装证书",
    "print the public key alone, in hex": "只输出公钥（十六进制）",
    "the device's serial, as on its label": "设备序列号，同标签",
    "for a next key, to rotate to": "用于轮换的下一密钥",
    "for the P-256 key of mqtts://": "用于 mqtts:// 的 P-256 密钥",
    "written whole, or not at all": "完整写出，否则不写",
    "wipe this node's keys and journal, and print the signed proof":
        "擦除本节点的密钥和本地存储，并输出签名证明",
    "Take this node out of service: print a record that its key signs as its last, then wipe the "
    "keys and the journal.": "节点退役：输出其密钥最后签名的记录，然后擦除密钥和本地存储。",
    "Stop the agent first. Frames that the platform still lacks are not thrown away: deliver them, "
    "export them (`pole journal --export`), or say --discard.":
        "请先停止程序。平台尚缺的帧不会被丢弃：请送达、导出（`pole journal --export`），或用 "
        "--discard。",
    "the device's serial, as enrolled": "设备序列号，同登记",
    "do it: it cannot be undone": "确认执行：不可撤销",
    "also what was not delivered": "连同未送达的帧",
    # pole bundle
    "make the signed file that flash.py and pole install take":
        "制作 flash.py 和 pole install 所用的签名软件包",
    "Make a bundle: firmware, agent, wheels and pages in one signed file. Every image in it is "
    "checked, now and again before a board is touched.":
        "制作软件包：固件、程序、安装包和页面合为一个签名文件。其中每个映像现在检查，"
        "写板前再检查。",
    "A firmware file is as MicroPython publishes it. The release key is made where there is none; "
    "its public half, release.pub, is what every workstation must know (flash.py --trust) and "
    "every node (pole install --trust). For nodes pip downloads the wheels of all dependencies, "
    "unless --wheels names a folder that has them.":
        "固件文件即 MicroPython 发布的文件。没有发布密钥时会生成；其公钥 release.pub 须为每台工作站"
        "（flash.py --trust）和每个节点（pole install --trust）所知。节点所需的安装包由 pip 下载，"
        "除非用 --wheels 指定文件夹。",
    "firmware for esp32, esp32s3, rp2040 (Pico W) or rp2350 (Pico 2 W); the flash is 4MB, 8MB, "
    "2MB or 4MB unless it says so":
        "esp32、esp32s3、rp2040（Pico W）或 rp2350（Pico 2 W）的固件；"
        "闪存默认 4MB、8MB、2MB 或 4MB",
    "wheels for Linux nodes: x86_64, aarch64, armv7l":
        "Linux 节点的安装包：x86_64、aarch64、armv7l",
    "where those wheels lie": "这些安装包所在的文件夹",
    "the nodes' Python, for wheels that are made for one only (default: %(default)s)":
        "节点的 Python，用于只适配一个版本的安装包（默认 %(default)s）",
    "the pole.toml of the boards, and of nodes that have none yet; it goes along, and whoever has "
    "the bundle can read it":
        "板卡和尚无配置的节点所用的 pole.toml；随软件包携带，持有软件包的人都能读到",
    "the release key": "发布密钥",
    "firmware for flash.py's simulated boards": "flash.py 模拟板的固件",
    "check a bundle, and show it": "检查并显示软件包",
    "the release key's public half": "发布公钥",
}  # fmt: skip
