"""nbgrader's feedback page, in which nothing that a student handed in can run or call home.

HTML of the submission is cleaned by bleach, as nbconvert does it. A Content-Security-Policy in the page's head forbids the
browser all the rest. Formulas stay as they were typed, because MathJax would be a script.
"""

import copy

import bleach
import bs4
import nbformat
import traitlets
from bleach.css_sanitizer import CSSSanitizer
from jinja2 import pass_context
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import InvalidNotebook

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
TAGS = set(bleach.ALLOWED_TAGS) | set("br caption dd del details div dl dt h1 h2 h3 h4 h5 h6 hr img ins p pre s".split())
TAGS |= set("section small span sub summary sup table tbody td tfoot th thead tr u".split())


def _is_allowed(tag, name, value):
    """Whether an attribute may stay: what names and lays out, links to pages, pictures that lie in the page."""
    if name == "href":
        return tag == "a" and not value.strip().lower().startswith("data:")
    if name == "src":
        return tag == "img" and value.startswith(("data:image/png;", "data:image/jpeg;", "data:image/gif;"))
    return name in ("align", "alt", "class", "colspan", "height", "id", "rowspan", "style", "title", "width")


def clean(html):
    """HTML without anything that runs: scripts, handlers of events, frames, forms, links other than to pages."""
    html = html.decode() if isinstance(html, bytes) else str(html)
    protocols = {"http", "https", "mailto", "data"}
    return bleach.clean(html, TAGS, _is_allowed, protocols, strip=True, css_sanitizer=CSSSanitizer())


def _sizes(metadata):
    """An output's metadata without what templates put into tags unquoted: sizes that are numbers, and a picture's text."""
    kinds = {"width": int | float, "height": int | float, "alt": str}
    details = {kind: values for kind, values in metadata.items() if isinstance(values, dict)}
    return {
        kind: {name: value for name, value in values.items() if name in kinds and isinstance(value, kinds[name])}
        for kind, values in details.items()
    }


class SafeHTMLExporter(HTMLExporter):
    """nbconvert's exporter with everything cleaned that comes from the notebook."""

    @traitlets.default("sanitize_html")
    def _sanitize_outputs(self):
        return True

    def default_filters(self):
        yield from super().default_filters()
        yield "clean_html", clean

    @pass_context
    def markdown2html(self, context, source):
        """Markdown to clean HTML: nbgrader's template does not clean it."""
        try:
            return clean(super().markdown2html(context, source))
        except InvalidNotebook:  # a picture that was pasted, and lost on the way
            return clean(super().markdown2html(context, source.replace("attachment:", "")))

    def from_notebook_node(self, nb, resources=None, **kwargs):
        nb = copy.deepcopy(nb)
        for output in (output for cell in nb.cells for output in cell.get("outputs", ())):
            if "metadata" in output:
                output.metadata = nbformat.from_dict(_sizes(output.metadata))
        page, resources = super().from_notebook_node(nb, resources, **kwargs)
        soup = bs4.BeautifulSoup(page, "html.parser")
        for script in soup("script"):
            script.decompose()
        soup.head.insert(0, soup.new_tag("meta", attrs={"http-equiv": "Content-Security-Policy", "content": POLICY}))
        return str(soup), resources
