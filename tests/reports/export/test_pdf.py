"""The PDF exporter, from notebook to pages, as a reader and a screen reader find them."""

import datetime as dt
import io
import re
import subprocess
import sys
import time

import nbformat
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from pypdf import PdfReader

from crmlab import show
from crmlab.errors import MissingGlyphsError
from crmlab.reports.export.pdf import PDFExporter, compile_pdf
from crmlab.reports.export.typst import to_typst
from crmlab.text import speaking
from crmlab.text.fonts import register

HOSTILE = [
    '#import "x.typ": *',
    "*bold* _it_ `raw` = head",
    "$x^2$ @ref <label> \\ back\\slash",
    "// comment /* more */",
    "<b>html</b> &amp; <script>alert(1)</script>",
    '"quoted" #read("/etc/passwd") #"',
    "] } ) #[ ; -- --- ... ~",
    "- list + plus / term: x",
    "https://example.org/?a=1&b=2",
    "很好！*下次*还来 #好评",
]


@pytest.fixture(scope="module", autouse=True)
def _style():
    """Draw figures with the house's font, as text."""
    import matplotlib as mpl

    with mpl.rc_context({"svg.fonttype": "none", "font.family": [register()]}):
        yield


def block(*blocks, **metadata):
    """Return a code cell that has shown these blocks."""
    outputs = [new_output("display_data", data=shown._repr_mimebundle_()) for shown in blocks]
    return new_code_cell("1", outputs=outputs, metadata=metadata)


def drawing(title):
    """Return the axes of a small figure."""
    from matplotlib.figure import Figure

    axes = Figure(figsize=(6.6, 3.7)).add_subplot()
    axes.plot([0, 1], [0, 1])
    axes.set_title(title)
    return axes


def report(lang):
    """Return a small report, as a run leaves it."""
    zh = lang == "zh"
    with speaking(lang):
        cells = [
            block(
                show.cover(
                    "客户忠诚度报告" if zh else "Customer loyalty",
                    "谁会回来" if zh else "Who comes back",
                    [("数据" if zh else "Data", "orders.csv")],
                )
            ),
            new_markdown_cell("## Findings", metadata={"tags": ["en"]}),
            new_markdown_cell("## 结论", metadata={"tags": ["zh"]}),
            block(
                show.findings(
                    "在 **946** 名客户中，*38.2%* 再次购买。"
                    if zh
                    else "Of **946** customers, *38.2%* bought again."
                )
            ),
            new_markdown_cell("## How many come back\n\nSee [](#fig-rate).", metadata={"tags": ["en"]}),
            new_markdown_cell("## 多少客户会回来\n\n见[](#fig-rate)。\n下一行。", metadata={"tags": ["zh"]}),
            block(
                show.figure(
                    drawing("回购率" if zh else "Repeat purchase"),
                    "回购率逐月变化。" if zh else "Repeat-purchase rate by month.",
                    "一条上升的折线" if zh else "A rising line",
                    "rate",
                )
            ),
            block(
                show.table(
                    pd.DataFrame({"segment": ["高价值" if zh else "High value"], "n": [12345]}),
                    "各分群人数" if zh else "Customers by segment",
                    "segments",
                    note="截至年底。" if zh else "At the end of the year.",
                )
            ),
            new_markdown_cell("### Method\n\n$$\\mathrm{CLV}=\\sum_t m_t$$"),
            block(
                show.provenance(
                    "如何生成" if zh else "How this report was made", [("", [("sha256", "ab" * 32)])]
                )
            ),
        ]
    return new_notebook(cells=cells, metadata={"crmlab": {"lang": lang, "date": "2024-01-05"}})


def pages(nb, **options):
    """Return the PDF of a notebook, opened."""
    return PdfReader(io.BytesIO(compile_pdf(to_typst(nb, **options))))


def words(reader):
    """Return all text without white space, which line breaks make arbitrary."""
    return re.sub(r"\s", "", "\n".join(page.extract_text() for page in reader.pages))


def outline(reader, entries=None):
    """Return the titles of the outline, in order."""
    titles = []
    for entry in reader.outline if entries is None else entries:
        titles += outline(reader, entry) if isinstance(entry, list) else [entry.title]
    return titles


def structure(reader):
    """Return the elements of the structure tree as (type, alternative text)."""
    found = []

    def walk(node):
        node = node.get_object()
        if isinstance(node, list):
            for child in node:
                walk(child)
        elif isinstance(node, dict):
            if "/S" in node:
                found.append((str(node["/S"]), str(node.get("/Alt", ""))))
            if "/K" in node:
                walk(node["/K"])

    walk(reader.trailer["/Root"]["/StructTreeRoot"])
    return found


@pytest.fixture(scope="module", params=["en", "zh"])
def made(request, _style):
    """Return the language and the PDF of the small report."""
    return request.param, pages(report(request.param))


def test_text_of_both_languages_is_text(made):
    """Title, findings, prose, captions, cells and notes can be found and copied."""
    lang, reader = made
    expected = {
        "en": [
            "Customerloyalty",
            "Keyfindings",
            "Of946customers",
            "SeeFigure1.",
            "Figure1.Repeat-purchaserate",
            "Table1.Customersbysegment",
            "Highvalue",
            "12,345",
            "Attheendoftheyear.",
        ],
        "zh": [
            "客户忠诚度报告",
            "主要发现",
            "在946名客户中，38.2%再次购买。",
            "见图1。下一行。",
            "图1回购率逐月变化。",
            "表1各分群人数",
            "高价值",
            "12,345",
            "截至年底。",
        ],
    }[lang]
    text = words(reader)
    assert [part for part in expected if part not in text] == []


def test_figures_hold_real_text(made):
    """The title in the figure is text, in the house's font."""
    lang, reader = made
    assert ("回购率" if lang == "zh" else "Repeatpurchase") in words(reader)


def test_pages_are_counted(made):
    """Each page says which of how many it is; the last one holds how the report was made."""
    lang, reader = made
    total = len(reader.pages)
    for number, page in enumerate(reader.pages, start=1):
        foot = f"第{number}页，共{total}页" if lang == "zh" else f"Page{number}of{total}"
        assert foot in re.sub(r"\s", "", page.extract_text())
    assert "sha256" in reader.pages[-1].extract_text()
    assert "12,345" not in reader.pages[-1].extract_text()


def test_outline_holds_the_sections(made):
    """Sections are numbered; one whose content moved to the top leaves no empty heading."""
    lang, reader = made
    assert outline(reader) == (
        ["主要发现", "1 多少客户会回来", "1.1 Method", "如何生成"]
        if lang == "zh"
        else ["Key findings", "1 How many come back", "1.1 Method", "How this report was made"]
    )


def test_metadata_and_language_are_set(made):
    """Title, subject, keywords, date and language stand in the file; the title is shown in the window."""
    lang, reader = made
    about = reader.metadata
    assert about.title == ("客户忠诚度报告" if lang == "zh" else "Customer loyalty")
    assert about.subject == ("谁会回来" if lang == "zh" else "Who comes back")
    assert about["/Keywords"] == "crmlab"
    assert about.creation_date.date() == dt.date(2024, 1, 5)
    root = reader.trailer["/Root"]
    assert str(root["/Lang"]).lower().startswith(lang)
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]


def test_document_is_tagged_for_screen_readers(made):
    """Figures and formulas carry alternative text, tables have head cells, and the file says it is PDF/UA."""
    lang, reader = made
    tags = structure(reader)
    kinds = {kind for kind, _ in tags}
    assert {"/H1", "/H2", "/P", "/Table", "/TH", "/TD", "/Figure", "/Formula", "/Caption"} <= kinds
    assert ("/Figure", "一条上升的折线" if lang == "zh" else "A rising line") in tags
    assert any(kind == "/Formula" and "CLV" in alt for kind, alt in tags)
    assert b"pdfuaid" in reader.trailer["/Root"]["/Metadata"].get_object().get_data()


def test_pages_are_a4(made):
    """The paper is A4."""
    _, reader = made
    assert all(
        (round(page.mediabox.width), round(page.mediabox.height)) == (595, 842) for page in reader.pages
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_markup_in_data_comes_out_as_text(text):
    """A customer's comment is text in a cell, a caption, a title, a subject, an output and a Markdown text."""
    comments = pd.DataFrame({text: [text, "fine"]})
    cells = [
        block(show.cover(text, f"S {text}", [(text, f"R {text}")])),
        block(show.findings(f"F {show.escape_markdown(text)}")),
        block(show.table(comments, f"C {text}", "comments", note=f"N {text}")),
        new_markdown_cell(f"## H {show.escape_markdown(text)}\n\nM {show.escape_markdown(text)}"),
        new_code_cell(outputs=[new_output("stream", name="stdout", text=f"O {text}")]),
        new_code_cell(outputs=[new_output("error", ename="E", evalue=text, traceback=[])]),
        block(show.provenance(f"P {text}", [(f"Q {text}", [(text, f"V {text}")])])),
    ]
    reader = pages(new_notebook(cells=cells))
    shown = words(reader)
    bare = re.sub(r"\s", "", text)
    for place in ("S", "R", "F", "C", "N", "H", "M", "O", "P", "Q", "V", "E:"):
        assert f"{place}{bare}" in shown, place
    assert reader.metadata.title == text


def test_control_characters_and_invisible_marks_go():
    """A terminal's colours, a bell, and marks that turn text round do not reach the page."""
    cell = new_code_cell(
        outputs=[new_output("stream", name="stdout", text="\x1b[31mred\x1b[0m\x07\u202eab\x00\ud800")]
    )
    shown = words(pages(new_notebook(cells=[cell])))
    assert "red" in shown
    assert "ab" in shown
    assert not set(shown) & set("\x1b\x07\u202e\x00")


def test_formula_cannot_read_files(tmp_path):
    """Code in a formula stays the text of a formula."""
    secret = tmp_path / "secret.txt"
    secret.write_text("TOPSECRET")
    cells = [
        new_markdown_cell(
            f'$#read("{secret}")$ and $\\text{{#read("{secret}")}}$\n\n$$\\includegraphics{{{secret}}}$$'
        )
    ]
    assert "TOPSECRET" not in words(pages(new_notebook(cells=cells)))


ANYTHING = st.text(alphabet=st.sampled_from("ab1 \n\t*_`$#@<>[](){}\\/\"'=-+~|!&:.,;^%客户，。"), max_size=60)


@settings(max_examples=25, deadline=None)
@given(markdown=ANYTHING, text=ANYTHING)
def test_any_text_compiles(markdown, text):
    """No text breaks the document, neither as Markdown nor as data."""
    cells = [
        new_markdown_cell(markdown),
        block(show.table(pd.DataFrame({"a": [text]}), text, "t", note=text)),
        new_code_cell(
            outputs=[
                new_output("display_data", data={"text/html": f"<table><tr><td>{text}", "text/plain": text})
            ]
        ),
    ]
    assert compile_pdf(to_typst(new_notebook(cells=cells))).startswith(b"%PDF")


def test_wide_and_long_table_loses_nothing():
    """All cells of 40 columns by 60 rows are in the PDF; the key column and the heads repeat."""
    wide = pd.DataFrame({f"head{i}": [f"r{j}c{i}" for j in range(60)] for i in range(40)})
    reader = pages(new_notebook(cells=[block(show.table(wide, "Wide", "wide"))]))
    each = [re.split(r"\s+", page.extract_text()) for page in reader.pages]
    shown = {word for page in each for word in page}
    assert {f"r{j}c{i}" for i in range(40) for j in range(60)} <= shown
    tables = [page for page in each if any(word.startswith("r5") for word in page)]
    assert all("head0" in page for page in tables)
    assert sum(page.count("r0c0") for page in each) > 1
    assert all(page.mediabox.width > page.mediabox.height for page in reader.pages[1:])
    text = words(reader)
    assert "of40" in text


def test_long_table_repeats_its_head_on_every_page():
    """A table over three pages has its head on each, and its note at the end."""
    long = pd.DataFrame({"customer": [f"C{i:04d}" for i in range(120)], "amount": range(120)})
    reader = pages(new_notebook(cells=[block(show.table(long, "Long", "long", note="The end."))]))
    texts = [page.extract_text() for page in reader.pages]
    assert len(texts) >= 3
    assert all("customer" in text for text in texts)
    assert "The end." in texts[-1]


def test_the_last_rows_of_a_table_stay_together_with_its_note():
    """Wherever a table breaks, at least three rows and its note stand together on the last page."""
    for rows in range(9, 24):
        table = pd.DataFrame({"customer": [f"C{i:04d}" for i in range(rows)]})
        cells = [
            new_markdown_cell("# T\n\n" + "word\n\n" * 16),
            block(show.table(table, "Long", "long", note="The end.")),
        ]
        last = pages(new_notebook(cells=cells)).pages[-1].extract_text()
        assert "The end." in last
        assert len(re.findall(r"C\d{4}", last)) >= 3


def test_long_words_and_long_cells_wrap():
    """A word wider than its column breaks, and no invisible character is left in it."""
    word = "x" * 150
    table = pd.DataFrame({"key": [word], "comment": ["a comment " * 40], "n": [1]})
    reader = pages(new_notebook(cells=[block(show.table(table, "Words", "words"))]))
    text = "".join(page.extract_text() for page in reader.pages)
    assert text.count("x") >= 150
    assert "\u200b" not in text
    right = [0.0]

    def visit(piece, cm, tm, font, size):
        if piece.strip():
            right.append(float(cm[4] + tm[4]))

    reader.pages[0].extract_text(visitor_text=visit)
    assert max(right) < 595 - 62


def test_headings_stand_with_what_follows():
    """However the text falls, a heading is never the last thing on a page, nor is a table's caption."""
    table = pd.DataFrame({"a": range(8)})
    cells = []
    for i in range(30):
        cells.append(new_markdown_cell(f"## Head{i:02d}\n\n### Under{i:02d}"))
        if i % 2:
            cells.append(new_markdown_cell("word " * (37 * (i % 5 + 1))))
        else:
            cells.append(block(show.table(table, f"Caption{i:02d}", f"t{i}")))
    reader = pages(new_notebook(cells=cells))
    assert len(reader.pages) > 5
    for page in reader.pages:
        lines = [line for line in page.extract_text().splitlines() if line.strip() and "Page " not in line]
        assert not re.search(r"Head\d\d|Under\d\d|Caption\d\d", lines[-1]), lines[-1]


def test_a_short_paragraph_goes_with_the_table_under_it():
    """A heading with one line does not stay behind when its table goes to the next page."""
    table = pd.DataFrame({"a": range(12)})
    cells = []
    for i in range(12):
        cells.append(new_markdown_cell(f"## Head{i:02d}\n\nLead{i:02d}."))
        cells.append(block(show.table(table, f"Caption{i:02d}", f"t{i}")))
    found = [page.extract_text() for page in pages(new_notebook(cells=cells)).pages]
    assert len(found) > 3
    for i in range(12):
        (at,) = [n for n, text in enumerate(found) if f"Caption{i:02d}" in text]
        assert f"Head{i:02d}" in found[at]
        assert f"Lead{i:02d}" in found[at]


def heights_of(page) -> dict[str, float]:
    """Return how high on the page each piece of text stands, in points."""
    heights = {}

    def visit(piece, cm, tm, font, size):
        if piece.strip():
            heights[piece.strip()] = float(cm[5] + tm[5])

    page.extract_text(visitor_text=visit)
    return heights


def test_a_long_table_stands_clear_of_the_text_over_it():
    """Between a paragraph and the caption of a table that may break there is as much air as over a short one."""
    air = []
    for rows in (5, 12):
        table = pd.DataFrame({"a": range(rows)})
        cells = [new_markdown_cell("## Head\n\nLead."), block(show.table(table, "Caption", "t"))]
        heights = heights_of(pages(new_notebook(cells=cells)).pages[0])
        air.append(heights["Lead."] - heights["Caption"])
    assert air[0] > 15
    assert air[1] == pytest.approx(air[0], abs=1)


def test_the_last_section_stands_under_a_few_lines_and_not_under_many():
    """How the report was made follows where a good part of it has room, and begins a page of its own otherwise."""
    made = block(
        show.provenance("Made", [("Data", [("file", "a.csv")]), ("Software", [("crmlab", "1")] * 8)])
    )
    few = pages(new_notebook(cells=[new_markdown_cell("# T\n\nshort"), made]))
    many = pages(new_notebook(cells=[new_markdown_cell("# T\n\n" + "word\n\n" * 26), made]))
    assert (len(few.pages), len(many.pages)) == (1, 2)
    assert "Made" in many.pages[1].extract_text()


def test_wide_table_takes_its_heading_to_the_turned_page():
    """A heading right over a wide table goes with it."""
    wide = pd.DataFrame({f"some-column-{i}": ["some words"] * 3 for i in range(14)})
    cells = [new_markdown_cell("# T\n\nIntro\n\n## Wide"), block(show.table(wide, "W", "w"))]
    reader = pages(new_notebook(cells=cells))
    assert "Wide" not in reader.pages[0].extract_text()
    assert "Wide" in reader.pages[1].extract_text()


def test_missing_glyph_stops_the_document():
    """A character that no font draws is an error that names it, in text, in a cell and in a figure."""
    for cell in (
        new_markdown_cell("ok \U0001f600"),
        block(show.table(pd.DataFrame({"a": ["\U0001f600"]}), "c", "n")),
        block(show.figure(drawing("x \U0001f600"), "c", "a", "f")),
    ):
        with pytest.raises(MissingGlyphsError, match=r"U\+1F600 GRINNING FACE"):
            to_typst(new_notebook(cells=[cell]))


def test_same_notebook_same_bytes():
    """The date in the metadata makes the file reproducible."""
    assert compile_pdf(to_typst(report("en"))) == compile_pdf(to_typst(report("en")))


def test_typical_report_is_set_within_a_second():
    """Eight pages take less than a second of processor time once the fonts are read."""
    nb = report("zh")
    for i in range(6):
        nb.cells.insert(-1, new_markdown_cell(f"## 第 {i} 节\n\n" + "客户满意度影响忠诚度。" * 80))
        nb.cells.insert(-1, block(show.figure(drawing("图"), "说明", "折线图", f"more{i}")))
    compile_pdf(to_typst(report("en")))
    start = time.process_time()
    pdf = compile_pdf(to_typst(nb))
    assert time.process_time() - start < 1
    assert len(PdfReader(io.BytesIO(pdf)).pages) >= 6


def test_other_libraries_outputs_have_their_place():
    """Bitmaps, HTML tables, LaTeX, Markdown, plain text and errors are shown; stderr and hidden cells are not."""
    png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    html = "<div><style>p{}</style><table><tr><th>left</th><th>right</th></tr><tr><td>cell one</td><td>1.5</td></tr></table></div>"

    def shown(**data):
        return new_output(
            "display_data", data={key.replace("_", "/", 1): value for key, value in data.items()}
        )

    outputs = [
        shown(image_png=png, text_plain="<Figure size 1x1>"),
        shown(text_html=html, text_plain="TABLEPLAIN"),
        shown(text_html="<p>no table</p>", text_plain="PLAINHTML"),
        shown(text_latex="$\\displaystyle y^2$", text_plain="LATEXPLAIN"),
        shown(text_markdown="**marked**"),
        new_output("stream", name="stderr", text="WARNING"),
        new_output("error", ename="ValueError", evalue="went wrong", traceback=[]),
        new_output("display_data", data={"application/vnd.plotly.v1+json": {"data": []}}),
        new_output("display_data", data={"image/svg+xml": "<svg broken", "text/plain": "BROKENSVG"}),
    ]
    cells = [
        new_code_cell("secret_code = 1", outputs=outputs),
        new_code_cell(outputs=[shown(text_plain="UNSEEN")], metadata={"tags": ["remove-output"]}),
        new_markdown_cell("UNSEEN", metadata={"tags": ["hidden"]}),
        new_markdown_cell("UNSEEN", metadata={"tags": ["zh"]}),
    ]
    text = words(pages(new_notebook(cells=cells)))
    for part in (
        "left",
        "cellone",
        "1.5",
        "PLAINHTML",
        "marked",
        "ValueError:wentwrong",
        "interactivefigure",
        "BROKENSVG",
    ):
        assert part in text, part
    for part in ("TABLEPLAIN", "LATEXPLAIN", "WARNING", "UNSEEN", "secret_code", "<Figure"):
        assert part not in text, part
    assert "secret_code" in words(pages(new_notebook(cells=cells), exclude_input=False))


def test_pictures_come_from_the_notebook_only():
    """A remote or local picture is a line of text; one attached to the cell is drawn."""
    png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    cell = new_markdown_cell(
        "![remote](http://example.org/x.png) ![local](/etc/passwd)\n\n![mine](attachment:a.png)"
    )
    cell["attachments"] = {"a.png": {"image/png": png}}
    document = to_typst(new_notebook(cells=[cell]))
    assert [name for name in document.files if name.startswith("picture")] == ["picture-1.png"]
    assert compile_pdf(document)
    text = words(pages(new_notebook(cells=[cell])))
    assert "remote" in text
    assert "local" in text


def test_facts_fill_the_text():
    """``{{name}}`` and ``{{name:.1%}}`` in Markdown become values; unknown names stay."""
    cells = [
        new_markdown_cell("A {{share:.1%}} of {{who}}, {{unknown}}."),
        block(show.facts(share=0.3821, who="*all*")),
    ]
    assert "A38.2%of*all*,{{unknown}}." in words(pages(new_notebook(cells=cells)))


def test_exporter_by_its_name_end_to_end(tmp_path):
    """``jupyter nbconvert --to crmlab-pdf`` writes the PDF, and nothing at all where a glyph is missing."""
    nbformat.write(report("zh"), tmp_path / "good.ipynb")
    bad = new_notebook(cells=[new_markdown_cell("\U0001f600")])
    nbformat.write(bad, tmp_path / "bad.ipynb")
    command = [sys.executable, "-m", "nbconvert", "--to", "crmlab-pdf"]
    done = subprocess.run([*command, "good.ipynb"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "主要发现" in words(PdfReader(tmp_path / "good.pdf"))
    failed = subprocess.run(
        [*command, "bad.ipynb"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert failed.returncode != 0
    assert "GRINNING FACE" in failed.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.ipynb", "good.ipynb", "good.pdf"]


def test_exporter_takes_language_and_code_by_traits():
    """Traits of the exporter choose the language and show the code."""
    nb = new_notebook(
        cells=[
            new_markdown_cell("only English", metadata={"tags": ["en"]}),
            new_markdown_cell("只有中文", metadata={"tags": ["zh"]}),
            new_code_cell("answer = 42"),
        ]
    )
    pdf, resources = PDFExporter(lang="zh", exclude_input=False).from_notebook_node(nb)
    text = words(PdfReader(io.BytesIO(pdf)))
    assert "只有中文" in text
    assert "answer=42" in text
    assert "English" not in text
    assert resources["output_extension"] == ".pdf"


@pytest.mark.parametrize(
    "cell",
    [
        block(show.table(pd.DataFrame(), "c", "t", note="n")),
        block(show.table(pd.DataFrame({"a": []}), "c", "t")),
        block(show.cover("", "")),
        block(show.provenance("p", [])),
        new_markdown_cell("# \n\n## \n\n### x\n\n# y"),
        new_markdown_cell("- # head\n- > # q\n- | a | b |\n  |---|---|\n  | 1 | 2 |"),
        new_markdown_cell("# The $\\alpha$ model & `code`\n\n## $x$"),
        new_markdown_cell(
            "> " + "| a " * 30 + "|\n> " + "|--" * 30 + "|\n> " + "| long-cell-content " * 30 + "|"
        ),
    ],
    ids=[
        "no columns",
        "no rows",
        "empty cover",
        "empty provenance",
        "empty heads",
        "nested",
        "math head",
        "quoted",
    ],
)
@pytest.mark.filterwarnings("error")
def test_odd_cells_give_a_tagged_document(cell):
    """What is empty, nested or odd still gives a PDF/UA."""
    reader = pages(new_notebook(cells=[cell]))
    assert b"pdfuaid" in reader.trailer["/Root"]["/Metadata"].get_object().get_data()
