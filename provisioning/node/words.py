"""What ``pole install`` says, in English and Chinese, from one table.

A failure is one sentence that says what to do next.
"""

# code: (English, Chinese). Places in braces are filled in.
NODE_WORDS: dict[str, tuple[str, str]] = {
    # Steps.
    "plan": ("Nothing is changed; this would be done:", "不做任何改动；将执行以下步骤："),
    "bundle": ("{file}: agent {version}, signed by the release key, fits this machine",
               "{file}：程序 {version}，发布签名有效，适用于本机"),
    "pin": ("trust the release key from now on: {path}", "从此信任该发布公钥：{path}"),
    "venv": ("make {path}, and install {count} wheels there", "创建 {path}，安装 {count} 个安装包"),
    "check": ("check {path} with the new version", "用新版本检查 {path}"),
    "file": ("write {path}", "写入 {path}"),
    "settings": ("copy the settings to {path}", "复制配置到 {path}"),
    "switch": ("run {name} from the next start on, on trial; go back to {fallback} if it fails "
               "three times, or runs {hours} h without an acknowledged frame",
               "下次启动运行 {name}（试运行）；失败三次，或运行 {hours} 小时未获确认，则回退到 "
               "{fallback}"),
    "first": ("run {name} from the next start on", "下次启动运行 {name}"),
    "remove": ("remove {path}", "删除 {path}"),
    "command": ("run {command}", "执行 {command}"),
    "repair": ("Python {python}, by which {name} runs, is gone: {name} gets the one of today",
               "{name} 所用的 Python {python} 已不存在：将改用现有的 Python"),
    # Ends.
    "installed": ("Installed: {name}. `sudo pole status` shows what it does; it stays once the "
                  "platform has acknowledged a frame.",
                  "已安装 {name}。用 `sudo pole status` 查看运行情况；平台确认一帧后即正式启用。"),
    "image": ("Installed below {root}; it starts when that system does.",
              "已安装到 {root} 下；该系统启动时运行。"),
    "no-settings": ("Put the settings to {path}; then: sudo systemctl start pole",
                    "请把配置放到 {path}，然后执行：sudo systemctl start pole"),
    "same": ("{name} is installed already, and runs: nothing was changed.",
             "{name} 已安装并在运行：未作任何改动。"),
    "removed": ("Removed. Key, settings and journal stay in {state}, the release key in {trust}.",
                "已卸载。密钥、配置和本地存储保留在 {state}，发布公钥保留在 {trust}。"),
    # Failures: what is wrong, and what to do next.
    "bad-bundle": ("The bundle is refused: {reason}. Get it again from whoever released it.",
                   "软件包被拒绝：{reason}。请向发布者重新获取。"),
    "unread-bundle": ("{path} cannot be read ({reason}): check the name, the folder and the stick.",
                      "无法读取 {path}（{reason}）：请检查名称、文件夹和存储盘。"),
    "no-bundle": ("Name the bundle: pole install kit.pole", "请指定软件包：pole install kit.pole"),
    "no-trust": ("No release key is known here: give its public half with --trust FILE.",
                 "本机没有发布公钥：请用 --trust 文件 指定。"),
    "bad-trust": ("{path} holds no public key (130 hex digits): take release.pub of whoever made "
                  "the bundle.",
                  "{path} 不是公钥（130 位十六进制数）：请使用软件包制作者的 release.pub。"),
    "other-trust": ("{path} pins another release key: if the key was really changed, remove that "
                    "file and give the new one with --trust.",
                    "{path} 固定的是另一个发布公钥：若确已更换，请删除该文件，再用 --trust "
                    "指定新的。"),
    "not-for-nodes": ("The bundle holds nothing for Linux nodes: make it with pole bundle --node "
                      "{architecture}.",
                      "软件包中没有 Linux 节点的内容：请用 pole bundle --node {architecture} "
                      "制作。"),
    "misfit": ("The bundle is for another machine: {reason}. Make one for this one: {machine}.",
               "软件包不适用于本机：{reason}。请为本机制作：{machine}。"),
    "no-root": ("{path} may not be written: run it with sudo.",
                "无权写入 {path}：请用 sudo 运行。"),
    "no-room": ("There is no room in {path}: free about 100 MB, and start again; the version "
                "before runs on.",
                "{path} 空间不足：请腾出约 100 MB 后重试；原版本继续运行。"),
    "failed-write": ("{path} cannot be written ({reason}): mend that, and start again; the version "
                     "before runs on.",
                     "无法写入 {path}（{reason}）：请排除后重试；原版本继续运行。"),
    "failed-wheels": ("The wheels cannot be installed ({reason}): make the bundle anew; the "
                      "version before runs on.",
                      "安装包无法安装（{reason}）：请重新制作软件包；原版本继续运行。"),
    "failed-check": ("The new version refuses the settings ({reason}): correct {path}, and start "
                     "again; the version before runs on.",
                     "新版本不接受配置（{reason}）：请改正 {path} 后重试；原版本继续运行。"),
    "failed-command": ("{command} failed ({reason}): see journalctl -u pole.",
                       "{command} 失败（{reason}）：请查看 journalctl -u pole。"),
    "no-version": ("There is no version {name} here; there are {names}.",
                   "没有版本 {name}；现有 {names}。"),
    "lost-python": ("{name} was installed with Python {python}, which is gone: install its bundle "
                    "again.",
                    "{name} 所用的 Python {python} 已不存在：请重新安装其软件包。"),
    "busy": ("Another installation is at work here: wait for its end, then start again.",
             "另一个安装正在进行：请等它结束后重试。"),
    "not-installed": ("Nothing is installed here.", "本机未安装。"),
}  # fmt: skip


class NodeFailure(Exception):
    """What went wrong, as a code of the table and what is filled in."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values
