"""What the tool says, in English and Chinese side by side, so that neither is forgotten. ``{...}``
are filled in.
"""

import re
from typing import Any

from provisioning.flashing.failures import FAILURES
from provisioning.flashing.reasons import told

LANGUAGES = ("en", "zh")

WORDS: dict[str, tuple[str, str]] = FAILURES | {
    # Steps.
    "bundle": ("checking the bundle", "检查软件包"),
    "settings": ("compiling the settings", "编译配置"),
    "identify": ("looking at the board", "识别板卡"),
    "erase": ("erasing what was there before", "擦除旧数据"),
    "write": ("writing the firmware", "写入固件"),
    "verify": ("verifying it independently", "独立校验固件"),
    "boot": ("proving that it runs", "确认固件已启动"),
    "copy": ("copying the agent", "复制程序"),
    "identity": ("the board makes its key", "板卡生成密钥"),
    "enrol": ("enrolling the board", "登记板卡"),
    "protect": ("carrying certificates and secrets", "写入证书与共享密钥"),
    "renew": ("another key and certificate for TLS", "更换 TLS 密钥和证书"),
    "selftest": ("the board tests itself", "板卡自检"),
    "report-in": ("waiting for the first acknowledged frame", "等待首个已确认的数据帧"),
    "forget": ("forgetting the pair before", "删除原有密钥和证书"),
    "label": ("making the label", "生成标签"),
    # What was found and done.
    "found": ("{chip} {description}, {flash_mb} MB flash, MAC {mac}",
              "{chip} {description}，闪存 {flash_mb} MB，MAC {mac}"),
    "found-pico": ("{chip}, MAC {mac}", "{chip}，MAC 地址 {mac}"),
    "found-drive": ("{chip} on the drive {drive}", "{chip}，驱动器 {drive}"),
    "found-installed": ("it carries this software already", "板上已有本软件"),
    "kept": ("not needed, identity and journal stay", "无需擦除，保留身份与本地存储"),
    "same-firmware": ("not needed, its flash holds this firmware already",
                      "无需进行，闪存中已是此固件"),
    "page-again": ("it carries a page for its button, which is laid again: some 10 s",
                   "板上有供按钮开启的页面，正在重新存入，约 10 秒"),
    "page-lost": ("the page for its button could not be laid again ({reason}): lay it with `pole "
                  "commission board --button`",
                  "未能重新存入供按钮开启的页面（{reason}）："
                  "请用 `pole commission board --button` 存入"),
    "unprotected": ("not needed, the settings ask for neither TLS nor OSCORE",
                    "无需写入，配置未要求 TLS 或 OSCORE"),
    "tls-good": ("its certificate for TLS is good until {until}", "TLS 证书有效期至 {until}"),
    "tls-ends": ("its certificate for TLS ends on {until}: renew it with --renew-tls before",
                 "TLS 证书将于 {until} 到期：请在此之前用 --renew-tls 更换"),
    "waiting": ("none yet, {seconds} s left: {reason}", "尚未收到，剩余 {seconds} 秒：{reason}"),
    "retry": ("{reason}; trying again: {how}", "{reason}；重试：{how}"),
    "quiet": ("no answer from the board for {seconds} s: is the cable in?",
              "板卡已 {seconds} 秒无应答：线缆是否插好？"),
    "passed": ("PASS {id} {mac}", "通过 {id} {mac}"),
    "failed": ("FAIL {id}: {sentence}", "失败 {id}：{sentence}"),
    "plug-next": ("Plug in the next board; Ctrl-C ends.", "请插入下一块板；按 Ctrl-C 结束。"),
    "plug-into": ("Plug the board for {id} into {port}; Ctrl-C ends.",
                  "请把用于 {id} 的板卡接到 {port}；按 Ctrl-C 结束。"),
    "remove": ("Remove the board.", "请拔下板卡。"),
    "untold": ("{count} boards show no USB socket by which they could be told apart; they are done "
               "one after another now: plug and pull none until the end.",
               "{count} 块板没有可供区分的 USB 插口信息，现在逐块进行；结束前请勿插拔任何板卡。"),
    "done-before": ("{id} is done already", "{id} 已完成"),
    "batch-done": ("{reporting} reporting, {awaiting} awaiting the authority, {failed} failed, "
                   "{left} left",
                   "上报中 {reporting}，等待签发机构 {awaiting}，失败 {failed}，剩余 {left}"),
    "needed": ("--bundle, --settings and --registry (or --requests) are needed;\n"
               "--help shows examples",
               "需要 --bundle、--settings 和 --registry（或 --requests）；--help 有示例"),
    "one-by-one": ("--renew-tls is for one board at a time", "--renew-tls 每次只用于一块板"),
}  # fmt: skip


_REASONS = ("reason", "what", "how")  # values that say why, or how: a sentence, or a list of them


def say(word: str, language: str = "en", **values: Any) -> str:
    """The text of a word in a language."""
    return _filled(WORDS[word][LANGUAGES.index(language)], language, values)


def _filled(text: str, language: str, values: dict[str, Any]) -> str:
    reasons = {name: told(values[name], language) for name in _REASONS if name in values}
    return text.format(**values | reasons)


# Exit statuses.
OK, BOARD_FAILED, USAGE, NO_BOARD, WRONG_BOARD, VERIFY_FAILED, SELFTEST_FAILED, PARTLY = range(8)

_STATUS = {
    "bad-bundle": WRONG_BOARD, "no-trust": USAGE, "bad-settings": USAGE, "no-port": NO_BOARD,
    "unread-trust": USAGE, "bad-trust": USAGE,
    "many-ports": USAGE, "port-denied": NO_BOARD, "port-busy": NO_BOARD, "port-gone": NO_BOARD,
    "silent": NO_BOARD, "wrong-chip": WRONG_BOARD, "wrong-board": WRONG_BOARD,
    "silent-pico": NO_BOARD, "no-drive": NO_BOARD, "no-mount": NO_BOARD,
    "no-driver": NO_BOARD,
    "small-flash": WRONG_BOARD, "locked": WRONG_BOARD, "provisioned": WRONG_BOARD,
    "not-provisioned": WRONG_BOARD, "unasked": WRONG_BOARD, "no-tls-key": WRONG_BOARD,
    "not-taken": SELFTEST_FAILED,
    "verify-failed": VERIFY_FAILED, "copy-failed": VERIFY_FAILED,
    "bad-registry": USAGE,
    "duplicate": WRONG_BOARD, "same-board": WRONG_BOARD, "selftest-failed": SELFTEST_FAILED,
    "no-ack": SELFTEST_FAILED, "not-enrolled": SELFTEST_FAILED, "rolled-back": SELFTEST_FAILED,
    "no-tool": USAGE,
}  # fmt: skip


class Failure(Exception):
    """A board that did not make it: a word of the table, and its values."""

    def __init__(self, word: str, **values: Any) -> None:
        super().__init__(word)
        self.word = word
        self.values = values

    @property
    def status(self) -> int:
        """The exit status."""
        return _STATUS.get(self.word, BOARD_FAILED)

    def sentence(self, language: str = "en") -> str:
        """What went wrong, and what to do next."""
        return self._say(WORDS[self.word][LANGUAGES.index(language)], language)

    def wrong(self, language: str = "en") -> str:
        """What went wrong, and no more: what stands before the semicolon."""
        text = WORDS[self.word][LANGUAGES.index(language)]
        return self._say(re.split("; |；", text)[0].rstrip(".。"), language)

    def end(self, language: str, pole_id: str, mac: str) -> dict[str, Any]:
        """The last event of a board that failed."""
        return {"step": "end", "state": "fail", "id": pole_id, "mac": mac, "word": self.word,
                "sentence": self.sentence(language), "wrong": self.wrong(language)}  # fmt: skip

    def _say(self, text: str, language: str) -> str:
        """A step is named in the language, too."""
        values = dict(self.values)
        if "step" in values:
            values["step"] = say(values["step"], language)
        return _filled(text, language, values)
