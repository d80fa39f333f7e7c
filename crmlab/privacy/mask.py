"""Free text without what names a person: phone, identity card, bank card, e-mail, and names with a form of address."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from crmlab.text.catalogue import tr

__all__ = ["mask_text"]

_DIGIT_EDGE = r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z])"
_GAP = r"[ \-–—.·]?"
#: surnames of two characters; all others are taken to have one
_DOUBLE = (
    "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|夏侯|长孙|宇文|司徒|端木|南宫|百里|独孤|轩辕|西门"
)
_SINGLE = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜"
    "戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶"
    "洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂焦向柳邢岳齐沿梅莫庄辛管祝左涂谷祁时舒耿牟卜路詹关苗凌费纪靳盛童欧"
    "甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅"
)
_FORMS = "先生|女士|小姐|太太|夫人|老师|经理|师傅|医生|大夫|同学|同志|阿姨|叔叔|大哥|大姐"

_EMAIL = re.compile(
    r"[0-9A-Za-z._%+\-\u4e00-\u9fff]{1,64}\s?(?:@|\(at\)|\[at\])\s?(?:[0-9A-Za-z\-]{1,63}\s?\.\s?){1,8}[A-Za-z]{2,24}",
    re.IGNORECASE,
)
_IDENTITY = re.compile(
    rf"{_DIGIT_EDGE[0]}[1-9]\d{{5}}{_GAP}(?:19|20)\d{{2}}{_GAP}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]){_GAP}\d{{3}}[\dXx]"
    rf"{_DIGIT_EDGE[1]}"
)
#: 18 signs that look like an identity card even where the birthday makes no sense: a slip of the pen names somebody too
_EIGHTEEN = re.compile(rf"{_DIGIT_EDGE[0]}\d{{17}}[\dXx]{_DIGIT_EDGE[1]}")
_CARD = re.compile(rf"{_DIGIT_EDGE[0]}(?!00)\d(?:{_GAP}\d){{12,18}}{_DIGIT_EDGE[1]}")
_MOBILE = re.compile(
    rf"(?<!\d)(?:(?:\+|00)?86{_GAP})?1{_GAP}?[3-9]\d{_GAP}(?:\d{{4}}{_GAP}\d{{4}}|\d{{3}}{_GAP}\d{{5}}|\d{{2}}{_GAP}\d{{3}}{_GAP}\d{{3}})(?!\d)"
)
_LANDLINE = re.compile(
    rf"(?<!\d)[(（]?0(?:10|2\d|[3-9]\d{{2}})[)）]?[ \-–—]?\d{{3,4}}{_GAP}\d{{4}}(?:\s?(?:转|ext\.?|x)\s?\d{{1,6}})?(?!\d)"
)
_SERVICE = re.compile(rf"(?<!\d)[48]00{_GAP}\d{{3,4}}{_GAP}\d{{3,4}}(?!\d)")
_ABROAD = re.compile(rf"(?<![\w+])(?<!\d[ \-])(?:\+|00){_GAP}[1-9](?:[ \-–—.()]{{0,2}}\d){{6,14}}(?!\d)")
_PLAIN = re.compile(r"(?<![\d.,])\(?\d{3}\)?[ \-.]\d{3}[ \-.]\d{4}(?!\d)")
_CHINESE = re.compile(rf"(?:{_DOUBLE}|[{_SINGLE}])[\u4e00-\u9fff]{{0,2}}?(?={_FORMS})")
_LATIN = re.compile(
    r"\b(?P<form>Mr|Mrs|Ms|Miss|Mx|Dr|Prof)\b\.?\s+"
    r"(?:[A-ZÀ-Þ][\w’'\-]*\.?)(?:\s+(?:van|von|de|der|da|di|la|le|[A-ZÀ-Þ][\w’'\-]*\.?)){0,3}"
)


def mask_text(text: str) -> str:
    """Return a text with a word in brackets in place of what names a person.

    Masked are: e-mail addresses; Chinese identity cards (18 signs, the last perhaps X, whether their check digit is right
    or not); bank cards (13 to 19 digits, also in groups); Chinese mobile numbers (with +86 or without, in groups), land
    lines with their area code, 400 and 800 numbers, international numbers (+ or 00) and the North American form; and names
    before a Chinese form of address (王先生, 欧阳女士, 张伟经理) or after an English one (Mr Smith). Full-width digits and
    letters are read as ordinary ones, and invisible characters are taken out before.

    Parameters
    ----------
    text
        Anything that a customer wrote.

    Returns
    -------
    str
        The text; what was found is named in the reader's language: ``[phone]``, ``[电话]``.

    Notes
    -----
    **This finds forms, not meanings.** Names without a form of address, nicknames, addresses, order and plate numbers,
    numbers written as words (幺三八…), and what a customer tells of a rare event stay. A masked text is still personal
    data: read it before you show it to others. Numbers of 13 to 19 digits that are no cards are masked as well: too much
    is better than too little.

    Checked against: numbers made by the rules of GB 11643 (check digit) and of ISO/IEC 7812 (Luhn), in all their usual
    groupings.

    Examples
    --------
    >>> mask_text("请王先生回电 138-0013-8000，或发到 wang@example.com")
    '请[name]先生回电 [phone]，或发到 [e-mail]'
    >>> mask_text("11010519491231002X paid 49.90 on 2024-03-05")
    '[identity card] paid 49.90 on 2024-03-05'

    """
    plain = "".join(
        char for char in unicodedata.normalize("NFKC", _punctuation_kept(str(text))) if not _invisible(char)
    )
    plain = plain.translate(_BACK)
    words: list[tuple[re.Pattern[str], Callable[[], str]]] = [
        (_EMAIL, lambda: tr("[e-mail]")),
        (_IDENTITY, lambda: tr("[identity card]")),
        (_EIGHTEEN, lambda: tr("[identity card]")),
        (_MOBILE, lambda: tr("[phone]")),
        (_CARD, lambda: tr("[bank card]")),
        (_ABROAD, lambda: tr("[phone]")),
        (_LANDLINE, lambda: tr("[phone]")),
        (_SERVICE, lambda: tr("[phone]")),
        (_PLAIN, lambda: tr("[phone]")),
        (_CHINESE, lambda: tr("[name]")),
    ]
    for pattern, word in words:
        said = word()
        plain = pattern.sub(lambda _, said=said: said, plain)  # type: ignore[misc]
    return _LATIN.sub(lambda found: f"{found['form']} {tr('[name]')}", plain)


#: punctuation that Chinese text keeps, though it has a narrow twin
_KEEP = "，。！？；：（）、“”‘’《》【】…—～"
_THERE = {ord(char): chr(0xE000 + place) for place, char in enumerate(_KEEP)}
_BACK = {0xE000 + place: char for place, char in enumerate(_KEEP)}


def _punctuation_kept(text: str) -> str:
    return text.translate(_THERE)


def _invisible(char: str) -> bool:
    """Say whether a character is unseen: zero width, or a sign that turns the direction of writing."""
    return unicodedata.category(char) in {"Cf", "Cc", "Cs"} and char not in "\n\t"
