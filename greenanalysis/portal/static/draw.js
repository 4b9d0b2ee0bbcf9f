"use strict";
// What both parts of the dashboard draw with; every text from data is set as text, never as HTML.
window.ga = (() => {
  const NS = "http://www.w3.org/2000/svg";
  const data = JSON.parse(document.body.dataset.page);
  const at = id => document.getElementById(id);
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
    : value.toLocaleString(data.locale, { maximumFractionDigits: digits });
  const short = value => Math.abs(value) >= 1e6
    ? value.toLocaleString(data.locale, { notation: "compact", maximumFractionDigits: 1 }) : number(value, value < 10 ? 2 : 0);
  const say = (key, ...values) => data.texts[key].replace(/\{(\d+)\}/g, (_, place) => values[place]);
  const word = (group, code) => {
    const table = data.labels[group] || {};
    return Object.hasOwn(table, code) ? table[code] : code || say("unknown");
  };
  const cut = (text, most) => text && text.length > most ? text.slice(0, most) + "…" : text;
  const options = (select, group, codes) => {
    const chosen = select.value;
    while (select.options.length > 1) select.remove(1);
    for (const code of codes) make("option", word(group, code), select).value = code;
    select.value = chosen;
  };

  // Stacked bars over years: series name -> values; years after `marked` are drawn pale.
  function bars(svg, years, series, colours, marked, target) {
    const width = svg.clientWidth || 420, height = svg.clientHeight || 300;
    svg.replaceChildren();
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const names = Object.keys(series);
    const totals = years.map((_, n) => names.reduce((sum, name) => sum + (series[name][n] || 0), 0));
    const top = Math.max(...totals, target ? target.value : 0, 1e-9), left = 66, bottom = height - 26;
    const step = (width - left - 6) / Math.max(years.length, 1), scale = (bottom - 12) / top;
    for (const share of [0, 0.5, 1]) {
      const y = bottom - share * top * scale;
      draw("line", { x1: left, x2: width, y1: y, y2: y, class: "axis" }, svg);
      draw("text", { x: left - 6, y: y + 4, "text-anchor": "end" }, svg, short(share * top));
    }
    const every = Math.ceil(years.length / 8);
    years.forEach((year, n) => {
      let y = bottom;
      for (const name of names) {
        const high = (series[name][n] || 0) * scale;
        y -= high;
        const bar = draw("rect", { x: left + n * step + 1, y, width: Math.max(Math.min(step - 2, 80), 1), height: high,
          fill: colours[name] || "#0b6e5b", class: year > marked ? "later" : "" }, svg);
        draw("title", {}, bar, `${year}: ${number(series[name][n], 2)}`);
      }
      if ((years.length - 1 - n) % every === 0)
        draw("text", { x: left + n * step + Math.min(step, 82) / 2, y: height - 8, "text-anchor": "middle" }, svg, year);
    });
    if (target) {
      const y = bottom - target.value * scale;
      draw("line", { x1: left, x2: width, y1: y, y2: y, class: "target" }, svg);
    }
  }

  // Horizontal bars: [label, value], the largest first, ten at most.
  function ranks(svg, rows) {
    const width = svg.clientWidth || 420, height = svg.clientHeight || 300;
    svg.replaceChildren();
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const most = rows.filter(row => row[1] > 0).sort((a, b) => b[1] - a[1]).slice(0, 10);
    const top = Math.max(...most.map(row => row[1]), 1e-9), left = Math.min(170, width * 0.42), step = height / 10;
    most.forEach(([label, value], n) => {
      const y = n * step + 3, long = (width - left - 74) * value / top;
      draw("text", { x: left - 6, y: y + step / 2 + 2, "text-anchor": "end" }, svg, cut(label, Math.floor(left / 7)));
      const bar = draw("rect", { x: left, y, width: Math.max(long, 1), height: step - 6, fill: "#0b6e5b" }, svg);
      draw("title", {}, bar, `${label}: ${number(value, 2)}`);
      draw("text", { x: left + long + 5, y: y + step / 2 + 2 }, svg, short(value));
    });
  }

  // A table whose heads sort it: columns {name, text, number, shown}.
  function table(node, columns, rows) {
    const head = node.tHead, body = node.tBodies[0];
    const order = node.dataset.sorted ? JSON.parse(node.dataset.sorted) : null;
    head.replaceChildren();
    const line = make("tr", null, head);
    for (const column of columns) {
      const cell = make("th", null, line, column.number ? "number" : "");
      make("button", column.text, cell).type = "button";
      if (order && order[0] === column.name) cell.setAttribute("aria-sort", order[1] > 0 ? "ascending" : "descending");
      cell.firstChild.addEventListener("click", () => {
        const way = order && order[0] === column.name ? -order[1] : column.number ? -1 : 1;
        node.dataset.sorted = JSON.stringify([column.name, way]);
        table(node, columns, rows);
      });
    }
    const sorted = [...rows];
    if (order) sorted.sort((a, b) => {
      const [x, y] = [a[order[0]], b[order[0]]];
      if (x === null || x === undefined) return 1;
      if (y === null || y === undefined) return -1;
      return (typeof x === "number" ? x - y : String(x).localeCompare(String(y), data.locale)) * order[1];
    });
    body.replaceChildren();
    for (const row of sorted) {
      const tr = make("tr", null, body);
      for (const column of columns) {
        const value = row[column.name];
        const text = column.shown ? column.shown(value, row) : column.number ? number(value, 2) : value;
        make("td", cut(text === null || text === undefined || text === "" ? "–" : String(text), 400), tr, column.number ? "number" : "");
      }
    }
  }

  async function get(address) {
    const reply = await fetch(address);
    if (!reply.ok) throw new Error(String(reply.status));
    return reply.json();
  }
  return { at, bars, cut, data, draw, get, make, number, options, ranks, say, short, table, word };
})();
