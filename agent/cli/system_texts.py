"""What the system refused, and what to do next: for every command, in English and Chinese."""

import errno
import os

# errno: (English, Chinese). Where the system names a file, its name goes before.
SYSTEM_TEXTS: dict[int, tuple[str, str]] = {
    errno.ENOENT: (
        "No such file or directory: check the name and the folder.",
        "不存在：请检查名称和所在文件夹。",
    ),
    errno.EEXIST: (
        "File exists, and is kept: give another name, or move it away first.",
        "已存在，予以保留：请另取名称，或先将其移走。",
    ),
    errno.EISDIR: (
        "Is a directory: give the name of a file.",
        "是文件夹：请给出文件名。",
    ),
    errno.ENOTDIR: (
        "Not a directory: a file is in the way of a folder; give another name.",
        "不是文件夹：路径中有同名文件，请另取名称。",
    ),
    errno.ENOTEMPTY: (
        "Directory not empty: give another name, or empty it first.",
        "文件夹不为空：请另取名称，或先将其清空。",
    ),
    errno.EACCES: (
        "Permission denied: run this as the user it belongs to, or with sudo.",
        "权限不足：请以其所有者身份运行，或使用 sudo。",
    ),
    errno.EPERM: (
        "Operation not permitted: run this with sudo.",
        "不允许此操作：请使用 sudo 运行。",
    ),
    errno.EROFS: (
        "Read-only file system: give a name on another disk, or make this one writable.",
        "文件系统只读：请改用其他磁盘，或使其可写。",
    ),
    errno.ENOSPC: (
        "No space left on device: make room there, then start again.",
        "磁盘空间不足：请腾出空间后重试。",
    ),
    errno.EIO: (
        "Input/output error: the disk or the stick may be failing; try another.",
        "读写错误：磁盘或存储盘可能已损坏，请更换后重试。",
    ),
    errno.ENAMETOOLONG: (
        "File name too long: give a shorter one.",
        "名称过长：请换一个较短的名称。",
    ),
    errno.EADDRINUSE: (
        "Address already in use: end the program that listens there, or give another port.",
        "地址已被占用：请结束占用它的程序，或换一个端口。",
    ),
    errno.EADDRNOTAVAIL: (
        "Cannot assign requested address: give one of this machine, such as 0.0.0.0.",
        "本机没有该地址：请给出本机地址，如 0.0.0.0。",
    ),
    errno.ECONNREFUSED: (
        "Connection refused: is it running there, and is the port right?",
        "连接被拒绝：请确认对方正在运行且端口正确。",
    ),
}

NOT_UTF8 = (
    "no text in UTF-8: is it the right file? Save it as UTF-8 ({error})",
    "不是 UTF-8 文本：请确认文件无误，并以 UTF-8 保存（{error}）",
)


def told(error: OSError, chinese: bool) -> str:
    """What to tell a person. An error that says more than its number does is left as it is."""
    text = error.strerror or str(error)
    number = error.errno
    if number in SYSTEM_TEXTS and text == os.strerror(number):
        text = SYSTEM_TEXTS[number][1 if chinese else 0]
    if not error.filename:
        return text
    file = os.fsdecode(error.filename) if isinstance(error.filename, bytes) else error.filename
    return f"{file} {text}" if chinese and number in SYSTEM_TEXTS else f"{file}: {text}"
