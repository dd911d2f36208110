"use strict";
// A click on one of the worst gaps moves the map on this page. Without this script, or before the
// map has loaded, the link leads to the same gap on the map's own page.
for (const link of document.querySelectorAll("[data-gap]")) {
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const frame = document.getElementById("map-frame");
    const row = frame?.contentDocument?.getElementById(`gaps-${link.dataset.gap}`);
    if (!row) return;
    event.preventDefault();
    frame.scrollIntoView({block: "nearest"});
    row.click();
  });
}
