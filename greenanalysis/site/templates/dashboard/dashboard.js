"use strict";
// Draws what the interface says; every text from data is set as text, never as HTML.
(() => {
  const SHOWN = 300, AGAIN_MS = 60000, NS = "http://www.w3.org/2000/svg";
  const at = id => document.getElementById(id);
  const inputs = ["region", "technology", "status", "text", "year", "undated"].map(at);
  const language = document.documentElement.lang;
  // Not every browser has the numbers of Kazakh; Unicode's CLDR writes them like the Russian ones.
  const locale = language === "kk" ? "ru" : language;
  const texts = JSON.parse(document.body.dataset.texts), words = JSON.parse(document.body.dataset.words);
  const places = new Map();
  let about, map, points, asked = 0, version = 0;

  const make = (tag, text, parent, kind) => {
    const node = document.createElement(tag);
    if (text !== null && text !== undefined) node.textContent = text;
    if (kind) node.className = kind;
    if (parent) parent.append(node);
    return node;
  };
  const draw = (tag, attributes, parent, text) => {
    const node = document.createElementNS(NS, tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    if (text !== undefined) node.textContent = text;
    parent.append(node);
    return node;
  };
  const number = (value, digits = 0) => value === null || value === undefined ? "–"
    : value.toLocaleString(locale, { maximumFractionDigits: digits });
  const say = (key, ...values) => texts[key].replace(/\{(\d+)\}/g, (_, place) => values[place]);
  const word = name => Object.hasOwn(words, name) ? words[name] : name;
  const cut = (text, most) => text && text.length > most ? text.slice(0, most) + "…" : text;

  function query() {
    const filters = new URLSearchParams();
    for (const name of ["region", "technology", "status", "text", "year"])
      if (at(name).value) filters.set(name, at(name).value);
    if (!at("undated").checked) filters.set("undated", "0");
    return filters;
  }

  function showMap(plants) {
    points.clearLayers();
    for (const plant of plants) {
      if (plant.latitude === null || plant.longitude === null) continue;
      const colour = about.colours[plant.technology] || "#5f7078";
      const point = L.circleMarker([plant.latitude, plant.longitude], {
        radius: 3 + Math.sqrt(plant.capacity_mw || 0) / 4.5, color: "#fff", weight: 1,
        fillColor: colour, fillOpacity: 0.85,
      });
      point.bindPopup(() => {
        const box = make("div");
        make("b", cut(plant.name, 300), box);
        make("div", cut(plant.owner || say("owner"), 300), box);
        make("div", [word(plant.technology), say("mw", number(plant.capacity_mw, 2)), word(plant.status),
          plant.year ? say("since", plant.year) : say("year")].join(", "), box);
        return box;
      });
      points.addLayer(point);
    }
  }

  function showChart(data, year) {
    const svg = at("chart"), width = svg.clientWidth || 420, height = svg.clientHeight || 330;
    svg.replaceChildren();
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const names = Object.keys(data.technologies);
    const totals = data.years.map((_, n) =>
      names.reduce((sum, name) => sum + data.technologies[name][n], 0));
    const top = Math.max(...totals, 1), left = 54, bottom = height - 26;
    const step = (width - left - 6) / data.years.length, scale = (bottom - 12) / top;
    for (const share of [0, 0.5, 1]) {
      const y = bottom - share * top * scale;
      draw("line", { x1: left, x2: width, y1: y, y2: y, class: "axis" }, svg);
      draw("text", { x: left - 6, y: y + 4, "text-anchor": "end" }, svg, number(share * top));
    }
    data.years.forEach((one, n) => {
      let y = bottom;
      for (const name of names) {
        const high = data.technologies[name][n] * scale;
        y -= high;
        draw("rect", { x: left + n * step + 1, y, width: Math.max(step - 2, 1), height: high,
          fill: about.colours[name], class: one > year ? "later" : "" }, svg);
      }
      if (one % 5 === 0)
        draw("text", { x: left + (n + 0.5) * step, y: height - 8, "text-anchor": "middle" }, svg, one);
    });
    at("undated-note").textContent = data.undated > 0
      ? say("undated", number(data.undated)) : "";
  }

  function shown(column, value) {
    if (column === "capacity_mw") return number(value, 2);
    if (column === "region") return places.get(value) || value;
    return column === "technology" || column === "status" ? word(value) : value;
  }

  function showTable(plants) {
    const body = at("rows");
    body.replaceChildren();
    for (const plant of plants.slice(0, SHOWN)) {
      const row = make("tr", null, body);
      for (const [name, kind] of [["name"], ["owner"], ["technology"], ["capacity_mw", "number"],
        ["region"], ["status"], ["year", "number"], ["source"]]) {
        const value = shown(name, plant[name]);
        make("div", cut(value === null ? "–" : String(value), 400), make("td", null, row, kind));
      }
    }
    at("cut").textContent = plants.length > SHOWN
      ? say("cut", number(SHOWN), number(plants.length)) : "";
  }

  async function show() {
    const mine = ++asked, filters = query();
    at("year-shown").textContent = at("year").value;
    at("csv").href = `/api/plants.csv?${filters}`;
    at("xlsx").href = `/api/plants.xlsx?${filters}`;
    const reply = await fetch(`/api/plants.json?${filters}`);
    if (mine !== asked) return;
    if (!reply.ok) { at("finding").textContent = say("unreadable"); return; }
    const found = await reply.json();
    version = found.version;
    const total = found.plants.reduce((sum, plant) => sum + (plant.capacity_mw || 0), 0);
    at("finding").textContent = say("found", number(found.plants.length), number(total));
    showMap(found.plants);
    showChart(found.by_year, Number(at("year").value));
    showTable(found.plants);
    document.body.dataset.shown = String(mine);
  }

  const Scale = L.Control.Scale.extend({
    _updateScale(line, label, share) {
      const [length, unit] = label.split(" ");
      L.Control.Scale.prototype._updateScale.call(this, line, `${number(Number(length))} ${say(unit)}`, share);
    },
  });

  function start() {
    for (const feature of about.regions.features) {
      const { region, [`name_${language}`]: name } = feature.properties;
      places.set(region, name);
      make("option", name, at("region")).value = region;
    }
    for (const name of about.technologies) make("option", word(name), at("technology")).value = name;
    for (const name of about.statuses) make("option", word(name), at("status")).value = name;
    if (about.statuses.includes("operating")) at("status").value = "operating";
    for (const name of about.technologies) {
      const item = make("li", null, at("legend"));
      const mark = draw("svg", { viewBox: "0 0 12 12", "aria-hidden": "true" }, item);
      draw("circle", { cx: 6, cy: 6, r: 5.5, fill: about.colours[name] }, mark);
      item.append(word(name));
    }
    [at("year").min, at("year").max] = about.years;
    at("year").value = about.years[1];
    map = L.map("map", { attributionControl: false, zoomControl: false, zoomSnap: 0.25, scrollWheelZoom: false });
    const land = L.geoJSON(about.regions, { interactive: false,
      style: { color: "#8b9aa3", weight: 1, fillColor: "#f3f4f1", fillOpacity: 1 } }).addTo(map);
    points = L.layerGroup().addTo(map);
    map.fitBounds(land.getBounds());
    L.control.zoom({ zoomInTitle: say("in"), zoomOutTitle: say("out") }).addTo(map);
    new Scale({ imperial: false }).addTo(map);
    map.on("popupopen", event => event.popup.getElement()
      .querySelector(".leaflet-popup-close-button").setAttribute("aria-label", say("close")));
    at("region").addEventListener("change", () => {
      const chosen = land.getLayers().find(l => l.feature.properties.region === at("region").value);
      map.fitBounds((chosen || land).getBounds());
    });
    for (const input of inputs) input.addEventListener("input", show);
    at("filters").addEventListener("submit", event => event.preventDefault());
    addEventListener("resize", show);
    setInterval(async () => {
      const reply = await fetch("/api/overview.json");
      if (reply.ok && (await reply.json()).version !== version) show();
    }, AGAIN_MS);
    show();
  }

  fetch("/api/overview.json").then(reply => reply.json()).then(found => { about = found; start(); })
    .catch(() => { at("finding").textContent = say("unreadable"); });
})();
