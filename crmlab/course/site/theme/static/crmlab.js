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

// Interactive figures follow the theme.
(() => {
  const paint = () => {
    if (typeof Plotly === "undefined") return;
    const dark = document.documentElement.dataset.theme === "dark";
    const ink = dark ? "#e5e9ee" : "#1f2a37";
    const grid = dark ? "#36414d" : "#e8ecf0";
    for (const plot of document.querySelectorAll(".js-plotly-plot")) {
      const change = { "font.color": ink };
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
