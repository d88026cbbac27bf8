"""The page that the teacher opens: nothing that a student handed in runs in it, and what is harmless can be read."""

import json
import os

import bs4
import fake_course
import nbformat
import pytest
from fake_course import cell, right
from lab import CHROMIUM, chromium

from dcgan_course.classroom.grading import feedback, repair

built, released = fake_course.built, fake_course.released

pytestmark = pytest.mark.filterwarnings("ignore:Your element with mimetype")  # nbconvert's, about what it leaves out
RUN = "document.title='RAN'"
HTML = [
    f"<script>{RUN}</script>",
    f'<img src="x" onerror="{RUN}">',
    f'<svg onload="{RUN}"><script>{RUN}</script></svg>',
    f'<a id="link" href="javascript:{RUN}">look</a>',
    f'<a href=" jAvAsCrIpT&#58;{RUN}">look</a>',
    f'<iframe srcdoc="&lt;script&gt;parent.{RUN}&lt;/script&gt;"></iframe>',
    f'<form action="javascript:{RUN}"><button>press</button></form>',
    f'<details open ontoggle="{RUN}">x</details>',
    f'<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror={RUN}&gt;">',
    '<meta http-equiv="refresh" content="0;url=https://example.org"><base href="https://example.org">',
    '<img src="https://example.org/seen.png"><link rel="stylesheet" href="https://example.org/x.css">',
    '<p style="background: url(https://example.org/seen.png)">x</p><style>body { display: none }</style>',
    '<object data="https://example.org"></object><embed src="https://example.org">',
]
MARKDOWN = [f"[look](javascript:{RUN})", f"![x](javascript:{RUN})", f"<javascript:{RUN}>", f"```mermaid\n{HTML[0]}\n```"]
SVG = f'<svg xmlns="http://www.w3.org/2000/svg" onload="{RUN}"><script>{RUN}</script></svg>'
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def page_of(cells):
    """The page for a notebook of these cells, as nbgrader's template makes it."""
    import nbgrader

    templates = os.path.join(os.path.dirname(nbgrader.__file__), "server_extensions/formgrader/templates")
    styles = os.path.join(os.path.dirname(templates), "static/node_modules/bootstrap/dist/css")
    exporter = feedback.SafeHTMLExporter(
        template_name="feedback", extra_template_basedirs=[templates], extra_template_paths=[styles]
    )
    unique = [c | {"id": f"cell-{i}"} for i, c in enumerate(cells)]
    notebook = nbformat.from_dict(fake_course.notebook(unique))
    for marked in (c for c in notebook.cells if "nbgrader" in c.metadata):
        marked.metadata.nbgrader.score = 1.0  # as nbgrader reads it from the gradebook
    grades = {"notebook": "A1", "score": 3, "max_score": 5, "late_penalty": 0}
    return exporter.from_notebook_node(notebook, {"nbgrader": grades})[0]


@pytest.fixture(scope="module")
def hostile():
    """The page of a notebook that tries everything, in text, in raw cells, and in outputs of every kind."""
    cells = [cell(text, kind="markdown") for text in HTML + MARKDOWN] + [cell(text, kind="raw") for text in HTML]
    cells += [cell(f"a = '{text}'", f"A1-{n}", points=1, grade=True) for n, text in enumerate(HTML)]
    outputs = [{"text/html": text} for text in HTML] + [{"text/markdown": text} for text in HTML + MARKDOWN]
    outputs += [{"image/svg+xml": SVG}, {"application/javascript": RUN}, {"text/latex": HTML[0]}]
    outputs += [{"image/png": f'"><script>{RUN}</script>'}, {"text/plain": HTML[0]}, {"application/json": {"a": HTML[0]}}]
    outputs += [{"application/vnd.jupyter.widget-view+json": {"model_id": f"</script>{HTML[0]}"}}]
    shown = cell("show()")
    shown["outputs"] = [{"output_type": "display_data", "data": data, "metadata": {}} for data in outputs]
    shown["outputs"] += [
        {"output_type": "display_data", "data": {"text/html": HTML[0]}, "metadata": {"text/html": {"isolated": True}}},
        {
            "output_type": "display_data",
            "data": {"image/png": PICTURE},
            "metadata": {"image/png": {"width": f"1 onload={RUN}"}},
        },
        {"output_type": "stream", "name": "stdout", "text": HTML[0]},
        {"output_type": "error", "ename": "E", "evalue": HTML[0], "traceback": [HTML[0]]},
    ]
    return page_of([*cells, shown])


def test_nothing_that_runs_is_in_the_page(hostile):
    soup = bs4.BeautifulSoup(hostile, "html.parser")
    assert not soup("script") + soup("object") + soup("embed") + soup("form") + soup("base") + soup("link")
    assert [tag["http-equiv"] for tag in soup("meta") if tag.has_attr("http-equiv")] == ["Content-Security-Policy"]
    assert "default-src 'none'" in soup.head.contents[0]["content"]  # first, so that nothing comes before it
    for tag in soup.find_all(True):
        assert not [name for name in tag.attrs if name.startswith("on") or name == "srcdoc"], tag
        for name in ("href", "src", "action"):
            address = str(tag.get(name, "")).strip().lower()
            assert not address.startswith(("javascript", "vbscript")), tag
            assert name == "href" or not address or address.startswith("data:"), tag


@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium here (on Debian: apt install chromium)")
def test_nothing_ran_in_a_browser(hostile, tmp_path):
    """Opened, everything in it pressed; and with the Content-Security-Policy alone, the planted texts as they were."""
    from playwright.sync_api import sync_playwright

    (tmp_path / "page.html").write_text(hostile)
    policy = f'<meta http-equiv="Content-Security-Policy" content="{feedback.POLICY}">'
    for name, head in (("raw.html", policy), ("control.html", "")):
        body = "".join(HTML[:9]) + SVG
        (tmp_path / name).write_text(f"<html><head>{head}<title>A1</title></head><body>{body}</body></html>")
    with sync_playwright() as playwright:
        browser = chromium(playwright)
        page, requests = browser.new_page(), []
        page.on("request", lambda request: requests.append(request.url))
        for name in ("page.html", "raw.html"):
            page.goto(f"file://{tmp_path / name}")
            page.evaluate("for (const e of document.querySelectorAll('a, button, summary')) e.click()")
            page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 0)))")
            assert page.title() == "A1"
        page.goto(f"file://{tmp_path / 'control.html'}")
        page.wait_for_function("document.title == 'RAN'")  # a browser that is not told runs it
        browser.close()
    assert not [url for url in requests if not url.startswith(("file:", "data:"))]


def test_what_is_harmless_stays(hostile):
    """Tables, emphasis, links, pictures and code of an honest notebook; formulas as they were typed."""
    text = (
        "## Result\n\n| a | b |\n|---|---|\n| 1 | *two* |\n\n[paper](https://arxiv.org/abs/1511.06434), $x < 1$ and `a < b`"
    )
    shown = cell("table()")
    pictures = {"image/png": PICTURE, "text/plain": "<Figure>"}
    frame = '<table class="dataframe"><tr><td style="color: red">7</td></tr></table>'
    shown["outputs"] = [
        {"output_type": "display_data", "data": data, "metadata": {}} for data in (pictures, {"text/html": frame})
    ]
    soup = bs4.BeautifulSoup(page_of([cell(text, kind="markdown"), shown]), "html.parser")
    assert soup.find("h2").text.startswith("Result") and soup.find("em").text == "two"
    assert soup.find("a", href="https://arxiv.org/abs/1511.06434").text == "paper"
    assert "$x < 1$" in soup.text and "a < b" in [code.text for code in soup("code")]
    assert (
        soup.find("img")["src"].startswith("data:image/png;base64,") and "color: red" in soup.find("td", style=True)["style"]
    )


def test_a_pasted_picture_is_in_the_page_and_a_lost_one_does_no_harm(released):
    """Without its attachment a picture would keep nbconvert from making the page at all."""
    answer = right(released)["cells"][-1]
    answer["source"] = "![plot](attachment:plot.png) ![gone](attachment:gone.png)"
    answer["attachments"] = {
        "plot.png": {"image/png": PICTURE, "text/html": HTML[0]},
        "x": 1,
        "y.svg": {"image/svg+xml": SVG},
    }
    own = cell("![plot](attachment:plot.png)", kind="markdown") | {"attachments": {"plot.png": {"image/png": PICTURE}}}
    cells, _ = repair.repair([*released["cells"], own], json.loads(json.dumps(released["cells"])))
    assert [c.get("attachments") for c in cells[-2:]] == [{"plot.png": {"image/png": PICTURE}}] * 2
    soup = bs4.BeautifulSoup(page_of(cells[-1:]), "html.parser")
    assert soup.find("img", alt="plot")["src"] == f"data:image/png;base64,{PICTURE}"
    assert "gone" in str(page_of(cells[-2:-1]))
