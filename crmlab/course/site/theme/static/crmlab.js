// Opened from a folder, a page may not fetch another: search results come without excerpts then.
if (location.protocol === "file:" && typeof DOCUMENTATION_OPTIONS !== "undefined") {
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
}

// The language switch keeps the section and the search that the reader is at.
document.addEventListener("DOMContentLoaded", () => {
  const link = document.querySelector("a.crmlab-language");
  if (!link) return;
  link.addEventListener("click", () => {
    const target = new URL(link.getAttribute("href"), location.href);
    target.search = location.search;
    target.hash = /^#(fig|tab|sec|ex)-/.test(location.hash) ? location.hash : "";
    link.href = target.href;
    try { localStorage.setItem("crmlab-language", link.hreflang.slice(0, 2)); } catch (error) { /* private window */ }
  });
});

// What the theme says to screen readers and in hints, and has no Chinese for.
document.addEventListener("DOMContentLoaded", () => {
  if (!document.documentElement.lang.startsWith("zh")) return;
  const chinese = {
    "Toggle primary sidebar": "展开或收起目录",
    "Toggle secondary sidebar": "展开或收起本页目录",
    "Toggle hidden content": "展开或收起代码",
    "Link to this heading": "本节的链接",
    "Main": "全书目录",
    "Page": "本页",
  };
  for (const name of ["title", "aria-label", "data-bs-original-title"]) {
    for (const element of document.querySelectorAll(`[${name}]`)) {
      const words = chinese[element.getAttribute(name)];
      if (words) element.setAttribute(name, words);
    }
  }
});

// On a phone, the title of an interactive figure is broken into lines, for text in a drawing does not break by
// itself; axes speak lower, and the cells of a map are coloured without numbers, which a finger asks for.
window.addEventListener("load", () => {
  if (typeof Plotly === "undefined" || innerWidth >= 600) return;
  const size = 13;
  const pen = document.createElement("canvas").getContext("2d");
  const broken = (text, room) => {
    const lines = [];
    for (const line of text.split("<br>")) {
      let grown = "";
      for (const part of line.match(/[^\s\u2e80-\uffef]+\s*|[\u2e80-\uffef][，。；：！？、”’）]*\s*/g) || []) {
        if (grown && pen.measureText((grown + part).trimEnd()).width > room) {
          lines.push(grown.trimEnd());
          grown = "";
        }
        grown += part;
      }
      lines.push(grown);
    }
    return lines.join("<br>");
  };
  for (const plot of document.querySelectorAll(".js-plotly-plot")) {
    const cells = plot.data.map((trace, at) => (trace.type === "heatmap" ? at : -1)).filter((at) => at >= 0);
    if (cells.length) Plotly.restyle(plot, { texttemplate: "" }, cells);
    Plotly.relayout(plot, { "xaxis.title.font.size": 11, "yaxis.title.font.size": 11 });
    const title = plot.layout.title && plot.layout.title.text;
    if (!title) continue;
    pen.font = `${size}px ${getComputedStyle(document.body).fontFamily}`;
    const room = plot.clientWidth - 24;
    const change = { "title.text": broken(title, room), "title.font.size": size, "margin.t": 64 };
    if (plot.layout.sliders) {
      change.sliders = JSON.parse(JSON.stringify(plot.layout.sliders));
      for (const step of change.sliders.flatMap((slider) => slider.steps)) {
        const moved = step.args[1];
        if (moved && moved["title.text"]) moved["title.text"] = broken(moved["title.text"], room);
      }
    }
    Plotly.relayout(plot, change);
  }
});

// Interactive figures follow the theme.
(() => {
  const paint = () => {
    if (typeof Plotly === "undefined") return;
    const dark = document.documentElement.dataset.theme === "dark";
    const ink = dark ? "#e5e9ee" : "#1f2a37";
    const grid = dark ? "#36414d" : "#e8ecf0";
    for (const plot of document.querySelectorAll(".js-plotly-plot")) {
      const change = { "font.color": ink, "hoverlabel.bgcolor": dark ? "#1b2229" : "#ffffff", "hoverlabel.font.color": ink };
      (plot.layout.shapes || []).forEach((shape, at) => {
        if (shape.type === "line") change[`shapes[${at}].line.color`] = dark ? "#a3aebb" : "#5b6673";
      });
      for (const axis of Object.keys(plot.layout || {}).filter((key) => /^[xy]axis\d*$/.test(key))) {
        change[`${axis}.gridcolor`] = grid;
        change[`${axis}.zerolinecolor`] = grid;
      }
      if (!Object.keys(change).some((key) => key.startsWith("xaxis"))) {
        change["xaxis.gridcolor"] = grid;
        change["yaxis.gridcolor"] = grid;
      }
      Plotly.relayout(plot, change);
    }
  };
  window.addEventListener("load", paint);
  new MutationObserver(paint).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
})();
