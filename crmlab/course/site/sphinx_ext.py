"""The Sphinx extension of the site: search, language switch, offline assets, and the words of the theme."""

from __future__ import annotations

import re
import shutil
from html import escape, unescape
from importlib import metadata, util
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx.locale import _

from crmlab import __version__

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

__all__ = ["setup"]

_HERE = Path(__file__).parent
_THEME_WORDS = {
    "en": {"nb_code_prompt_show": "Show code", "nb_code_prompt_hide": "Hide code"},
    "zh": {
        "nb_code_prompt_show": "展开代码",
        "nb_code_prompt_hide": "收起代码",
        "togglebutton_hint": "展开",
        "togglebutton_hint_hide": "收起",
    },
}
#: the line at a page's foot
_FOOT = {
    "en": "© 2026 crmlab · text CC BY 4.0 · code BSD-3-Clause<br>Made with {made}.",
    "zh": "© 2026 crmlab · 文字 CC BY 4.0 · 代码 BSD-3-Clause<br>由 {made} 生成。",
}
_TOC_TITLE = {"en": "On this page", "zh": "本页目录"}
_SEARCH_TITLE = {"en": "Search the book", "zh": "搜索全书"}
#: what the theme says and nobody has put into Chinese
_THEME_MESSAGES = {"Color mode": "亮色或暗色", "System Settings": "跟随系统", "On this page": "本页目录"}
_SENTENCE = re.compile(r"<p>(.*?)</p>", re.DOTALL)
_MARKUP = re.compile(r"<[^>]+>|\\[()]")
#: letters of a page's description, as search engines show it
_DESCRIPTION = {"en": 155, "zh": 80}


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the extension; Sphinx calls this."""
    from crmlab.course.site.docstrings import setup_docstrings
    from crmlab.course.site.search import BilingualSearch

    setup_docstrings(app)
    app.add_config_value("crmlab_lang", "en", "env")
    app.add_config_value("crmlab_made", "", "env")
    app.add_search_language(BilingualSearch)
    app.connect("config-inited", _say_words, priority=100)  # before the extensions that put them into scripts
    app.connect("config-inited", _configure, priority=900)
    app.connect("html-page-context", _page_context)
    app.connect("build-finished", _copy_assets)
    app.add_css_file("crmlab.css", priority=900)
    app.add_js_file("crmlab.js", priority=250)  # after Sphinx has set its options
    return {"version": __version__, "parallel_read_safe": True, "parallel_write_safe": True}


def _say_words(_app: Sphinx, config: Config) -> None:
    for name, words in _THEME_WORDS[config.crmlab_lang].items():
        config[name] = words


def _configure(_app: Sphinx, config: Config) -> None:
    lang = config.crmlab_lang
    config.html_search_language = "crmlab"
    config.html_static_path = [*config.html_static_path, str(_HERE / "theme" / "static")]
    config.templates_path = [*config.templates_path, str(_HERE / "theme" / "templates")]
    config.mathjax_path = "mathjax/tex-svg.js"
    config.html_favicon = str(_HERE / "theme" / "static" / "favicon.svg")
    config.html_context = {**config.html_context, "default_mode": "auto"}
    # Setting the whole dictionary under `sphinx.config` would drop what Jupyter Book put there.
    config.html_theme_options = {
        **config.html_theme_options,
        "article_header_end": ["language-switch.html", "theme-switcher.html", "search-button.html"],
        "navbar_persistent": "",
        "toc_title": _TOC_TITLE[lang],
        "use_download_button": False,
        "use_fullscreen_button": False,
        "show_toc_level": 2,
        "search_bar_text": _SEARCH_TITLE[lang],
        "footer_content_items": ["extra-footer.html"],
        "extra_footer": f"<p>{_FOOT[lang].format(made=escape(config.crmlab_made))}</p>",
        "logo": {"text": config.html_title},
        "pygments_light_style": "a11y-high-contrast-light",
        "pygments_dark_style": "a11y-high-contrast-dark",
    }


def _page_context(app: Sphinx, pagename: str, _template: str, context: dict[str, Any], _tree: object) -> None:
    if "crmlab-plotly" in context.get("body", ""):
        app.add_js_file("plotly.min.js", priority=150)
    lang = app.config.crmlab_lang
    other = "zh" if lang == "en" else "en"
    up = "../" * (pagename.count("/") + 1)
    context["other_edition"] = f"{up}{other}/{pagename}.html"
    context["other_language"] = {"en": "English", "zh": "中文"}[other]
    context["other_language_code"] = {"en": "en", "zh": "zh-CN"}[other]
    context["metatags"] = context.get("metatags", "") + _metatags(context, lang)
    if lang == "zh":
        said = context.get("_", _)
        context["_"] = lambda message, *rest: _THEME_MESSAGES.get(message) or said(message, *rest)
    context["other_hint"] = {"en": "Read this page in English", "zh": "阅读本页的中文版"}[other]


def _metatags(context: dict[str, Any], lang: str) -> str:
    """Return what search engines read: the twin in the other language, and the page's first sentence."""
    tags = f'<link rel="alternate" hreflang="{context["other_language_code"]}" href="{context["other_edition"]}" />'
    if 'name="description"' in context.get("metatags", ""):
        return tags
    texts = (unescape(_MARKUP.sub("", found)) for found in _SENTENCE.findall(context.get("body", "")))
    said = next((" ".join(text.split()) for text in texts if text.strip()), "")
    long = _DESCRIPTION[lang]
    said = said if len(said) <= long else said[: long - 1].rstrip(" ,，、；") + "…"
    return f'{tags}\n<meta name="description" content="{escape(said, quote=True)}" />' if said else tags


def _copy_assets(app: Sphinx, failure: Exception | None) -> None:
    if failure is not None:
        return
    static = Path(app.outdir) / "_static"
    mathjax = static / "mathjax"
    mathjax.mkdir(parents=True, exist_ok=True)
    for file in metadata.files("sphinx-mathjax-offline") or ():
        if file.as_posix().endswith("static/mathjax/tex-svg.js"):
            shutil.copyfile(str(file.locate()), mathjax / "tex-svg.js")
    spec = util.find_spec("plotly")
    if spec is not None and spec.submodule_search_locations:
        source = Path(spec.submodule_search_locations[0]) / "package_data" / "plotly.min.js"
        shutil.copyfile(source, static / "plotly.min.js")
