"""What `flash.py --help` says in Chinese: see agent.cli.help_chinese."""

FLASH_HELP_TEXTS: dict[str, str] = {
    "Bring a board from blank to its first acknowledged frame: firmware, agent, key, registry, "
    "self-test, label and report. Never prompts.":
        "把空白板卡做到首个已确认的数据帧：固件、程序、密钥、登记、自检、标签和报告。从不提问。",
    "what is put on the board": "写入板卡的内容",
    "who it is": "板卡身份",
    "the signed bundle": "签名软件包",
    "the release key's public half (default: ~/.config/pole/release.pub)":
        "发布公钥（默认：~/.config/pole/release.pub）",
    "the pole.toml of the boards (default: the bundle's)": "板卡的 pole.toml（默认：软件包中的）",
    "this board's id, instead of that in the settings": "本板编号，代替配置中的编号",
    "its name for people": "供人识别的名称",
    "where it will stand": "安装位置",
    "the board's file (default: as its chip)": "板型文件（默认：与芯片同名）",
    "the network that it joins": "要加入的 Wi-Fi",
    "for TLS: whom it trusts (ca.pem), and its ID.tls.pem":
        "用于 TLS：信任的机构（ca.pem）和本板的 ID.tls.pem",
    "for OSCORE: `pole authority oscore` left ID.device here; it is moved to the board":
        "用于 OSCORE：`pole authority oscore` 把 ID.device 留在此处；将移入板卡",
    "without a network an update goes back after this (default: %(default)s)":
        "无网络时，更新在多少小时后回退（默认：%(default)s）",
    "enrol it in this registry": "登记到此登记表",
    "leave a certificate request and its public key here": "在此留下证书请求和公钥",
    "certify it at once, and make its OSCORE secret (default: by requests)":
        "立即签发证书并生成 OSCORE 密钥（默认：只留请求）",
    "that of the authority's issuing keys": "签发密钥的口令文件",
    "keep identity, journal and network": "保留身份、本地存储和网络配置",
    "give it a new identity": "重新生成身份",
    "give it another key and certificate for TLS, and no more": "只更换 TLS 密钥和证书",
    "its port (default: the only one there is)": "端口（默认：唯一的那个）",
    "a Pico's drive, with BOOTSEL held (default: the only one there is)":
        "按住 BOOTSEL 后 Pico 的驱动器（默认：唯一的那个）",
    "many boards: id, name, longitude, latitude, port": "多块板：编号、名称、经度、纬度、端口",
    "so many at a time": "同时处理的块数",
    "how long an acknowledged frame may take (default: %(default).0f)":
        "等待确认的最长秒数（默认：%(default).0f）",
    "after so long without a word esptool is ended (default: %(default).0f)":
        "esptool 无输出多少秒后终止（默认：%(default).0f）",
    "one event a line on standard output": "标准输出每行一个事件",
    "whatever tries to reach the network is an error": "任何联网都视为错误",
    "say what is connected, and touch nothing": "只显示所连板卡，不做改动",
    "make N simulated boards, and flash those": "生成 N 块模拟板并写入",
    "the whole way, without any hardware": "无需硬件，走完全程",
    "exit status: 0 done, 1 board failed, 2 usage, 3 no board, 4 wrong board or image, 5 verify "
    "failed, 6 self-test failed, 7 batch partly failed.":
        "退出码：0 完成，1 板卡失败，2 用法错误，3 无板卡，4 板卡或映像不符，5 校验失败，"
        "6 自检失败，7 批量部分失败。",
}  # fmt: skip
