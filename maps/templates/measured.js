"use strict";
// Draws the points, one view at a time. Names are copies of nodes that the page already holds.
(() => {
  const root = document.documentElement;
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const spoken = read("spoken"), data = read("data");
  const names = document.getElementById("transmitters").children;
  const LAT = 0, LON = 1, MEASURED = 2, PREDICTED = 3, SAMPLES = 4, NAME = 5;
  const tenth = (value) => value.toFixed(1).replace("-", "−");
  const LEVELS = {measured: (p) => p[MEASURED], predicted: (p) => p[PREDICTED],
    difference: (p) => p[MEASURED] - p[PREDICTED]};
  root.classList.add("js");

  const map = L.map("canvas", {zoomSnap: 0.25, maxZoom: 19, zoomControl: false,
    attributionControl: false, preferCanvas: true});
  const canvas = L.canvas({padding: 0.3, tolerance: 4});
  const words = (key) => spoken[key][root.lang === "en" ? "en" : "zh"];
  const both = (key) => ["zh", "en"].map((language) => {
    const made = document.createElement("span");
    made.lang = language;
    made.textContent = spoken[key][language];
    return made;
  });

  const ground = getComputedStyle(root);
  const colour = (name) => ground.getPropertyValue(name).trim();
  for (const rings of data.areas) {
    L.polygon(rings, {renderer: canvas, interactive: false, color: colour("--ink"), weight: 2,
      fillColor: colour("--ground"), fillOpacity: 1}).addTo(map);
  }

  function fact(list, key, ...value) {
    const row = document.createElement("div"), term = document.createElement("dt");
    const said = document.createElement("dd");
    term.append(...both(key));
    said.append(...value);
    row.append(term, said);
    list.append(row);
  }
  function popup(point) {
    const box = document.createElement("div"), list = document.createElement("dl");
    box.className = "facts";
    const name = [...names[point[NAME]].childNodes].map((node) => node.cloneNode(true));
    fact(list, "measured.transmitter", ...name);
    fact(list, "measured.level_measured", `${tenth(point[MEASURED])} dBµV/m`);
    fact(list, "measured.level_predicted", `${tenth(point[PREDICTED])} dBµV/m`);
    fact(list, "measured.difference", `${tenth(LEVELS.difference(point))} dB`);
    fact(list, "measured.samples", String(point[SAMPLES]));
    box.append(list);
    return box;
  }

  const paint = (view, point) => data.views[view].find(([upper]) =>
    upper === null || LEVELS[view](point) < upper)[1];
  const many = data.points.length > 3000;
  const marks = data.points.map((point) => [point,
    L.circleMarker([point[LAT], point[LON]], {renderer: canvas, radius: many ? 3 : 5, weight: many ? 0 : 0.8,
      color: colour("--ink"), opacity: 0.55, fillOpacity: 1})
      .bindPopup(() => popup(point), {maxWidth: 300}).addTo(map)]);
  for (const place of data.sites) {
    const icon = L.divIcon({className: "site fixed", iconSize: [13, 13]});
    L.marker(place, {icon, interactive: false, keyboard: false}).addTo(map);
  }
  // Several transmitters are measured in one place: one of them can be shown alone.
  const only = document.getElementById("only");
  [...names].forEach((name, number) => only.add(new Option(name.textContent, String(number))));
  only.addEventListener("change", () => {
    for (const [point, mark] of marks) {
      if (only.value === "" || Number(only.value) === point[NAME]) mark.addTo(map);
      else mark.remove();
    }
  });
  function show(view) {
    for (const [point, mark] of marks) mark.setStyle({fillColor: paint(view, point)});
  }

  const fit = () => map.fitBounds(data.bounds, {padding: [24, 24], maxZoom: 17, animate: false});
  const Home = L.Control.extend({onAdd() {
    const button = document.createElement("button");
    button.className = "leaflet-bar home";
    button.type = "button";
    button.append(document.createElement("i"), ...both("measured.all_points"));
    L.DomEvent.disableClickPropagation(button);
    button.addEventListener("click", fit);
    return button;
  }});
  L.control.zoom({position: "topleft"}).addTo(map);
  new Home({position: "topleft"}).addTo(map);
  L.control.scale({imperial: false, position: "bottomleft"}).addTo(map);

  function speak(language) {
    root.lang = language;
    document.title = words("title");
    for (const one of document.querySelectorAll("[data-say]")) {
      one.setAttribute("aria-label", words(one.dataset.say));
    }
    for (const button of document.querySelectorAll("[data-language]")) {
      button.setAttribute("aria-pressed", String(button.dataset.language === language));
    }
    for (const [name, key] of [["in", "action.zoom_in"], ["out", "action.zoom_out"]]) {
      const button = document.querySelector(`.leaflet-control-zoom-${name}`);
      button.title = words(key);
      button.setAttribute("aria-label", words(key));
    }
    only.options[0].text = words("measured.all_transmitters");
  }
  for (const button of document.querySelectorAll("[data-language]")) {
    button.addEventListener("click", () => speak(button.dataset.language));
  }
  for (const choice of document.querySelectorAll("input[name=view]")) {
    choice.addEventListener("change", () => show(choice.value));
  }
  document.getElementById("print").addEventListener("click", () => print());
  fit();
  show("measured");
  speak(root.lang);
  // A browser keeps the choice of a page that is loaded again.
  const chosen = document.querySelector("input[name=view]:checked");
  if (chosen) show(chosen.value);
})();
