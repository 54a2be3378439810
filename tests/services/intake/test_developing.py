"""Papers and phones' pictures: taken as pictures made anew, by a process that may do little; what is not taken says why."""

from __future__ import annotations

import io
import subprocess
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pillow_heif
import pytest
from PIL import Image

from chassis import developing, pictures, typeset

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient

URL = "/api/v1/appeals"


def heic(size: tuple[int, int] = (640, 480)) -> bytes:
    """Give a picture as a phone writes it: with where it was taken, and with a mark that nobody else is to see."""
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    exif.get_ifd(pictures.GPS).update({1: "N", 2: (37.0, 22.0, 48.0), 3: "E", 4: (117.0, 58.0, 12.0)})
    exif.get_ifd(pictures.EXIF).update({pictures.TAKEN: "2026:11:20 10:30:00", pictures.OFFSET: "+09:00"})
    pillow_heif.register_heif_opener()
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, "HEIF", quality=50, exif=exif.tobytes())
    return out.getvalue()


def paper(pages: int) -> bytes:
    """Give a contract of some pages as PDF."""
    text = "".join(f"<p style='page-break-after:always'>劳动合同 第{page}页</p>" for page in range(1, pages))
    return typeset.pdf(f"<meta charset=utf-8>{text}<p>劳动合同 末页</p>")


def page_tree(kids: str, box: str = "0 0 595 842", content: bytes = b"", trailer: bytes = b"") -> bytes:
    """Give a PDF made by hand, of one page that may stand in it several times."""
    made, starts = b"%PDF-1.4\n", []
    for number, part in enumerate(
        (
            b"<</Type/Catalog/Pages 2 0 R>>",
            f"<</Type/Pages/Kids[{kids}]/Count {kids.count('R')}>>".encode(),
            f"<</Type/Page/Parent 2 0 R/MediaBox[{box}]/Contents 4 0 R>>".encode(),
            b"<</Length %d>>stream\n%b\nendstream" % (len(content), content),
        ),
        1,
    ):
        starts.append(len(made))
        made += b"%d 0 obj%b\nendobj\n" % (number, part)
    rows = b"".join(b"%010d 00000 n \n" % start for start in starts)
    table = b"xref\n0 5\n0000000000 65535 f \n%btrailer<</Size 5/Root 1 0 R%b>>\n" % (rows, trailer)
    return made + table + b"startxref\n%d\n%%%%EOF" % len(made)


def upload(client: FlaskClient, content: bytes, name: str) -> Any:
    code = client.post(URL, json={"text": "拖欠工资三个月"}).get_json()["tracking_code"]
    data = {"file": [(io.BytesIO(content), name)]}
    return client.post(f"{URL}/{code}/attachments", data=data, content_type="multipart/form-data")


def test_each_page_of_a_paper_is_kept_as_a_picture_and_nothing_of_the_file(client: FlaskClient) -> None:
    answer = upload(client, paper(2), "劳动合同.pdf")

    assert answer.status_code == 201, answer.get_json()
    kept = answer.get_json()["attachments"]
    assert [one["name"] for one in kept] == ["劳动合同-1.jpg", "劳动合同-2.jpg"]
    for one in kept:
        page = Image.open(io.BytesIO(client.get(one["href"]).data))
        assert (page.format, max(page.size)) == ("JPEG", 2560)
        # Something is written on it.
        assert any(page.convert("L").histogram()[:64])


def test_a_phone_s_picture_is_made_anew_and_its_position_is_the_place(client: FlaskClient) -> None:
    answer = upload(client, heic(), "IMG_0001.HEIC")

    assert answer.status_code == 201, answer.get_json()
    [one] = answer.get_json()["attachments"]
    kept = Image.open(io.BytesIO(client.get(one["href"]).data))
    assert (kept.format, kept.size, dict(kept.getexif())) == ("JPEG", (640, 480), {})
    [picture] = pictures.prepared(heic(), "IMG_0001.HEIC")
    assert picture.position == (117.97, 37.38)
    assert picture.taken_at == datetime.fromisoformat("2026-11-20T10:30:00+09:00")


def test_the_same_paper_twice_is_kept_once() -> None:
    raw = paper(2)

    first, again = (pictures.prepared(raw, name) for name in ("a.pdf", "b.pdf"))

    assert [one.digest for one in first] == [one.digest for one in again]
    assert len({one.digest for one in first}) == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"ID3\x04\x00\x00", "暂不接收语音"),
        (b"#!AMR\n", "暂不接收语音"),
        (b"\x02#!SILK_V3", "暂不接收语音"),
        (b"\x00\x00\x00\x1cftypM4A \x00\x00\x00\x00M4A mp42isom", "暂不接收语音"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "暂不接收语音"),
        (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom", "暂不接收视频"),
        (b"\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00qt  ", "暂不接收视频"),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81", "暂不接收视频"),
        (b"PK\x03\x04\x14\x00", "另存为 PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "另存为 PDF"),
        (b"GIF89a", "请上传 JPEG、PNG、WebP、HEIC 或 PDF"),
        (b"%PDF-1.4", "已损坏"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "已损坏"),
        (page_tree("3 0 R " * 10), "超过 9 页"),
    ],
)
def test_what_is_not_taken_says_why_and_what_to_do(client: FlaskClient, content: bytes, said: str) -> None:
    answer = upload(client, content, "材料")

    assert answer.status_code == 422
    [error] = answer.get_json()["errors"]
    assert said in error["zh"], error


def test_a_locked_paper_is_refused_for_its_lock() -> None:
    keys = b"/O<%b>/U<%b>" % (b"11" * 32, b"22" * 32)
    pdf = page_tree("3 0 R", trailer=b"/ID[<00><00>]/Encrypt<</Filter/Standard/V 1/R 2/P -4/Length 40%b>>" % keys)

    with pytest.raises(developing.UndevelopedError, match="密码"):
        developing.developed(pdf, developing.PDF)


def test_a_page_that_draws_for_ever_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(developing, "_PATIENCE", 2)
    endless = b"0 0 0 rg " + b"0 0 m 600 0 600 900 0 900 c 9 0 9 900 600 3 c f* " * 400_000

    with pytest.raises(developing.UndevelopedError, match="过于复杂"):
        developing.developed(page_tree("3 0 R", content=endless), developing.PDF)


@pytest.mark.parametrize("box", ["0 0 1000000 1000000", "0 0 100000 0.001", "0 0 0 0"])
def test_a_page_of_any_size_becomes_no_larger_than_a_photo(box: str) -> None:
    made = developing.developed(page_tree("3 0 R", box), developing.PDF)

    assert max(Image.open(io.BytesIO(made[0])).size) <= 2560


@pytest.mark.parametrize("points", [8_000, 16_000])
def test_a_phone_s_picture_of_too_many_points_is_refused_before_it_is_read(points: int) -> None:
    raw = heic((64, 64))
    at = raw.index(b"ispe") + 8
    huge = raw[:at] + points.to_bytes(4) * 2 + raw[at + 8 :]

    with pytest.raises(developing.UndevelopedError, match="尺寸过大"):
        developing.developed(huge, developing.HEIC)


@pytest.mark.parametrize(
    ("deed", "opens"),
    [
        ("open('/etc/passwd')", False),
        ("__import__('socket').socket()", False),
        ("print('x', file=open('here', 'w'), flush=True)", True),
        ("bytearray(2 << 30)", True),
        ("__import__('subprocess').run(['true'], check=True)", False),
    ],
)
def test_what_reads_a_file_may_do_nothing_else(tmp_path: Path, deed: str, *, opens: bool) -> None:
    program = f"from chassis import developing; developing._confine(opens={opens}); {deed}"

    bound, free = (
        subprocess.run([sys.executable, "-c", one], capture_output=True, check=False, cwd=tmp_path)
        for one in (program, deed)
    )

    assert free.returncode == 0
    assert bound.returncode, "it could"
