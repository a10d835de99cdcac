"""What ``pole status`` says, in English and Chinese, from one table."""

# code: (English, Chinese). Places in braces are filled in.
STATUS_TEXTS: dict[str, tuple[str, str]] = {
    "none": (
        "No agent runs with {file}. Start it with `pole run {file}`.",
        "没有程序在使用 {file} 运行。请用 `pole run {file}` 启动。",
    ),
    "stopped": (
        "No agent runs with {file}. Start it with `sudo systemctl start pole`, or look why it "
        "ended: journalctl -u pole",
        "没有程序在使用 {file} 运行。请用 `sudo systemctl start pole` 启动，或查看停止原因："
        "journalctl -u pole",
    ),
    "denied": (
        "You may not ask the agent of {file}: run it with sudo.",
        "无权查询 {file} 的程序：请用 sudo 运行。",
    ),
    "mute": (
        "The agent of {file} does not answer: it may be busy or hang; systemd restarts it then.",
        "{file} 的程序没有应答：可能繁忙或已卡住，systemd 会将其重启。",
    ),
    "head": (
        "{pole}: agent {version}, up {up}, start {boot} ({reason})",
        "{pole}：程序 {version}，已运行 {up}，第 {boot} 次启动（{reason}）",
    ),
    "power-on": ("the machine was switched on", "机器上电"),
    "restart": ("after an orderly end", "正常重启"),
    "crash": ("after a crash", "异常退出后重启"),
    "kept": ("version {active} is confirmed", "版本 {active} 已正式启用"),
    "trial": (
        "version {active} is on trial: {failures} of 3 failures, {hours} of {deadline} hours "
        "without an acknowledged frame; then {fallback}",
        "版本 {active} 试运行中：失败 {failures}/3 次，{hours}/{deadline} 小时未获确认；之后回退到 "
        "{fallback}",
    ),
    "lost": (
        "Python {python}, by which {name} runs, is gone from this machine: it cannot start again. "
        "Repair it: sudo pole install BUNDLE",
        "{name} 所用的 Python {python} 已不在本机：程序无法再次启动。请修复："
        "sudo pole install 软件包",
    ),
    "reason": ("the last failure: {reason}", "上次失败：{reason}"),
    "cost": ("CPU {cpu} %, memory {memory} (peak {peak})",
             "CPU {cpu} %，内存 {memory}（峰值 {peak}）"),
    "dropped": ("{rows} rows were lost while the storage failed.",
                "存储介质故障期间丢失 {rows} 行。"),
    "line": ("LINE", "线路"),
    "use": ("USE", "占用"),
    "sent": ("SENT", "发送"),
    "heard": ("HEARD", "接收"),
    "late": ("TIMEOUTS", "超时"),
    "skipped": ("cannot keep up: {count} read-outs skipped", "来不及读取：已跳过 {count} 次"),
    "broken": ("out of order: {why}", "故障：{why}"),
    "well": ("well", "正常"),
    "warming up": ("warming up", "预热中"),
    "unheard": ("not heard yet", "尚无应答"),
    "failing": ("failing: {error}", "应答异常：{error}"),
    "silent": ("silent, asked again in {seconds} s: {error}",
               "无应答，{seconds} 秒后再问：{error}"),
    "journal": ("JOURNAL  {used} of {size} in use, {percent} % full",
                "本地存储  已用 {used}，共 {size}，{percent} %"),
    "lane": ("{name}: {waiting} of {frames} frames wait",
             "{name}：{frames} 帧中 {waiting} 帧待确认"),
    "oldest": (", the oldest from {at}", "，最早 {at}"),
    "alarm": ("alarm", "告警"),
    "telemetry": ("telemetry", "遥测"),
    "diagnostic": ("diagnostic", "诊断"),
    "uplink": ("UPLINK   {url}: {state}", "上报      {url}：{state}"),
    "up": ("connected", "已连接"),
    "down": ("no connection {error}", "未连接 {error}"),
    "acknowledged": ("last acknowledged {ago} ago, round trip {ms} ms",
                     "上次确认于 {ago} 前，往返 {ms} 毫秒"),
    "never": ("nothing acknowledged since the start", "启动以来尚未收到确认"),
    "moved": ("{frames} frames, {sent} up and {heard} down",
              "{frames} 帧，上行 {sent}，下行 {heard}"),
    "certificate good": ("certificate good until {until}", "证书有效期至 {until}"),
    "certificate ends": (
        "the certificate ends on {until}: renew it with `pole identity csr --tls --next`",
        "证书将于 {until} 到期：请用 `pole identity csr --tls --next` 更换",
    ),
    "today": ("DATA     {today} today", "流量      今日 {today}"),
    "budget": ("DATA     {today} today, of {budget}", "流量      今日 {today}，限额 {budget}"),
    "time": ("TIME     {quality}, from {source}: {at}", "时间      {quality}，来自 {source}：{at}"),
    "no-time": ("TIME     not known yet: readings carry the uptime",
                "时间      尚未获知：读数以运行时间标记"),
    "synced": ("synced", "已同步"),
    "holdover": ("not renewed for 6 hours", "超过 6 小时未校准"),
    "unsynced": ("not synced", "未同步"),
    "no-alarm": ("ALARMS   none", "告警      无"),
    "active": ("ALARMS   {count} active", "告警      {count} 个"),
    "one": ("{where}: {state} for {time}", "{where}：{state}，已 {time}"),
    "pending": ("pending", "判定中"),
    "raised": ("raised", "告警"),
    "blind": ("blind", "无法监测"),
    "muted": ("muted", "静音"),
    "maintenance": ("Maintenance is on: alarms are told as muted.", "维护中：告警以静音上报。"),
    "rationed": ("HELD     one row in {keep} is kept, sent up to lane {lane}: {why}",
                 "限量      每 {keep} 行保留 1 行，发送到 {lane} 级：{why}"),
    "free": ("HELD     nothing is held back", "限量      无"),
    "the journal is filling": ("the journal is filling", "本地存储将满"),
    "the data budget of the day is running out": (
        "the data budget of the day is running out", "当日流量限额将用完"),
    "the data budget of the day is spent": (
        "the data budget of the day is spent", "当日流量限额已用完"),
}  # fmt: skip
