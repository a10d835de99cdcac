"""The qualities of readings (agent.reading.QUALITY_NAMES) in English and Chinese, for every table
of words that tells them.
"""

# code: (English, Chinese).
QUALITY_WORDS: dict[str, tuple[str, str]] = {
    "quality.good": ("good", "良好"),
    "quality.warm-up": ("warm-up", "预热中"),
    "quality.out of range": ("out of range", "超出量程"),
    "quality.stale": ("stale", "陈旧"),
    "quality.maintenance": ("maintenance", "维护中"),
    "quality.calibration": ("calibration", "校准中"),
    "quality.stuck": ("stuck", "数值卡滞"),
    "quality.implausible": ("implausible", "数值存疑"),
    "quality.not fitted": ("not fitted", "未安装"),
    "quality.device fault": ("device fault", "设备故障"),
    "quality.no reply": ("no reply", "无应答"),
}
