"use strict";
// The plants of the registry: map, capacity by year, table; asks again when something changes.
(() => {
  const AGAIN_MS = 60000;
  const { at, bars, cut, data, draw, get, make, number, options, say, table, word } = window.ga;
  const names = ["region", "technology", "status", "text", "year"];
  const inputs = [...names, "undated", "fossil"].map(at);
  let colours, map, points, land, asked = 0, first = true;

  function query() {
    const filters = new URLSearchParams();
    for (const name of names) if (at(name).value) filters.set(name, at(name).value);
    if (!at("undated").checked) filters.set("undated", "false");
    if (at("fossil").checked) filters.set("fossil", "true");
    return filters;
  }

  function showMap(plants) {
    points.clearLayers();
    for (const plant of plants) {
      const point = L.circleMarker([plant.latitude, plant.longitude], {
        radius: 3 + Math.sqrt(plant.capacity_mw || 0) / 4.5, color: "#fff", weight: 1,
        fillColor: colours[plant.technology] || "#5f7078", fillOpacity: 0.85,
      });
      point.bindPopup(() => {
        const box = make("div");
        make("b", cut(plant.name, 300), box);
        make("div", cut(plant.owner || say("owner"), 300), box);
        make("div", [word("technology", plant.technology), say("mw", number(plant.capacity_mw, 2)),
          word("status", plant.status), plant.year ? say("since", plant.year) : say("year")].join(", "), box);
        return box;
      });
      points.addLayer(point);
    }
  }

  function legend(technologies) {
    at("legend").replaceChildren();
    for (const name of technologies) {
      const item = make("li", null, at("legend"));
      const mark = draw("svg", { viewBox: "0 0 12 12", "aria-hidden": "true" }, item);
      draw("circle", { cx: 6, cy: 6, r: 5.5, fill: colours[name] || "#5f7078" }, mark);
      item.append(word("technology", name));
    }
  }

  const COLUMNS = [["name"], ["owner"], ["technology", "technology"], ["capacity_mw", null, true], ["region", "region"],
    ["status", "status"], ["year", null, true], ["source"]];
  const columns = [...at("plant-table").tHead.querySelectorAll("th")].map((head, n) => ({
    name: COLUMNS[n][0], text: head.textContent, number: COLUMNS[n][2],
    shown: COLUMNS[n][1] ? value => word(COLUMNS[n][1], value) : COLUMNS[n][0] === "year" ? value => value : undefined,
  }));

  async function show() {
    const mine = ++asked, filters = query();
    at("year-shown").textContent = at("year").value;
    at("csv").href = `/api/v1/plants.csv?${filters}`;
    at("xlsx").href = `/api/v1/plants.xlsx?${filters}`;
    at("year-csv").href = `/api/v1/plants-by-year.csv?${filters}`;
    let reply;
    try { reply = await get(`/api/v1/plants/summary?${filters}`); }
    catch { at("finding").textContent = say("unreadable"); return; }
    if (mine !== asked) return;
    if (first) {
      first = false;
      options(at("technology"), "technology", reply.technologies);
      options(at("status"), "status", reply.statuses);
      if (reply.statuses.includes("operating")) { at("status").value = "operating"; return show(); }
    }
    at("finding").textContent = say("found", number(reply.count), number(reply.capacity_mw));
    showMap(reply.points);
    const { years, series, undated } = reply.by_year;
    bars(at("chart"), years, series, colours, Number(at("year").value));
    legend(Object.keys(series));
    at("undated-note").textContent = undated > 0 ? say("undated", number(undated)) : "";
    table(at("plant-table"), columns, reply.rows);
    at("cut").textContent = reply.count > reply.rows.length
      ? say("cut", number(reply.rows.length), number(reply.count)) : "";
    document.body.dataset.shown = String(mine);
  }

  const Scale = L.Control.Scale.extend({
    _updateScale(line, label, share) {
      const [length, unit] = label.split(" ");
      L.Control.Scale.prototype._updateScale.call(this, line, `${number(Number(length))} ${say(unit)}`, share);
    },
  });

  // Regions with more enterprises are darker; called by the part that knows them.
  window.ga.shade = counts => {
    if (!land) { window.ga.waiting = counts; return; }
    const most = Math.max(...Object.values(counts), 1);
    land.eachLayer(layer => {
      const count = counts[layer.feature.properties.region] || 0;
      layer.setStyle({ fillColor: count ? "#0b6e5b" : "#f3f4f1", fillOpacity: count ? 0.12 + 0.5 * count / most : 1 });
      layer.unbindTooltip();
      if (count) layer.bindTooltip(`${word("region", layer.feature.properties.region)}: ${say("reporting", number(count))}`);
    });
  };

  async function start() {
    const [regions, around, table] = await Promise.all(["regions", "neighbours", "colours"].map(name => get(`/api/v1/${name}`)));
    colours = table;
    const codes = regions.features.map(feature => feature.properties.region);
    options(at("region"), "region", codes);
    const now = new Date().getFullYear();
    [at("year").min, at("year").max, at("year").value] = [2005, now, now];
    map = L.map("map", { attributionControl: false, zoomControl: false, zoomSnap: 0.25, scrollWheelZoom: false });
    L.geoJSON(around, { interactive: false, style: one => ({ color: "#c3cbd0", weight: 1, fillOpacity: 1,
      fillColor: one.properties.kind === "sea" ? "#cfe2ec" : "#e4e7e2" }) }).addTo(map);
    land = L.geoJSON(regions, { style: { color: "#8b9aa3", weight: 1, fillColor: "#f3f4f1", fillOpacity: 1 } }).addTo(map);
    points = L.layerGroup().addTo(map);
    map.fitBounds(land.getBounds());
    L.control.zoom({ zoomInTitle: say("in"), zoomOutTitle: say("out") }).addTo(map);
    new Scale({ imperial: false }).addTo(map);
    map.on("popupopen", event => event.popup.getElement()
      .querySelector(".leaflet-popup-close-button").setAttribute("aria-label", say("close")));
    if (window.ga.waiting) window.ga.shade(window.ga.waiting);
    at("region").addEventListener("change", () => {
      const chosen = land.getLayers().find(l => l.feature.properties.region === at("region").value);
      map.fitBounds((chosen || land).getBounds());
    });
    for (const input of inputs) input.addEventListener("input", show);
    at("plant-filters").addEventListener("submit", event => event.preventDefault());
    addEventListener("resize", show);
    setInterval(show, AGAIN_MS);
    show();
  }

  start().catch(() => { at("finding").textContent = say("unreadable"); });
})();
