"""What ``pole bundle`` says, in English and Chinese from one table."""

# word: (English, Chinese). Places in braces are filled in.
BUNDLE_WORDS: dict[str, tuple[str, str]] = {
    # Steps, each said when it begins.
    "wheels": ("gathering the wheels for Linux on {architecture} ...",
               "收集 Linux {architecture} 的安装包 ..."),
    "firmware": ("checking the firmware for {chip} ...", "检查 {chip} 的固件 ..."),
    "agent": ("making the agent small, and compiling it for {architecture}: some 10 s ...",
              "精简程序并为 {architecture} 编译，约 10 秒 ..."),
    "names": ("noting what its tracebacks will mean: some 10 s ...",
              "记录其出错信息的含义，约 10 秒 ..."),
    "sign": ("signing {count} files ...", "为 {count} 个文件签名 ..."),
    # What was made, and what is there.
    "made": ("{path}: {size} KB for {whom}", "{path}：{size} KB，用于 {whom}"),
    "node": ("Linux on {architecture}", "Linux {architecture}"),
    "starter": ("{path}: starts the first installation on a node", "{path}：节点首次安装时使用"),
    "public": ("{path}: what workstations must trust", "{path}：工作站须信任的公钥"),
    "shown": ("agent {version}, manifest {digest}, {count} files, all as signed",
              "程序 {version}，清单 {digest}，{count} 个文件，签名均有效"),
    "target": ("{chip}: MicroPython {micropython}, {flash_mb} MB flash",
               "{chip}：MicroPython {micropython}，闪存 {flash_mb} MB"),
    "wanted": ("{whom}: Python {python}", "{whom}：Python {python}"),
    "or-newer": ("{python} or newer", "{python} 或更新"),
    # Mistakes: what is wrong, and what to do next.
    "needed": ("--firmware (or --simulated, or --node), --key and --out are needed",
               "需要 --firmware（或 --simulated、--node）、--key 和 --out"),
    "whose": ("--trust is needed: whom shall the bundle be from?",
              "需要 --trust：软件包应来自哪位发布者？"),
    "bad-firmware": ("{path} is refused: {reason}; name the file that MicroPython publishes for a "
                     "board with {chip}.",
                     "{path} 被拒绝：{reason}；请指定 MicroPython 为 {chip} 板卡发布的固件文件。"),
    "bad-settings": ("{path} cannot go along ({reason}); what stands in a bundle names no other "
                     "file: write keys into it.",
                     "{path} 不能放入软件包（{reason}）；软件包中的配置不能引用其他文件："
                     "请把密钥直接写入其中。"),
    "bad-bundle": ("{path}: {reason}; get it again from whoever released it.",
                   "{path}：{reason}；请向发布者重新获取。"),
    "bad-key": ("{path} is not a release key (64 hex digits); name the release key with --key, or "
                "a file that is not there yet: a new key is made in it.",
                "{path} 不是发布密钥（64 位十六进制数）；请用 --key 指定发布密钥，"
                "或指定一个尚不存在的文件：将在其中生成新密钥。"),
    "bad-trust": ("{path} is not the public half of a release key (130 hex digits); name the "
                  "release.pub of whoever made the bundle with --trust.",
                  "{path} 不是发布公钥（130 位十六进制数）；"
                  "请用 --trust 指定软件包发布者的 release.pub。"),
}  # fmt: skip
