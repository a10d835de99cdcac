"""What ``pole drivers`` says, in English and Chinese, from one table. Titles and sources are names;
they stay as they are."""

# code: (English, Chinese). Places in braces are filled in.
DRIVER_TEXTS: dict[str, tuple[str, str]] = {
    "model": ("MODEL", "型号"),
    "kind": ("KIND", "类别"),
    "protocol": ("PROTOCOL", "协议"),
    "status": ("STATUS", "状态"),
    "channels": ("CHANNELS", "通道"),
    "from settings": ("those that the settings describe", "由配置描述"),
    "more": ("`pole drivers MODEL` shows one in full",
             "`pole drivers 型号` 查看某一驱动的全部内容"),
    "title": ("{model}: {title} ({status})", "{model}：{title}（{status}）"),
    "line": ("{kind}, {protocol}, leaves its factory at {line}",
             "{kind}，{protocol}，出厂默认 {line}"),
    "warm-up": ("warm-up {seconds} s", "预热 {seconds} 秒"),
    "channel": ("channel {name} in {unit}, in steps of {step}",
                "通道 {name}，单位 {unit}，分辨率 {step}"),
    "option": ("option {name}: {text}", "选项 {name}：{text}"),
    "cycle": ("to change its address: power off and on", "修改地址：断电再上电"),
    "write": ("to change its address: write 0x{register:04x}", "修改地址：写 0x{register:04x}"),
    "source": ("source: {source}", "来源：{source}"),
}  # fmt: skip

# What drivers say themselves, in English. One that is not here, as of a driver of one's own, is
# shown as it is.
CHINESE: dict[str, str] = {
    "proven": "已验证",
    "unproven": "未验证",
    "serial": "串口",
    "air quality": "空气质量",
    "any": "任意",
    "contact": "触点",
    "electricity": "电力",
    "gas": "气体",
    "metering": "计量",
    "position": "定位",
    "soil": "土壤",
    "switch": "开关",
    "tilt": "倾斜",
    "water level": "水位",
    "weather": "气象",
    "the device's Modbus address, 1 to 247; 255: whatever it is, of one alone on its line":
        "设备的 Modbus 地址，1 至 247；255：线路上只有一台时，不论其地址",
    "ratio of the current transformers, 1 to 9999": "电流互感器变比，1 至 9999",
    "ratio of the voltage transformers, 1 to 9999": "电压互感器变比，1 至 9999",
    "what it meters": "计量对象",
    "the meter's number of up to 14 digits; none where one meter is alone on its line":
        "表号，最多 14 位；线路上只有一块表时可省略",
    'the sensor\'s height over the dry road, such as "3200 mm"; gives the channel level':
        "传感器距干燥路面的高度，如 \"3200 mm\"；由此得到通道 level",
    "where they stand": "位于何种寄存器",
    "the first input's place, 0 to 65000": "第一个输入的位置，0 至 65000",
    "what hangs on the input": "该输入所接的信号",
    "the input's state while it is the case": "信号成立时该输入的状态",
    "the meter's number of up to 12 digits": "表号，最多 12 位",
    "the meter's number of up to 12 digits; none where one meter is alone on its line":
        "表号，最多 12 位；线路上只有一块表时可省略",
    "which gas it measures": "所测气体",
    "the decimals of its value, 0 to 3": "数值的小数位数，0 至 3",
    "at least one [[line.device.field]]": "至少一个 [[line.device.field]]",
    "how far it sees": "量程",
    "what 100 %LEL is by: ISO 10156 or IEC 60079-20-1":
        "100 %LEL 的依据：ISO 10156 或 IEC 60079-20-1",
    "1 to 247; 248 for one module alone": "1 至 247；仅有一个模块时可用 248",
    "what one count of the level is": "水位每一计数代表多少",
    "how many relays it has, 1 to 32": "继电器数量，1 至 32",
    "the safe state of its relays": "继电器的安全状态",
    "what register 507 holds": "寄存器 507 的含义",
    "m/s of one count of wind": "风速每一计数代表多少 m/s",
    "which one": "型号变体",
}  # fmt: skip
