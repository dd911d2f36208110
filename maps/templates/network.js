"use strict";
// Ties the network map to its tables. No text is made here: names and popups are copies of nodes
// that the page already holds, so a hostile name stays the text it is.
const network = (() => {
  const root = document.documentElement;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const framed = window.parent !== window;
  const links = new Map(), sites = new Map(), groups = new Map(), places = new Map();
  const names = [], labels = [], alarms = [], shown = {};
  const ASIDE = [[0, 0], [0, -24], [36, 0], [-36, 0], [0, 24], [36, -24], [-36, -24], [36, 24],
    [-36, 24], [0, -44], [0, 44]];
  let map, spoken, shapes, marked, chosen, measure = 0;
  root.classList.add("js");

  const words = (key) => spoken[key][root.lang === "en" ? "en" : "zh"];
  const copies = (node) => [...node.childNodes].map((one) => one.cloneNode(true));
  const numbers = (text) => (text || "").split(" ").filter(Boolean).map(Number);
  const textOf = (cell) =>
    (cell.querySelector(root.lang === "en" ? "[lang=en]" : "[lang=zh]") || cell).textContent;

  function element(tag, className, ...children) {
    const made = document.createElement(tag);
    made.className = className;
    made.append(...children);
    return made;
  }

  const icon = (className, width, height, child) =>
    L.divIcon({className, html: child, iconSize: [width, height]});
  const nameOf = (number) => document.getElementById("site-names").children[number - 1];

  // A popup shows a row: its first cells as the title, the others as facts.
  function facts(row) {
    const headings = row.closest("table").tHead.rows[0].cells;
    const title = element("h3", ""), list = element("dl", "");
    [...row.cells].forEach((cell, index) => {
      const inside = copies(cell.querySelector(".go") || cell);
      if (index < Math.min(2, row.cells.length - 1)) title.append(index ? " " : "", ...inside);
      else list.append(element("div", "", element("dt", "", ...copies(headings[index])),
        element("dd", "", ...inside)));
    });
    return element("div", "facts", title, list);
  }

  const rowOfSite = (number) => document.querySelector(`tr[data-about="${number}"]`);
  const rowOfLink = (number) => document.getElementById(`links-${number}`)
    || document.querySelector(`#fallen tr[data-links~="${number}"]`);

  function unmark() {
    marked.clearLayers();
    // A group that the legend shows as well stays.
    for (const layer of [...shown.groups, ...shown.harmless]) {
      if (map.hasLayer(layer)) layer.eachLayer((one) => one.addTo(map));
    }
    for (const one of document.querySelectorAll(".room.chosen")) one.classList.remove("chosen");
    chosen?.removeAttribute("aria-current");
    chosen = undefined;
  }

  // Marks what a row is about: black beneath its links, a ring around its sites.
  function choose(row) {
    unmark();
    chosen = row;
    row.setAttribute("aria-current", "true");
    if (row.parentNode.classList.contains("rest")) whole(row.closest("section"), true);
    const bounds = L.latLngBounds([]);
    for (const number of numbers(row.dataset.links)) {
      const one = links.get(number);
      marked.addLayer(L.polyline(one.data.lines, {className: "chosen-line", pane: "chosen",
        weight: one.width + 6, interactive: false}));
      bounds.extend(one.line.getBounds());
    }
    for (const number of numbers(row.dataset.sites)) {
      const one = sites.get(number);
      one.marker.getElement()?.classList.add("chosen");
      bounds.extend(one.marker.getLatLng());
    }
    const group = groups.get(Number(row.dataset.group));
    // What is chosen is shown, even where the legend has switched it off.
    if (group && !map.hasLayer(group)) {
      marked.addLayer(group).addLayer(group.badge);
    }
    if (group) bounds.extend(group.getBounds());
    const place = places.get(Number(row.dataset.place));
    if (place) bounds.extend(place.getLatLng());
    return bounds;
  }

  const room = () => {
    const wide = document.getElementById("frame").clientWidth;
    return {maxWidth: Math.max(200, Math.min(320, wide - 110)), className: "fact-popup",
      autoPanPaddingTopLeft: [wide < 600 ? 52 : 96, 14], autoPanPaddingBottomRight: [14, 36]};
  };

  // What a row of links is about lies where the first of them runs, not between them.
  function anchor(row, bounds) {
    const group = groups.get(Number(row.dataset.group));
    if (group) return group.badge.getLatLng();
    const place = places.get(Number(row.dataset.place));
    if (place) return place.getLatLng();
    const about = sites.get(Number(row.dataset.about));
    if (about) return about.marker.getLatLng();
    const [link] = numbers(row.dataset.links);
    if (link) return links.get(link).middle;
    const [site] = numbers(row.dataset.sites);
    return site ? sites.get(site).marker.getLatLng() : bounds.getCenter();
  }

  // The popup that is open takes its marks away when it closes, so it goes first.
  function select(row, at) {
    map.closePopup();
    const bounds = choose(row);
    if (at) popup(row, at);
    return bounds;
  }

  function popup(row, at) {
    L.popup(room()).setLatLng(at).setContent(facts(row)).openOn(map);
  }

  function show(row) {
    const bounds = select(row);
    if (!bounds.isValid()) return;
    document.getElementById("frame").scrollIntoView({block: "nearest"});
    const above = Math.min(240, map.getSize().y / 2.6);
    map.fitBounds(bounds, {maxZoom: 15, paddingTopLeft: [60, above], paddingBottomRight: [40, 40],
      animate: false});
    popup(row, anchor(row, bounds));
    makeRoom();
  }

  function whole(section, open) {
    section.classList.toggle("whole", open);
    section.querySelector("[data-more]")?.setAttribute("aria-expanded", String(open));
  }

  // The point half way along the longest part of a link.
  function middleOf(lines) {
    const length = (line) => line.slice(1).reduce((sum, point, n) =>
      sum + map.distance(line[n], point), 0);
    const total = lines.reduce((sum, line) => sum + length(line), 0);
    let left = total / 2;
    for (const line of lines) {
      for (let n = 1; n < line.length; n++) {
        const step = map.distance(line[n - 1], line[n]);
        if (step >= left && step > 0) {
          const part = left / step;
          return L.latLng(line[n - 1][0] + part * (line[n][0] - line[n - 1][0]),
            line[n - 1][1] + part * (line[n][1] - line[n - 1][1]));
        }
        left -= step;
      }
    }
    return L.latLng(lines[0][0]);
  }

  function named(layer, node, className) {
    const text = element("span", "", ...copies(node));
    const label = L.marker(layer.getLatLng(), {pane: "names", interactive: false, keyboard: false,
      icon: icon(`name ${className}`, 0, 0, text)});
    names.push({label, text, reach: layer.options.icon.options.iconSize[0] / 2});
    return label;
  }

  function spoke(layer, read) {
    const label = () => layer.getElement()?.setAttribute("aria-label", read());
    layer.on("add", label);
    labels.push(label);
  }

  function drawAreas() {
    const plain = (rings, pane, className) => rings.map((polygon) =>
      L.polygon(polygon, {pane, className, interactive: false, smoothFactor: 0.5}));
    L.featureGroup(plain(shapes.district, "ground", "ground")).addTo(map);
    L.featureGroup(shapes.water.flatMap((one) => plain(one, "water", "water"))).addTo(map);
    shown.areas = [L.featureGroup(shapes.areas.flatMap((one) => plain(one, "areas", "area")))];
    shown.dark = [L.featureGroup(plain(shapes.dark || [], "dark", "darkness"))];
    L.featureGroup(plain(shapes.within || [], "dark", "within")).addTo(map);
    for (const line of shapes.cut || []) {
      L.polyline(line, {pane: "halos", className: "cut-span", interactive: false}).addTo(map);
    }
    for (const layer of [...shown.areas, ...shown.dark]) layer.addTo(map);
  }

  // Readiness: the colour of the weaker end, broken where that is not certain.
  function ready(one) {
    const {level, open, harm, drop} = one.data.stand;
    return level === null ? {color: "#8696a2", weight: 2, opacity: 1, dashArray: null}
      : {color: shapes.levels[level], weight: drop ? 1.8 : 3.4, opacity: 1, lineCap: "butt",
        dashArray: open ? "7 5" : null};
  }

  function style(one) {
    if (shapes.levels) return ready(one);
    if (shapes.fall) {
      const cut = shapes.cut_links.includes(one.data.n);
      return cut ? {color: "#d55e00", weight: 7, dashArray: "11 6", lineCap: "butt", opacity: 1}
        : {color: "#8696a2", weight: 3, opacity: 1, dashArray: one.data.placed ? null : "1 6"};
    }
    const [color, weight] = shapes.styles[one.data.classes[measure]];
    return {color, weight, opacity: 1, dashArray: one.data.placed ? null : `1 ${weight * 2}`};
  }

  function paint() {
    const rank = (one) => shapes.levels ? Number(one.data.stand.level !== null)
      + Number(Boolean(one.data.stand.harm)) : shapes.fall ? Number(shapes.cut_links.includes(one.data.n))
      : one.data.classes[measure];
    for (const one of [...links.values()].sort((a, b) => rank(a) - rank(b))) {
      const wanted = style(one);
      one.width = wanted.weight;
      one.line.setStyle(wanted).bringToFront();
      one.casing.setStyle({weight: wanted.weight + 3});
      const stand = one.data.stand;
      if (stand && stand.level !== null) {
        one.casing.setStyle({opacity: 1, color: stand.harm ? "#a33f00" : "#1b2126",
          weight: wanted.weight + (stand.harm ? 5 : stand.drop ? 1.4 : 2)}).bringToFront();
      }
    }
  }

  function drawLinks() {
    for (const data of shapes.links) {
      const line = L.polyline(data.lines, {pane: "links", smoothFactor: 0.5,
        className: `link link-${data.n}`, interactive: false});
      const casing = L.polyline(data.lines, {pane: "casings", color: "#ffffff", opacity: .9,
        interactive: false, smoothFactor: 0.5});
      // A wide line that cannot be seen is what a finger hits.
      const hit = L.polyline(data.lines, {pane: "hits", weight: 16, opacity: 0, className: "pick"});
      const one = {data, line, casing, hit, middle: middleOf(data.lines), width: 3};
      links.set(data.n, one);
      casing.addTo(map);
      line.addTo(map);
      const row = rowOfLink(data.n);
      if (row) {
        hit.addTo(map).on("click", (event) => select(row, event.latlng));
      }
      if (data.spur && !shapes.fall && row) {
        const alarm = L.marker(one.middle, {pane: "badges",
          icon: icon("alarm", 20, 20, element("i", "", "!"))});
        alarm.on("click", () => select(row, one.middle));
        spoke(alarm, () => document.getElementById("link-names").children[data.n - 1].textContent);
        alarms.push({marker: alarm.addTo(map), data});
      }
    }
    paint();
  }

  // A site with its level: the mark of its kind in the level's colour, hatched where more may be
  // reached, with the level's number, the step of the work list and a sign of harm.
  function standing(data, mark) {
    const {level, open, harm, step} = data.stand;
    const shape = mark.firstElementChild;
    const made = element("div", `stand level-${level}${open ? " open" : ""}${harm ? " harm" : ""}`, mark);
    if (open) {
      const hatch = shape.cloneNode(true);
      hatch.setAttribute("class", "hatch");
      shape.after(hatch);
    }
    const text = document.createElementNS("http://www.w3.org/2000/svg", "text");
    text.textContent = level ? String(level - 1) : "?";
    text.setAttribute("y", "3.4");
    mark.append(text);
    if (harm) made.append(element("b", "harm-sign", "!"));
    if (step) made.append(element("b", "step", String(step)));
    return made;
  }

  const lost = () => new Set([...(shapes.dark_sites || []), ...(shapes.cut_sites || [])]);

  function drawSites() {
    const size = {headend: 24, exchange: 22, idc: 22, olt: 18, radio: 14, other: 12};
    const order = ["headend", "exchange", "idc", "olt", "radio", "other"];
    const dark = lost();
    const worth = (one) => one.stand ? Number(Boolean(one.stand.step)) : 0;
    const sorted = [...shapes.sites].sort((a, b) => dark.has(b.n) - dark.has(a.n)
      || worth(b) - worth(a)
      || order.indexOf(a.shape) - order.indexOf(b.shape));
    for (const data of sorted) {
      const gone = dark.has(data.n);
      const row = rowOfSite(data.n);
      const judged = data.stand && data.stand.level !== null;
      const wide = judged ? 26 : size[data.shape] + (gone ? 4 : 0);
      const mark = document.querySelector(`#marks .mark-${data.shape}`).cloneNode(true);
      const marker = L.marker(data.at, {pane: gone ? "badges" : "sites", keyboard: Boolean(row),
        interactive: Boolean(row), icon: icon(`room ${data.shape}${gone ? " lost" : ""}${
          data.point && !shapes.fall ? " point" : ""}${data.stand && !judged ? " bare" : ""}`, wide, wide,
        judged ? standing(data, mark) : mark)});
      sites.set(data.n, {marker, data});
      if (row) {
        marker.on("click", () => select(row, marker.getLatLng()));
        spoke(marker, () => textOf(nameOf(data.n)));
      }
      marker.addTo(map);
      // Radio sites are many, and their names are in the table.
      if (shapes.levels ? judged : data.shape !== "radio") named(marker, nameOf(data.n), gone ? "alert" : "").addTo(map);
    }
  }

  function drawGroups() {
    const harmful = L.featureGroup(), harmless = L.featureGroup();
    for (const data of shapes.groups || []) {
      const ground = L.polyline(data.lines, {pane: "halos", interactive: false,
        className: data.harms ? "halo harms" : "halo"});
      const row = document.getElementById(`groups-${data.n}`);
      const badge = L.marker(data.at, {pane: "badges",
        icon: icon(data.harms ? "group harms" : "group", 30, 20,
          element("i", "", ...copies(row.cells[0])))});
      badge.on("click", () => select(row, badge.getLatLng()));
      spoke(badge, () => textOf(row.cells[1]));
      ground.badge = badge;
      groups.set(data.n, ground);
      (data.harms ? harmful : harmless).addLayer(ground).addLayer(badge);
    }
    shown.groups = [harmful.addTo(map)];
    shown.harmless = [harmless];
  }

  function drawPlaces() {
    const all = L.featureGroup();
    for (const data of shapes.places || []) {
      const row = document.getElementById(`places-${data.n}`);
      const marker = L.marker(data.at, {pane: "badges",
        icon: icon("place", 14, 14, element("i", ""))});
      marker.on("click", () => select(row, marker.getLatLng()));
      spoke(marker, () => textOf(row.cells[0]));
      places.set(data.n, marker);
      all.addLayer(marker).addLayer(named(marker, row.cells[0], "alert"));
    }
    shown.places = [all.addTo(map)];
  }

  // Names stand where no mark and no other name does; one without room waits for a nearer view.
  function makeRoom() {
    const frame = map.getSize();
    const marks = [], small = [];
    const seen = (layer) => layer.getElement()
      && getComputedStyle(layer.getElement()).display !== "none";
    const at = (layer) => map.latLngToContainerPoint(layer.getLatLng());
    const add = (layer, to = marks) => {
      if (!seen(layer)) return;
      const point = at(layer), size = layer.options.icon.options.iconSize;
      to.push([point.x - size[0] / 2, point.y - size[1] / 2, point.x + size[0] / 2,
        point.y + size[1] / 2]);
    };
    // A name may reach over a radio site that stands, where there is no other room.
    const dark = lost();
    for (const one of sites.values()) {
      add(one.marker, one.data.shape === "radio" && !dark.has(one.data.n) ? small : marks);
    }
    for (const one of places.values()) if (map.hasLayer(one)) add(one);
    // A badge that would hide a room or a worse badge is a dot until the view is near enough.
    const full = [];
    for (const {marker, data} of [...alarms].sort((a, b) => b.data.classes[0] - a.data.classes[0])) {
      const made = marker.getElement();
      if (!made) continue;
      const {x, y} = at(marker);
      const box = (half) => [x - half, y - half, x + half, y + half];
      const clear = [...marks, ...full].every((other) => apart(box(12), other));
      made.classList.toggle("dot", !clear);
      full.push(box(clear ? 12 : 5));
    }
    const taken = [...marks, ...full];
    // Neither a name nor a badge goes beneath a button or the scale.
    const corner = map.getContainer().getBoundingClientRect();
    for (const one of map.getContainer().querySelectorAll(".leaflet-control, .leaflet-bar, .north")) {
      const {left, top, right, bottom} = one.getBoundingClientRect();
      taken.push([left - corner.left, top - corner.top, right - corner.left, bottom - corner.top]);
    }
    // The badge of a group steps aside; without room it waits, the worse one, which comes first, last.
    for (const one of groups.values()) {
      const made = one.badge.getElement();
      if (!made) continue;
      made.style.display = "";
      const point = at(one.badge);
      const boxed = ([dx, dy]) => [point.x + dx - 17, point.y + dy - 12, point.x + dx + 17,
        point.y + dy + 12];
      const spot = ASIDE.find((move) => taken.every((other) => apart(boxed(move), other)));
      made.style.display = spot ? "" : "none";
      if (!spot) continue;
      made.style.translate = `${spot[0]}px ${spot[1]}px`;
      taken.push(boxed(spot));
    }
    for (const {label, text, reach} of names) {
      if (!label.getElement()) continue;
      const point = at(label), wide = text.offsetWidth, high = text.offsetHeight, gap = reach + 3;
      const spots = [[gap, -high / 2], [-gap - wide, -high / 2], [-wide / 2, gap],
        [-wide / 2, -gap - high], [gap * .7, gap * .6], [-gap * .7 - wide, gap * .6],
        [gap * .7, -gap * .6 - high], [-gap * .7 - wide, -gap * .6 - high]];
      const fits = (among) => ([dx, dy]) => {
        const box = [point.x + dx, point.y + dy, point.x + dx + wide, point.y + dy + high];
        return box[0] >= 2 && box[1] >= 2 && box[2] <= frame.x - 2 && box[3] <= frame.y - 2
          && among.every((other) => apart(box, other));
      };
      const spot = spots.find(fits([...taken, ...small])) || spots.find(fits(taken));
      text.style.visibility = spot ? "" : "hidden";
      if (!spot) continue;
      text.style.left = `${spot[0]}px`;
      text.style.top = `${spot[1]}px`;
      taken.push([point.x + spot[0], point.y + spot[1], point.x + spot[0] + wide,
        point.y + spot[1] + high]);
    }
  }
  const apart = (a, b) => a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1];

  // What failed and what went dark, with some of the ground around it.
  function harm() {
    const bounds = L.latLngBounds([]);
    for (const number of shapes.cut_links || []) bounds.extend(links.get(number).line.getBounds());
    for (const [number, one] of sites) if (lost().has(number)) bounds.extend(one.marker.getLatLng());
    for (const layer of shown.dark[0].getLayers()) bounds.extend(layer.getBounds());
    return bounds;
  }

  function fit(to) {
    map.invalidateSize({animate: false, pan: false});
    if (!shapes.bounds) { map.setView([0, 0], 2); return; }
    const left = document.querySelector("#frame .leaflet-top.leaflet-left").offsetWidth;
    const paper = root.classList.contains("printing");
    map.fitBounds(to || shapes.bounds, {animate: false, maxZoom: 15, paddingTopLeft: [paper ? 20 : left + 16, 20],
      paddingBottomRight: [20, 34]});
    makeRoom();
  }

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
    labels.forEach((label) => label());
    makeRoom();
  }

  function furniture() {
    const spoken_ = (key) => ["zh", "en"].map((language) => {
      const made = element("span", "", spoken[key][language]);
      made.lang = language;
      return made;
    });
    L.control.zoom({position: "topleft"}).addTo(map);
    const Home = L.Control.extend({onAdd() {
      const button = element("button", "leaflet-bar home", element("i", ""),
        ...spoken_("action.whole_district"));
      button.type = "button";
      L.DomEvent.disableClickPropagation(button);
      button.addEventListener("click", () => fit());
      return button;
    }});
    new Home({position: "topleft"}).addTo(map);
    const North = L.Control.extend({onAdd: () => {
      const made = element("div", "north", element("i", "", "▲"), ...spoken_("map.north"));
      made.setAttribute("aria-hidden", "true");
      return made;
    }});
    new North({position: "topright"}).addTo(map);
    L.control.scale({imperial: false, position: "bottomleft"}).addTo(map);
  }

  function listen() {
    const rows = "tr[data-links], tr[data-sites], tr[data-group], tr[data-place]";
    for (const row of document.querySelectorAll(rows)) {
      const button = element("button", "go", ...row.cells[0].childNodes);
      button.type = "button";
      row.cells[0].append(button);
      row.addEventListener("click", () => show(row));
    }
    for (const button of document.querySelectorAll("[data-row]")) {
      const row = document.getElementById(button.dataset.row);
      button.addEventListener("click", () => show(row));
    }
    for (const button of document.querySelectorAll("[data-language]")) {
      button.addEventListener("click", () => speak(button.dataset.language));
    }
    for (const box of document.querySelectorAll("[data-layer]")) {
      box.addEventListener("change", () => {
        for (const layer of shown[box.dataset.layer]) {
          if (box.checked) layer.addTo(map); else layer.remove();
        }
        makeRoom();
      });
    }
    for (const one of document.querySelectorAll("[name=measure]")) {
      one.addEventListener("change", () => { measure = Number(one.value); paint(); });
    }
    for (const button of document.querySelectorAll("[data-more]")) {
      const section = button.closest("section");
      button.addEventListener("click", () => whole(section, !section.classList.contains("whole")));
    }
    document.getElementById("print").addEventListener("click", () => print());
    addEventListener("hashchange", follow);
    if (framed) return;
    addEventListener("beforeprint", () => { map.closePopup(); root.classList.add("printing"); fit(); });
    addEventListener("afterprint", () => { root.classList.remove("printing"); fit(); });
  }

  // An address that ends in #links-3 shows that row.
  function follow() {
    const row = /^#[a-z_]+-\d+$/.test(location.hash) && document.getElementById(location.hash.slice(1));
    if (row) show(row);
  }

  function start() {
    spoken = JSON.parse(document.getElementById("spoken").textContent);
    shapes = JSON.parse(document.getElementById("shapes").textContent);
    map = L.map("map", {center: [0, 0], zoom: 12, zoomSnap: 0.25, maxZoom: 18, zoomControl: false,
      attributionControl: false});
    const panes = {ground: 250, dark: 300, water: 305, areas: 310, halos: 320, chosen: 395,
      casings: 397, links: 400, hits: 410, names: 600, sites: 605, badges: 610};
    for (const [name, above] of Object.entries(panes)) {
      const pane = map.createPane(name);
      pane.style.zIndex = above;
      if (!["hits", "sites", "badges"].includes(name)) pane.style.pointerEvents = "none";
    }
    furniture();
    marked = L.featureGroup().addTo(map);
    drawAreas();
    drawGroups();
    drawLinks();
    drawPlaces();
    drawSites();
    listen();
    speak(root.lang);
    fit();
    map.setMinZoom(Math.floor(map.getZoom()) - 1);
    const hurt = harm();
    if (hurt.isValid()) fit(hurt.pad(0.08));
    map.on("moveend", makeRoom);
    map.on("popupclose", unmark);
    addEventListener("load", () => requestAnimationFrame(follow));
  }

  return {start};
})();
