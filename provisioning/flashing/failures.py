"""How a board's failure is told: what is wrong, and what to do next, in one sentence."""

# word: (English, Chinese). Places in braces are filled in.
FAILURES: dict[str, tuple[str, str]] = {
    "bad-bundle": ("The bundle is refused: {reason}; get it again from whoever released it.",
                   "软件包被拒绝：{reason}；请向发布者重新获取。"),
    "no-trust": ("No release key is known here; give its public half with --trust FILE.",
                 "本机没有发布公钥；请用 --trust 文件 指定。"),
    "unread-trust": ("{path} cannot be read ({reason}); give the release.pub of whoever made the "
                     "bundle with --trust.",
                     "无法读取 {path}（{reason}）；请用 --trust 指定软件包发布者的 release.pub。"),
    "bad-trust": ("{path} is not the public half of a release key (130 hex digits); give the "
                  "release.pub of whoever made the bundle with --trust.",
                  "{path} 不是发布公钥（130 位十六进制数）；"
                  "请用 --trust 指定软件包发布者的 release.pub。"),
    "bad-settings": ("The settings are refused: {reason}; correct the line and start again.",
                     "配置有误：{reason}；请改正后重新开始。"),
    "no-port": ("No board is connected; plug it in with a data cable, not a charging cable.",
                "未发现板卡；请用数据线（不是充电线）连接。"),
    "no-driver": ("A serial converter is plugged in ({what}), but this system gives it no port; "
                  "remove brltty if it is installed, else install the converter's driver, and plug "
                  "it in again.",
                  "已插入串口转换器（{what}），但系统未分配端口；如装有 brltty 请卸载，"
                  "否则请安装转换器的驱动，然后重新插拔。"),
    "many-ports": ("Several boards are connected ({ports}); name one with --port.",
                   "连接了多块板（{ports}）；请用 --port 指定一块。"),
    "port-denied": ("You may not open {port}; add yourself to the group dialout and log in again.",
                    "无权打开 {port}；请把用户加入 dialout 组并重新登录。"),
    "port-busy": ("{port} is used by another program; close it and start again.",
                  "{port} 被其他程序占用；请关闭后重试。"),
    "port-gone": ("{port} is not there; check cable and USB plug.",
                  "{port} 不存在；请检查线缆和 USB 接头。"),
    "silent": ("The board does not answer on {port}; hold BOOT, press RESET, release BOOT, and "
               "start again; if that does not help, use another cable.",
               "{port} 上的板卡无应答；请按住 BOOT，按一下 RESET，松开 BOOT 后重试；"
               "仍不行请换一根线。"),
    "silent-pico": ("The board does not answer on {port}; unplug it, hold BOOTSEL, plug it in "
                    "again, and start again.",
                    "{port} 上的板卡无应答；请拔下，按住 BOOTSEL 重新插入，然后重新开始。"),
    "no-drive": ("{drive} is not the drive of a Pico; hold BOOTSEL while you plug it in, and "
                 "start again.",
                 "{drive} 不是 Pico 的驱动器；请按住 BOOTSEL 重新插入，然后重新开始。"),
    "no-mount": ("The board has become a drive, but it is not mounted; mount it, and start again "
                 "with --drive FOLDER.",
                 "板卡已变为驱动器，但未挂载；请挂载后用 --drive 文件夹 重新开始。"),
    "no-start": ("The firmware is written, but no port of the board appears; plug it in again, "
                 "and start again.",
                 "固件已写入，但未出现板卡的端口；请重新插拔后再开始。"),
    "wrong-chip": ("This board is a {chip}, and the bundle is for {wanted}; take the right board, "
                   "or the bundle for this one.",
                   "此板为 {chip}，而软件包适用于 {wanted}；请换板，或换用对应的软件包。"),
    "wrong-board": ("This bundle has no board {board} with this chip; give --board one of: "
                    "{boards}.",
                    "软件包中没有使用此芯片的板型 {board}；请用 --board 指定：{boards}。"),
    "small-flash": ("This board has {have} MB of flash, and {need} MB are needed; take the larger "
                    "board.", "此板闪存 {have} MB，需要 {need} MB；请换用更大闪存的板。"),
    "locked": ("This board is locked ({what}); it cannot be flashed by this tool, take another "
               "one.", "此板已锁定（{what}）；本工具无法写入，请换一块。"),
    "provisioned": ("This board has an identity already; use --update to keep it, or "
                    "--reprovision to give it a new one.",
                    "此板已有身份；用 --update 保留，或用 --reprovision 重新生成。"),
    "unasked": ("The board carries this software, but does not answer; press RESET and run again, "
                "or lose its identity and journal by --reprovision.",
                "板上已有本软件但无应答；"
                "请按 RESET 后重新运行，或用 --reprovision"
                "（将丢失身份与本地存储）。"),
    "remote": ("Something failed on the board during {step} ({reason}); run again with "
               "--reprovision.",
               "板上在“{step}”过程中出错（{reason}）；"
               "请用 --reprovision 重新运行。"),
    "not-provisioned": ("There is nothing to update on this board; run without --update.",
                        "此板没有可更新的内容；请去掉 --update 运行。"),
    "write-failed": ("Writing failed after every retry ({reason}); try another cable, then a USB "
                     "port with more power, then another board.",
                     "多次重试后写入仍失败（{reason}）；请换线，再换供电更强的 USB 口，最后换板。"),
    "verify-failed": ("What is in the flash is not what was written; this board's flash is bad, "
                      "put the board aside.", "闪存内容与写入不符；此板闪存损坏，请剔除。"),
    "no-boot": ("The firmware is written, but the board does not start it ({reason}); press RESET "
                "and run again.", "固件已写入但未启动（{reason}）；请按 RESET 后重新运行。"),
    "wrong-version": ("The board runs {found} instead of {wanted}; run again with --reprovision.",
                      "板上运行的是 {found}，应为 {wanted}；请用 --reprovision 重新运行。"),
    "copy-failed": ("A file on the board is not what was copied ({name}); run again, and put the "
                    "board aside if it happens twice.",
                    "板上文件与复制内容不符（{name}）；请重试，再次出现请剔除此板。"),
    "lost": ("The board stopped to answer during: {step}; check the cable and run again.",
             "在“{step}”过程中板卡停止应答；请检查线缆后重新运行。"),
    "not-certified": ("The board's key for TLS is not certified; have {path} certified by `pole "
                      "authority enroll --tls-csr`, put {id}.tls.pem into {folder}, and run again "
                      "with --update.",
                      "板卡的 TLS 密钥尚未签发证书；"
                      "请用 `pole authority enroll --tls-csr` 为 {path} 签发，"
                      "把 {id}.tls.pem 放入 {folder}，再用 --update 运行。"),
    "no-tls-key": ("This board has no key for TLS, so there is none to renew; run with --update "
                   "and --certificates.",
                   "此板没有 TLS 密钥，无从更换；请用 --update 和 --certificates 运行。"),
    "not-renewed": ("The board's next key for TLS is not certified yet; have {path} certified by "
                    "`pole authority renew`, put {id}.tls.pem into {folder}, and run again.",
                    "板卡的下一个 TLS 密钥尚未签发证书；请用 `pole authority renew` "
                    "为 {path} 签发，把 {id}.tls.pem 放入 {folder}，再次运行。"),
    "not-taken": ("No frame was acknowledged within {seconds} s with the new certificate "
                  "({reason}), and the board has the old one again; check ca.pem and the server, "
                  "then run again.",
                  "使用新证书 {seconds} 秒内没有数据帧得到确认（{reason}），板卡已恢复旧证书；"
                  "请检查 ca.pem 和服务器后再次运行。"),
    "renew-failed": ("Something failed on the board ({reason}); run again, and the board goes on "
                     "where it was.",
                     "板上出错（{reason}）；请再次运行，将从中断处继续。"),
    "no-secret": ("There is no OSCORE secret of {id} in {folder}; make one with `pole authority "
                  "oscore`, and run again with --update.",
                  "{folder} 中没有 {id} 的 OSCORE 密钥；请用 `pole authority oscore` 生成，"
                  "再用 --update 运行。"),
    "spent-secret": ("The OSCORE secret in {path} may be in use already; remove it, make another "
                     "one for {id} with `pole authority oscore`, and run again with --update.",
                     "{path} 中的 OSCORE 密钥可能已被使用；请删除，"
                     "用 `pole authority oscore` 为 {id} 重新生成，再用 --update 运行。"),
    "bad-registry": ("The registry cannot be used: {reason}; name the right file with --registry.",
                     "登记表不可用：{reason}；请用 --registry 指定正确的文件。"),
    "workstation": ("This workstation cannot keep what was done ({reason}); make room on its disk "
                    "or correct the path, then run again.",
                    "本机无法保存结果（{reason}）；请腾出磁盘空间或改正路径后重新运行。"),
    "duplicate": ("{reason}; look up which board is really {id}.",
                  "{reason}；请查明哪块板才是 {id}。"),
    "same-board": ("This board ({mac}) was done already as {id}; take the next one.",
                   "此板（{mac}）已作为 {id} 完成；请换下一块。"),
    "selftest-failed": ("The self-test failed: {what}; mend that and run again with --update.",
                        "自检未通过：{what}；请修复后用 --update 重新运行。"),
    "no-ack": ("No frame was acknowledged within {seconds} s ({reason}); check network and "
               "registry, then run again with --update.",
               "{seconds} 秒内没有数据帧得到确认（{reason}）；"
               "请检查网络与登记后用 --update 重试。"),
    "not-enrolled": ("No frame was acknowledged within {seconds} s ({reason}); have {path} "
                     "enrolled by `pole authority enroll`, then run again with --update.",
                     "{seconds} 秒内没有数据帧得到确认（{reason}）；请用 "
                     "`pole authority enroll` 登记 {path}，再用 --update 运行。"),
    "rolled-back": ("The new software failed three times ({reason}), and the one before runs "
                    "again; leave the board as it is, and send the report to the developers.",
                    "新软件连续三次失败（{reason}），已回退到旧软件；"
                    "请保持板卡现状，并把报告发给开发者。"),
    "three-equal": ("Three boards in a row failed alike (the last one: \"{wrong}\"); the bench is "
                    "to blame rather than the boards: check it, then run the same command again.",
                    "连续三块板以同样原因失败（最后一块：“{wrong}”）；"
                    "多半是工位问题，请检查后重新运行同一条命令。"),
    "no-tool": ("{tool} is not installed here; run `make setup`.",
                "本机未安装 {tool}；请运行 `make setup`。"),
    "offline": ("Something tried to reach the network ({what}), and --offline forbids it.",
                "有程序试图访问网络（{what}），而 --offline 禁止联网。"),
    "internal": ("This should not happen ({reason}); send the report to the developers.",
                 "不应发生的错误（{reason}）；请把报告发给开发者。"),
}  # fmt: skip
