"""The page on which somebody says who they are. Plain HTML that works without script."""

from html import escape

from .citizens import Citizen

_STYLE = """
body{font:18px/1.5 system-ui,sans-serif;margin:0;background:#f7f3ee;color:#1d1a16}
header{background:#7a2f12;color:#fff;padding:12px 16px}
main{max-width:640px;margin:0 auto;padding:16px}
h1{font-size:26px;margin:16px 0 8px}h2{font-size:20px;margin:32px 0 8px}
.say{background:#fff4d6;border-left:4px solid #8a5a00;padding:12px 16px}
.bad{background:#fbe9e7;border-left:4px solid #b3261e;padding:12px 16px}
ul{list-style:none;padding:0;margin:0}li{margin:0 0 8px}
button{font:inherit;min-height:44px;padding:8px 16px;border:1px solid #7a6a5c;border-radius:6px;background:#fff;color:inherit;cursor:pointer}
li button{width:100%;text-align:left}li span{display:block;color:#5c5147;font-size:15px}
button.main{background:#7a2f12;border-color:#7a2f12;color:#fff}
button:focus-visible,input:focus-visible,select:focus-visible{outline:3px solid #3d5fa8;outline-offset:2px}
label{display:block;margin:12px 0 4px}
input,select{font:inherit;width:100%;box-sizing:border-box;padding:8px;border:1px solid #7a6a5c;border-radius:6px;background:#fff}
.row{display:flex;gap:8px;align-items:end}.row>div{flex:1}
"""


def _sheet(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="vi"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>"
        "<header><strong>Dịch vụ định danh giả lập</strong></header>"
        f"<main>{body}</main></body></html>"
    )


def _day(iso: str) -> str:
    return "/".join(reversed(iso.split("-"))) if iso else ""


def choose(citizens: list[Citizen], ticket: str, *, wanted: str = "", problem: str = "", given: dict[str, str]) -> str:
    """The list of citizens, and fields for anybody else."""
    lines = "".join(
        f'<li><button name="sub" value="{escape(c.sub)}">{escape(c.full_name)}'
        f"<span>{escape(c.identity_no)} · sinh ngày {escape(_day(c.birth_date))}"
        f"{' · ' + escape(c.address) if c.address else ''}</span></button></li>"
        for c in citizens
    )
    hidden = f'<input type="hidden" name="ticket" value="{escape(ticket)}">'
    wrong = f'<p class="bad" role="alert">{escape(problem)}</p>' if problem else ""
    nobody = "" if lines else "<p>Không có ai trong danh sách khớp với từ tìm kiếm.</p>"
    value = {k: escape(given.get(k, "")) for k in ("identity_no", "full_name", "birth_date")}
    return _sheet(
        "Đăng nhập bằng tài khoản định danh (giả lập)",
        '<p class="say">Đây là trang giả lập thay cho VNeID trong bản trình diễn. Mọi người ở đây đều không có thật. '
        "Không nhập giấy tờ thật của bạn.</p>"
        f"<h1>Bạn là ai?</h1>{wrong}"
        f'<form method="get" action="/authorize"><input type="hidden" name="ticket" value="{escape(ticket)}">'
        f'<div class="row"><div><label for="q">Tìm theo tên hoặc số định danh</label><input id="q" name="q" value="{escape(wanted)}"></div>'
        "<button>Tìm</button></div></form>"
        f'<h2>Công dân mẫu</h2><form method="post" action="/decide">{hidden}<ul>{lines}</ul></form>{nobody}'
        f'<h2>Người khác</h2><form method="post" action="/decide">{hidden}'
        f'<label for="identity_no">Số định danh cá nhân (12 chữ số)</label><input id="identity_no" name="identity_no" inputmode="numeric" value="{value["identity_no"]}">'
        f'<label for="full_name">Họ và tên</label><input id="full_name" name="full_name" value="{value["full_name"]}">'
        f'<label for="birth_date">Ngày sinh (ngày/tháng/năm)</label><input id="birth_date" name="birth_date" value="{value["birth_date"]}">'
        '<p><button class="main" name="typed" value="1">Đăng nhập với thông tin này</button></p></form>'
        f'<form method="post" action="/decide">{hidden}<button name="cancel" value="1">Không đăng nhập</button></form>',
    )


def refused(words: str) -> str:
    """A request that cannot be answered."""
    return _sheet("Không đăng nhập được", f'<h1>Không đăng nhập được</h1><p class="bad">{escape(words)}</p>')
