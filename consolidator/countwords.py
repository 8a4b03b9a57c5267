"""Words that stand behind figures in prose: what is counted, each with the word it is compared under.

`numerals` reads whole cells and has its own, shorter list; here a word must be found at the head of running text, and
what reports use for the same thing ("đoàn viên", "đồng chí" for people) must meet in one word.
"""

from __future__ import annotations

import re

MONEY, PERCENT, PEOPLE, ATTENDANCES = "đồng", "%", "người", "lượt"

_KINDRED = {
    MONEY: "đồng, đ, ^đ, ^d, vnđ, vnd, ₫",
    PERCENT: "%, phần trăm",
    "m2": "m2, m², mét vuông",
    PEOPLE: """người, người lao động, nlđ, đồng chí, đ/c, đoàn viên, đv, đvcđ, cán bộ, cb, cnvclđ, cnvc-lđ, ccvclđ,
        cnlđ, cbccvc, cbccvclđ, công nhân, lao động, viên chức, công chức, giáo viên, nhà giáo, em, cháu, học sinh,
        sinh viên, vận động viên, hội viên, thành viên, đại biểu, ủy viên, nữ, nam, công nhân lao động, chủ tịch,
        đảng viên""",
    ATTENDANCES: "lượt",
    "CĐCS": "cđcs, công đoàn cơ sở",
    "doanh nghiệp": "doanh nghiệp, dn, công ty",
    "đơn vị": "đơn vị, công đoàn cấp trên, công đoàn ngành, công đoàn, cơ quan, lđlđ, huyện, các cấp công đoàn, trường",
    "hộ": "hộ, hộ gia đình, gia đình",
    "nhà": "nhà, căn nhà, căn, ngôi nhà, mái ấm, ngôi",
    "suất": "suất, xuất, phần quà, suất quà, quà, phần",
    "vụ": "vụ, vụ việc",
    "đơn": "đơn, đơn thư, lá đơn",
    "văn bản": "văn bản, dự thảo, dự thảo văn bản, bản góp ý",
    "tin bài": "tin bài, tin, bài, bài viết, phóng sự",
    "UBKT": "ubkt, ủy ban kiểm tra, uỷ ban kiểm tra",
    "phòng": "phòng, phòng học",
    "trang": "trang, fanpage, website",
    "bản": "bản, thỏa ước, thoả ước, tưlđtt",
}
_ALONE = """cuộc, lần, buổi, đợt, hội nghị, lớp, cơ sở, ban, tổ, nghiệp đoàn, tập thể, cá nhân, câu lạc bộ, clb, đội,
kiến nghị, ý kiến, chỉ tiêu, mô hình, dự án, hoạt động, sáng kiến, đề tài, công trình, chương trình, chức danh, gian,
ngày, thẻ, giải, bằng khen, giấy khen, cái, chiếc, quyển, cuốn, tờ, bộ, xã, trường hợp, hợp đồng, chi bộ, nhiệm vụ,
giải pháp, sản phẩm, phần việc, điểm, khu, kg, km, ha, tấn, phút, băng rôn, pano, tủ sách, chuyến, cụm,
tổ chức, nội dung, điều"""

UNITS = {one: kind for kind, words in _KINDRED.items() for one in re.split(r",\s+", words)}
UNITS |= {one: one for one in re.split(r",\s+", _ALONE)}
"""Words by small letters, with their normal form."""

_AT_HEAD = re.compile(
    r" {0,3}("
    + "|".join(re.escape(one).replace("\\ ", " {1,3}") for one in sorted(UNITS, key=len, reverse=True))
    + r")(?![^\W\d_])"
)


def unit_at(text: str, start: int) -> tuple[str, int]:
    """The unit that small-letter text has at a place, in its normal form, and where it ends; ("", start) if none."""
    found = _AT_HEAD.match(text, start)
    return (UNITS[" ".join(found[1].split())], found.end()) if found else ("", start)
