"use strict";
// Ties the map to the tables. No text is made here: labels and popups are copies of nodes that the
// page already holds, so a hostile name stays the text it is, and both languages come along.
const ngbw = (() => {
  const root = document.documentElement;
  const gaps = new Map(), points = new Map(), sites = new Map(), areas = new Map();
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const shown = {};
  const labels = [];
  const names = [];
  const WORST = 5, NEXT = 15;
  // Steps of zoom from the whole district at which small gaps get their outline and number.
  const NEAR = 1.5, NEARER = 2.5;
  const steps = (reach, step) => Array.from({length: 2 * reach + 1}, (_, n) => (n - reach) * step);
  const moves = (reachX, stepX, reachY, stepY) => steps(reachY, stepY)
    .flatMap((dy) => steps(reachX, stepX).map((dx) => [dx, dy]))
    .sort((a, b) => Math.hypot(...a) - Math.hypot(...b));
  const MOVES = moves(9, 16, 10, 12), ASIDE = moves(10, 7, 10, 7);
  // In a frame the page around it is printed, not this one.
  const framed = window.parent !== window;
  const casings = L.featureGroup();
  let map, home, chosen, spoken, picture, pictures, siteColours, chosenSite;
  root.classList.add("js");

  const english = () => root.lang === "en";
  const words = (key) => spoken[key][english() ? "en" : "zh"];
  const rowOf = (table, number) => document.getElementById(`${table}-${number}`);
  const copies = (cell) => [...cell.childNodes].map((node) => node.cloneNode(true));
  const textOf = (cell) => {
    const one = cell.querySelector(english() ? "[lang=en]" : "[lang=zh]");
    return (one || cell).textContent;
  };

  function element(tag, className, ...children) {
    const made = document.createElement(tag);
    made.className = className;
    made.append(...children);
    return made;
  }

  // A popup shows the row of the table: its first two cells as the title, the others as facts.
  function popup(table, number, inTitle) {
    const row = rowOf(table, number);
    const headings = row.closest("table").tHead.rows[0].cells;
    const title = element("h3", "");
    const list = element("dl", "");
    [...row.cells].forEach((cell, index) => {
      if (index < inTitle) {
        if (index === 0 && inTitle === 1) title.append(...copies(headings[0]));
        title.append(" ", ...copies(cell.querySelector("button") || cell));
      } else {
        list.append(element("div", "", element("dt", "", ...copies(headings[index])),
          element("dd", "", ...copies(cell))));
      }
    });
    return element("div", "facts", title, list);
  }

  // Popups open beside the controls at the left and above the scale.
  function clear() {
    const wide = document.getElementById("frame").clientWidth;
    return {maxWidth: Math.max(200, Math.min(300, wide - 120)),
      autoPanPaddingTopLeft: [wide < 600 ? 52 : 96, 14], autoPanPaddingBottomRight: [14, 36]};
  }

  function icon(className, size, html) {
    return L.divIcon({className, html, iconSize: [size, size]});
  }

  function labelled(layer, table, number) {
    const label = () => {
      const cells = rowOf(table, number).cells;
      const text = table === "gaps"
        ? `${textOf(cells[0].closest("table").tHead.rows[0].cells[0])} ${number}`
        : `${textOf(cells[1])} ${textOf(cells[2])}`;
      if (layer.getElement()) layer.getElement().setAttribute("aria-label", text);
    };
    layer.on("add", label);
    labels.push(label);
  }
  function choose(number) {
    if (chosen !== undefined) {
      gaps.get(chosen)?.getElement()?.classList.remove("chosen");
      rowOf("gaps", chosen)?.removeAttribute("aria-current");
    }
    chosen = number;
    if (map) makeRoom();
    gaps.get(number)?.getElement()?.classList.add("chosen");
    rowOf("gaps", number)?.setAttribute("aria-current", "true");
  }

  // folium calls these for every feature of its layer.
  const onEach = {
    ground(_feature, layer) { layer.options.className = "ground"; },
    water(_feature, layer) { layer.options.className = "water"; },
    area(feature, layer) {
      areas.set(feature.properties.n, layer);
      layer.options.className = "area";
    },
    label(feature, layer) {
      const name = document.getElementById("area-names").children[feature.properties.n];
      layer.options.interactive = layer.options.keyboard = false;
      layer.options.pane = "labels";
      names.push([feature.properties.n, layer]);
      layer.setIcon(icon("area-name", 0, element("span", "", ...copies(name))));
    },
    gap(feature, layer) {
      const number = feature.properties.n;
      gaps.set(number, layer);
      layer.options.className = number > DRAWN ? "gap small" : "gap";
      casings.addLayer(L.polygon(layer.getLatLngs(), {pane: "gaps", interactive: false,
        className: number > DRAWN ? "casing small" : "casing", smoothFactor: 0.5}));
      layer.bindPopup(() => popup("gaps", number, 1), clear());
      layer.on("popupopen", () => choose(number));
    },
    number(feature, layer) {
      const number = feature.properties.n;
      points.set(number, layer);
      layer.options.pane = "numbers";
      layer.setIcon(icon(number > WORST ? "rank" : "rank worst", number > WORST ? 20 : 26,
        element("span", "", String(number))));
      layer.bindPopup(() => popup("gaps", number, 1), clear());
      layer.on("popupopen", () => choose(number));
      labelled(layer, "gaps", number);
    },
    site(feature, layer) {
      const number = feature.properties.n;
      sites.set(number, layer);
      layer.options.pane = "sites";
      layer.setIcon(icon(feature.properties.fixed ? "site fixed" : "site", 13, ""));
      layer.bindPopup(() => popup("sites", number, 3), clear());
      layer.on("popupopen", () => single(number));
      layer.on("popupclose", () => single(undefined));
      labelled(layer, "sites", number);
    },
  };

  // The picture as it is, or with the area of one site alone in full colour.
  async function paint() {
    const name = picture, site = chosenSite;
    const colour = siteColours[name]?.[site - 1];
    if (!colour) {
      shown.coverage.setUrl(pictures[name]);
      return;
    }
    const image = new Image();
    image.src = pictures[name];
    await image.decode();
    const canvas = element("canvas", "");
    canvas.width = image.width;
    canvas.height = image.height;
    const drawing = canvas.getContext("2d");
    drawing.drawImage(image, 0, 0);
    const pixels = drawing.getImageData(0, 0, image.width, image.height);
    const pixel = new Uint32Array(pixels.data.buffer);
    const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
    const own = (255 << 24 | blue << 16 | green << 8 | red) >>> 0;
    for (let at = 0; at < pixel.length; at++) {
      if (pixel[at] !== own) pixels.data[4 * at + 3] *= 0.25;
    }
    drawing.putImageData(pixels, 0, 0);
    // The reader may have gone on in the meantime.
    if (picture === name && chosenSite === site) shown.coverage.setUrl(canvas.toDataURL());
  }

  function single(site) {
    chosenSite = site;
    if (pictures[picture]) paint();
  }

  function showPicture(name) {
    picture = name;
    document.getElementById("frame").dataset.picture = name;
    for (const one of document.querySelectorAll("[data-classes]")) {
      one.hidden = one.dataset.classes !== name;
    }
    for (const one of document.querySelectorAll("[name=picture]")) {
      one.parentNode.classList.toggle("chosen", one.checked);
    }
    if (name === "none") {
      shown.coverage.remove();
      return;
    }
    paint();
    shown.coverage.addTo(map);
  }

  // Even-odd rule over all rings, which is right for holes and for areas of several parts.
  function within(layer, place) {
    let inside = false;
    const rings = (parts) => L.LineUtil.isFlat(parts) ? [parts] : parts.flatMap(rings);
    for (const ring of rings(layer.getLatLngs())) {
      ring.forEach((a, index) => {
        const b = ring[(index || ring.length) - 1];
        if ((a.lat > place.lat) !== (b.lat > place.lat)
          && place.lng < (b.lng - a.lng) * (place.lat - a.lat) / (b.lat - a.lat) + a.lng) {
          inside = !inside;
        }
      });
    }
    return inside;
  }

  // Who stands where: the worst gaps first, whatever is there; then the sites, which cannot move;
  // then the next gaps; then the names of areas, which may step aside within their area; then the
  // other gaps. A gap's number waits until there is room.
  function makeRoom() {
    const taken = [];
    const box = (layer, width, height, dx = 0, dy = 0) => {
      const at = map.latLngToLayerPoint(layer.getLatLng());
      return {x: at.x + dx, y: at.y + dy, w: width / 2, h: height / 2};
    };
    const free = (one, among = taken) => among.every((other) =>
      Math.abs(other.x - one.x) >= one.w + other.w || Math.abs(other.y - one.y) >= one.h + other.h);
    const view = map.getSize();
    // Whether the frame's edge would go through a name.
    const cut = (one) => {
      const at = map.layerPointToContainerPoint([one.x, one.y]);
      const out = (middle, half, end) => (middle - half < 0 && middle + half > 0)
        || (middle - half < end && middle + half > end);
      return out(at.x, one.w, view.x) || out(at.y, one.h, view.y);
    };
    const numbers = [...points].sort((a, b) => a[0] - b[0]);
    const size = (layer) => layer.options.icon.options.iconSize[0] + 1;
    const printing = root.classList.contains("printing");
    const nearer = map.getZoom() - home.zoom;
    document.getElementById("frame").classList.toggle("near", nearer >= NEAR);
    const place = ([number, layer]) => {
      const one = box(layer, size(layer), size(layer));
      const fixed = number <= WORST || number === chosen;
      // On paper nobody can come nearer: there a number without room steps aside.
      const aside = fixed || !printing ? [0, 0] : ASIDE.find(([dx, dy]) =>
        free({...one, x: one.x + dx, y: one.y + dy})) || [0, 0];
      one.x += aside[0];
      one.y += aside[1];
      const hidden = number > DRAWN && nearer < NEARER && number !== chosen;
      const room = !hidden && (fixed || printing || free(one));
      if (room) taken.push(one);
      const made = layer.getElement();
      if (!made) return;
      made.style.display = room ? "" : "none";
      made.style.translate = `${aside[0]}px ${aside[1]}px`;
    };
    const ranked = (from, to) => numbers.filter(([number]) => number > from && number <= to);
    ranked(0, WORST).forEach(place);
    for (const layer of sites.values()) taken.push({...box(layer, 15, 15), site: true});
    ranked(WORST, NEXT).forEach(place);
    for (const [number, layer] of names) {
      const text = layer.getElement()?.firstChild;
      if (!text) continue;
      const [width, height] = [text.offsetWidth, text.offsetHeight];
      const fits = (move, among) => {
        const one = box(layer, width, height, ...move);
        return free(one, among) && !cut(one)
          && within(areas.get(number), map.layerPointToLatLng([one.x, one.y]));
      };
      // A name may reach under a site where there is no other room, but not a number or a name.
      // On a small map it would be under several: there it waits until the reader comes nearer.
      const solid = taken.filter((one) => !one.site), marks = taken.filter((one) => one.site);
      const under = (one) => marks.filter((mark) =>
        !free(box(layer, width, height, ...one), [mark]));
      const move = MOVES.find((one) => fits(one))
        || (view.x < 600 ? null : MOVES.filter((one) => fits(one, solid))
          .sort((a, b) => under(a).length - under(b).length)[0]);
      text.style.visibility = move ? "" : "hidden";
      if (!move) continue;
      text.style.marginLeft = `${move[0]}px`;
      text.style.marginTop = `${move[1]}px`;
      taken.push(box(layer, width, height, ...move));
    }
    ranked(NEXT, Infinity).forEach(place);
  }

  function fit() {
    map.invalidateSize({animate: false, pan: false});
    // The district keeps clear of the controls, which would cover its marks.
    const left = document.querySelector("#frame .leaflet-top.leaflet-left").offsetWidth;
    const paper = root.classList.contains("printing");
    map.fitBounds(home.bounds, {animate: false, paddingTopLeft: [paper ? 20 : left + 16, 20],
      paddingBottomRight: [20, 34]});
    home.zoom = map.getZoom();
    makeRoom();
  }

  function show(number) {
    choose(number);
    const layer = gaps.get(number) || points.get(number);
    if (!layer) return;
    const bounds = layer.getBounds ? layer.getBounds() : L.latLngBounds([layer.getLatLng()]);
    document.getElementById("frame").scrollIntoView({block: "nearest"});
    // The popup stands above the gap, not on it.
    const above = Math.min(230, map.getSize().y / 3);
    map.fitBounds(bounds, {maxZoom: 16, paddingTopLeft: [30, above], paddingBottomRight: [30, 30],
      animate: !calm});
    layer.openPopup(L.latLng(bounds.getNorth(), bounds.getCenter().lng));
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
    const [all, north] = ["action.whole_district", "map.north"].map((key) => spoken[key]);
    const both = (one) => ["zh", "en"].map((language) => {
      const made = element("span", "", one[language]);
      made.lang = language;
      return made;
    });
    L.control.zoom({position: "topleft"}).addTo(map);
    const Home = L.Control.extend({onAdd() {
      const button = element("button", "leaflet-bar home", element("i", ""), ...both(all));
      button.type = "button";
      L.DomEvent.disableClickPropagation(button);
      button.addEventListener("click", fit);
      return button;
    }});
    new Home({position: "topleft"}).addTo(map);
    const North = L.Control.extend({onAdd: () => {
      const made = element("div", "north", element("i", "", "▲"), ...both(north));
      made.setAttribute("aria-hidden", "true");
      return made;
    }});
    new North({position: "topright"}).addTo(map);
    L.control.scale({imperial: false, position: "bottomleft"}).addTo(map);
  }

  function listen() {
    for (const row of document.querySelectorAll("#gaps tbody tr")) {
      const number = Number(row.id.split("-")[1]);
      const button = element("button", "go", ...row.cells[0].childNodes);
      button.type = "button";
      row.cells[0].append(button);
      row.addEventListener("click", () => show(number));
    }
    for (const button of document.querySelectorAll("button[data-gap]")) {
      button.addEventListener("click", () => show(Number(button.dataset.gap)));
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
    for (const one of document.querySelectorAll("[name=picture]")) {
      one.addEventListener("change", () => showPicture(one.value));
    }
    document.getElementById("more")?.addEventListener("click", (event) => {
      const open = root.classList.toggle("all-gaps");
      event.currentTarget.setAttribute("aria-expanded", String(open));
    });
    document.getElementById("print").addEventListener("click", () => print());
    addEventListener("hashchange", follow);
    if (framed) return;
    addEventListener("beforeprint", () => { map.closePopup(); root.classList.add("printing"); fit(); });
    addEventListener("afterprint", () => { root.classList.remove("printing"); fit(); });
  }

  // An address that ends in #gaps-3 shows that gap.
  function follow() {
    const number = Number(/^#gaps-(\d+)$/.exec(location.hash)?.[1]);
    if (rowOf("gaps", number)) show(number);
  }

  function start(made, layers, bounds, colours) {
    map = made;
    siteColours = colours;
    pictures = JSON.parse(document.getElementById("pictures").textContent);
    spoken = JSON.parse(document.getElementById("spoken").textContent);
    home = {bounds, zoom: 0};
    shown.coverage = layers.coverage;
    shown.areas = [layers.areas, layers.labels];
    // A pale line under the dashes keeps them visible on dark and on light classes.
    casings.addTo(map);
    layers.gaps.bringToFront();
    shown.gaps = [casings, layers.gaps, layers.numbers];
    shown.sites = [layers.sites];
    furniture();
    listen();
    // A browser may remember what was chosen before the page was loaded again.
    const first = document.querySelector("[name=picture]");
    pictures[first.value] = layers.coverage._url;
    showPicture(document.querySelector("[name=picture]:checked").value);
    speak(root.lang);
    fit();
    map.setMinZoom(Math.floor(map.getZoom()) - 1);
    map.on("moveend", makeRoom);
    // After the browser's own jump to the row, which comes with the load.
    addEventListener("load", () => requestAnimationFrame(follow));
  }

  return {onEach, start, show, popup};
})();
