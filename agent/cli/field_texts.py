"""What ``pole commission``, ``drill``, ``handover`` and ``courier`` say, from one table."""

# code: (English, Chinese). Places in braces are filled in.
FIELD_TEXTS: dict[str, tuple[str, str]] = {
    "no-agent": ("No agent runs with {file}.", "没有程序在使用 {file} 运行。"),
    "agent-silent": (
        "The agent that runs with {file} does not answer: see its log.",
        "使用 {file} 运行的程序没有应答：请查看其运行日志。",
    ),
    # pole maintenance, pole relay
    "maintenance-on": (
        "Maintenance for {length}, by {who}.",
        "维护开始，时长 {length}，操作人 {who}。",
    ),
    "maintenance-over": ("Maintenance has ended.", "维护已结束。"),
    "relay-ordered": (
        "{relay} is ordered {state} for {length}, by {who}; see the page for its state.",
        "已令 {relay} 切换到 {state}，时长 {length}，操作人 {who}；其状态见页面。",
    ),
    "relay-auto": (
        "{relay} follows its alarms again, by {who}; see the page for its state.",
        "{relay} 恢复随告警动作，操作人 {who}；其状态见页面。",
    ),
    # pole commission
    "code": ("code for the label inside the box: {code}", "箱内标签上的操作码：{code}"),
    "code-there": (
        "{file} is there already, and is kept: its code stands on the label inside the box. For a "
        "new code move it away first, or give another name with --out.",
        "{file} 已存在，予以保留：其操作码在箱内标签上。如需新的操作码，请先将其移走，"
        "或用 --out 另取名称。",
    ),
    "unserved": (
        "The page cannot be served at {page}: give another address with --page, such as "
        "127.0.0.1:0.",
        "无法在 {page} 提供页面：请用 --page 换一个地址，如 127.0.0.1:0。",
    ),
    "node-ended": (
        "The node ended at once: `pole run --settings {settings}` tells why.",
        "节点启动后立即结束：可用 `pole run --settings {settings}` 查看原因。",
    ),
    "hash": ("its hash is in {file}", "其哈希保存在 {file}"),
    "page": ("page of the pole: {url}  code: {code}", "灯杆页面：{url}  操作码：{code}"),
    "platform": ("page of the platform: {url}", "平台页面：{url}"),
    "label": ("label of the box: {label}", "机箱标签：{label}"),
    "air": (
        "Wi-Fi {network}, password {password}: {url} for {length}. The cable may go; then the "
        "board works by itself again.",
        "Wi-Fi：{network}，密码：{password}，页面：{url}，时长 {length}。"
        "可以拔线；到时板卡恢复独立运行。",
    ),
    "button": (
        "The page is in the board. Its button, held for 3 s, opens Wi-Fi {network}, password "
        "{password}: {url} for {length}. An update takes the page away.",
        "页面已存入板中。按住板上按钮 3 秒即开启 Wi-Fi：{network}，密码：{password}，"
        "页面：{url}，时长 {length}。更新后需重新存入。",
    ),
    "released": ("The board works by itself again.", "板卡已恢复独立运行。"),
    "reporting": (
        "reporting: the platform acknowledges what the pole signs",
        "上报中：平台确认灯杆签名的数据",
    ),
    "drilling": (
        "bound, and a drill of underpass/level begins: the water rises",
        "已绑定，开始演练 underpass/level：水位上升",
    ),
    "drilled": (
        "the drill passed: alarm after {raised} ms, in the journal after {sealed} ms, "
        "acknowledged after {acknowledged} ms",
        "演练通过：{raised} 毫秒告警，{sealed} 毫秒写入本地存储，{acknowledged} 毫秒获平台确认",
    ),
    "handed-over": ("handed over: {file}", "已交接：{file}"),
    # pole drill
    "drill-begun": (
        "Drill of {channel}: stimulate it now.",
        "{channel} 演练开始：请立即施加真实刺激。",
    ),
    "drill-over": ("The drill has ended.", "演练已结束。"),
    "drill-refused": ("No drill: {why}.", "无法演练：{why}。"),
    "no such alarm": ("no alarm is set on that channel", "该通道未设告警"),
    "the alarm is active already": (
        "that alarm is active, and a drill would hide it",
        "该告警正在生效，演练会掩盖它",
    ),
    "another drill is on": ("another drill is on", "另一演练正在进行"),
    # pole handover
    "genuine": (
        "genuine: {pole}, {state}, handed over by {who}",
        "真实有效：{pole}，{state}，交接人 {who}",
    ),
    "passed": ("drills passed: {names}", "演练通过：{names}"),
    "undrilled": ("not drilled: {names}", "未演练：{names}"),
    "none": ("none", "无"),
    "unsigned": (
        "{file} is not proven: no device of {registry} signed it.",
        "{file} 未能验证：{registry} 中没有设备为其签名。",
    ),
    "of-another": (
        "{file} is not proven: the key that signed it is not that of {pole}.",
        "{file} 未能验证：为其签名的密钥不属于 {pole}。",
    ),
    "this is no handover sheet": (
        "{file} is no handover sheet, or it was changed.",
        "{file} 不是交接单，或已被改动。",
    ),
    "its facts are not what its device signed": (
        "{file} was changed: its facts are not what its device signed.",
        "{file} 已被改动：其内容与设备签名不符。",
    ),
    "what it shows is not what its device signed": (
        "{file} was changed: what it shows is not what its device signed.",
        "{file} 已被改动：所示文字与设备签名不符。",
    ),
    "what it shows is in no wording that is known, and no device signed it": (
        "{file} is not proven: its device signed the facts inside it, but not yet its text, which "
        "is in no wording that is known: it was changed, or an early version made it.",
        "{file} 未能验证：设备签署了其中的数据，但当时尚未签署文字，"
        "而所示文字不是任何已知的版本：已被改动，或由早期版本生成。",
    ),
    # pole courier
    "collected": (
        "{pole}: {count} frames wait, {new} of them are new on the stick",
        "{pole}：{count} 帧待上报，其中 {new} 帧为本次新取",
    ),
    "delivered": (
        "{pole}: {count} frames delivered, {acks} acknowledgements to bring back",
        "{pole}：已交付 {count} 帧，取得 {acks} 份确认，请带回",
    ),
    "unacknowledged": (
        "{pole}: the platform took them, and acknowledged nothing: is its key enrolled?",
        "{pole}：平台已收下但未确认：密钥是否已登记？",
    ),
    "undelivered": (
        "{pole}: not delivered: {error}; the stick keeps them: check address and network, and "
        "deliver again.",
        "{pole}：未能交付：{error}；数据仍在存储盘上：请检查地址和网络后再次交付。",
    ),
    "no-page": (
        "{error}; join the network of the box, see that its agent runs, and try again.",
        "{error}；请连接机箱的网络，确认程序正在运行，然后重试。",
    ),
    "empty": ("There are no frames in {folder}.", "{folder} 中没有数据帧。"),
    "returned": (
        "{pole}: {genuine} acknowledgements taken, {refused} refused",
        "{pole}：接受确认 {genuine} 份，拒绝 {refused} 份",
    ),
    "nothing-to-return": (
        "{pole}: no acknowledgement on the stick: deliver first.",
        "{pole}：存储盘上没有确认：请先交付。",
    ),
}
