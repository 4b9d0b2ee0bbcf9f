/* Draws the Vega-Lite specifications of a page over their static twins, which stay for print. */
(function () {
  "use strict";
  var kit = window.gaKit, vegaEmbed = kit.vegaEmbed, root = document.documentElement;
  var locale = kit.locales[root.lang] || {};
  var NARROW = 420, EXPORT_WIDTH = 900, LETTER = 6.6, PANEL_MARGIN = 64, MOST_ROWS = 400;
  var drawn = new Map();

  /* Text and colours of a specification */
  function read(figure) { return JSON.parse(figure.querySelector(".ga-chart-spec").textContent); }
  function meta(figure) { return read(figure).usermeta.greenanalysis; }
  function themed(text) {
    return text.replace(/#[0-9a-f]{6}\b/g, function (hex) {
      return kit.colours[hex] ? "var(" + kit.colours[hex] + ")" : hex;
    });
  }
  function wrap(text, width) {
    var most = Math.max(18, Math.floor(width / LETTER)), lines = [""];
    String(text).split(" ").forEach(function (word) {
      var last = lines[lines.length - 1];
      if (last && (last + " " + word).length > most) { lines.push(word); }
      else { lines[lines.length - 1] = last ? last + " " + word : word; }
    });
    return lines.length > 1 ? lines : lines[0];
  }
  function walk(part, width, keyless) {
    if (Array.isArray(part)) { part.forEach(function (one) { walk(one, width, keyless); }); return; }
    if (!part || typeof part !== "object") { return; }
    if (part.width === "full") { part.width = Math.max(160, width - PANEL_MARGIN); }
    if (part.axis && typeof part.axis.title === "string") { part.axis.title = wrap(part.axis.title, width - 60); }
    Object.keys(part).forEach(function (name) {
      if (name === "usermeta" || name === "data") { return; }
      var inside = part[name];
      if (keyless && /^(color|fill|shape|strokeDash)$/.test(name) && inside && inside.type === "nominal") { inside.legend = null; }
      walk(inside, width, keyless);
    });
  }
  function sized(spec, width, keyless) {
    walk(spec, width, keyless);
    if (!spec.vconcat) {
      spec.width = keyless ? "container" : width;
      spec.autosize = { type: keyless ? "fit-x" : "pad", contains: "padding" };
    }
    return spec;
  }
  function forPage(figure, width) {
    var spec = read(figure);
    delete spec.title; delete spec.description;
    spec.background = null;
    return JSON.parse(themed(JSON.stringify(sized(spec, width, true))));
  }
  function forFile(figure) {
    var spec = sized(read(figure), EXPORT_WIDTH, false), about = spec.usermeta.greenanalysis;
    spec.title.text = wrap(figure.querySelector("figcaption").firstChild.textContent, EXPORT_WIDTH);
    spec.title.subtitle = [about.unit].concat(about.source ? [about.source] : []);
    spec.background = "#ffffff";
    spec.padding = 16;
    return spec;
  }
  function embed(box, spec, renderer) {
    return vegaEmbed(box, spec, {
      mode: "vega-lite", ast: true, actions: false, renderer: renderer || "svg", logLevel: 1,
      tooltip: tell, formatLocale: locale.number, timeFormatLocale: locale.time
    });
  }

  /* The value under the pointer; only text is written */
  var tip = document.createElement("div"), tapped = 0;
  tip.id = "ga-tip"; tip.setAttribute("role", "tooltip"); tip.hidden = true;
  document.body.append(tip);
  function said(value) {
    return Object.keys(value).map(function (name) { return name + ": " + value[name]; }).join("; ");
  }
  function show(value, x, y) {
    tip.replaceChildren();
    Object.keys(value).forEach(function (name) {
      var row = document.createElement("div"), label = document.createElement("span"), number = document.createElement("b");
      label.textContent = name; number.textContent = value[name] === "null" || value[name] === "NaN" ? "–" : value[name];
      row.append(label, number); tip.append(row);
    });
    tip.hidden = false;
    var wide = tip.offsetWidth, high = tip.offsetHeight;
    tip.style.left = Math.max(4, Math.min(x + 14, innerWidth - wide - 4)) + "px";
    tip.style.top = (y - high - 14 < 4 ? y + 18 : y - high - 14) + "px";
  }
  function tell(handler, event, item, value) {
    if (!event) { tip.hidden = true; return; }
    var touch = event.pointerType === "touch" || /^touch/.test(event.type);
    if (value === null || value === undefined || typeof value !== "object") {
      if (!touch && Date.now() - tapped > 700) { tip.hidden = true; }
      return;
    }
    if (touch) { tapped = Date.now(); }
    var at = event.changedTouches ? event.changedTouches[0] : event;
    show(value, at.clientX, at.clientY);
  }
  addEventListener("scroll", function () { tip.hidden = true; }, { passive: true });
  addEventListener("keydown", function (event) { if (event.key === "Escape") { tip.hidden = true; } });

  /* Marks that have a value to tell: for fingers and for keys */
  function told(element) {
    var item = element && element.__data__, one = item && (item.tooltip || (item[0] && item[0].tooltip));
    return one && typeof one === "object" ? one : null;
  }
  function marks(box) {
    return [].filter.call(box.querySelectorAll("svg path, svg rect, svg text"), told);
  }
  function middle(element) {
    var item = element.__data__, under = item && item.datum && item.datum.datum ? item.datum : null;
    if (under && typeof under.x === "number" && element.getScreenCTM) {
      var point = new DOMPoint(under.x, under.y).matrixTransform(element.getScreenCTM());
      return { x: point.x, y: point.y };
    }
    var box = element.getBoundingClientRect();
    return { x: box.left + box.width / 2, y: box.top + box.height / 2 };
  }
  function point(element) {
    var at = middle(element);
    ["pointerover", "pointermove"].forEach(function (kind) {
      element.dispatchEvent(new PointerEvent(kind, { clientX: at.x, clientY: at.y, bubbles: true, pointerType: "mouse" }));
    });
    show(told(element), at.x, at.y);
  }
  function keys(figure, box, view) {
    var place = -1, zoomable = meta(figure).zoom;
    box.tabIndex = 0;
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", figure.querySelector("figcaption").firstChild.textContent);
    box.addEventListener("keydown", function (event) {
      var step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (step) {
        var all = marks(box);
        if (!all.length) { return; }
        event.preventDefault();
        place = (place + step + all.length) % all.length;
        point(all[place]);
        figure.querySelector(".ga-say").textContent = said(told(all[place]));
      } else if (zoomable && /^[-+=0]$/.test(event.key)) {
        event.preventDefault();
        zoom(view, zoomable, { "-": "out", "0": "all" }[event.key] || "in");
      } else if (event.key === "Escape") { place = -1; figure.querySelector(".ga-say").textContent = ""; }
    });
    box.addEventListener("pointerup", function (event) {
      if (event.pointerType !== "touch") { return; }
      var value = told(document.elementFromPoint(event.clientX, event.clientY));
      if (value) { tapped = Date.now(); show(value, event.clientX, event.clientY); } else { tip.hidden = true; }
    });
  }

  /* Zoom along x, by buttons and keys; the wheel with Ctrl and the mouse work inside Vega */
  function zoom(view, field, way) {
    var name = "zoom_" + field, scale = view.scale("x"), now = scale.domain();
    if (way === "all") { view.signal(name, null).runAsync(); return; }
    var centre = (now[0] + now[1]) / 2, half = (now[1] - now[0]) / 2 * (way === "in" ? 0.6 : 1 / 0.6);
    view.signal(name, [centre - half, centre + half]).runAsync();
  }

  /* Drawing */
  async function live(figure) {
    if (drawn.has(figure)) { return; }
    drawn.set(figure, null);
    var box = figure.querySelector(".ga-live");
    box.hidden = false;
    figure.classList.add("ga-on");
    try {
      var made = await embed(box, forPage(figure, box.clientWidth));
      drawn.set(figure, made.view);
      hide(figure);
      if (!box.tabIndex || box.tabIndex < 0) { keys(figure, box, made.view); }
      figure.dataset.ready = "1";
    } catch (failure) {
      box.hidden = true;
      figure.classList.remove("ga-on");
      console.warn("chart " + figure.id + ": " + failure.message);
    }
  }
  function hide(figure) {
    var view = drawn.get(figure), off = [];
    figure.querySelectorAll('.ga-key[aria-pressed="false"]').forEach(function (one) { off.push(one.dataset.series); });
    if (view && figure.querySelector(".ga-key")) { view.signal("hidden", off).runAsync(); }
  }

  /* Files: the drawn numbers, the picture, the citation */
  function save(name, blob) {
    var link = document.createElement("a");
    link.href = URL.createObjectURL(blob); link.download = name;
    document.body.append(link); link.click(); link.remove();
    setTimeout(function () { URL.revokeObjectURL(link.href); }, 9000);
  }
  function page() { return location.href.split(/[?#]/)[0].split("/").pop(); }
  function base(figure) { return page().replace(/\.html$/, "") + "-" + figure.id; }
  function table(figure) {
    var spec = read(figure), about = spec.usermeta.greenanalysis;
    var words = (spec.params.find(function (one) { return one.name === "L"; }) || {}).value || {};
    return [about.columns.map(function (pair) { return pair[1]; })].concat(spec.data.values.map(function (row) {
      return about.columns.map(function (pair) {
        var value = row[pair[0]];
        return value === null || value === undefined ? "" : about.words.indexOf(pair[0]) >= 0 ? words[value] || value : value;
      });
    }));
  }
  function cell(value) {
    var text = String(value);
    if (/^[=+\-@\t\r]/.test(text) && isNaN(text)) { text = "'" + text; }
    return /[",\r\n]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
  }
  function csv(figure) {
    var about = meta(figure);
    var head = [["title", figure.querySelector("figcaption").firstChild.textContent], ["unit", about.unit],
      ["source", about.source], ["note", about.note], ["page", page() + "#" + figure.id],
      ["sha256 of the numbers", about.hash], ["licence and citation", figure.dataset.cite]];
    var lines = head.filter(function (pair) { return pair[1]; }).map(function (pair) {
      return "# " + pair[0] + ": " + String(pair[1]).replace(/\s+/g, " ");
    });
    return "\ufeff" + lines.concat(table(figure).map(function (row) { return row.map(cell).join(","); })).join("\r\n") + "\r\n";
  }
  async function picture(figure, kind) {
    var box = document.createElement("div");
    box.style.cssText = "position:absolute;left:-9999px;width:" + EXPORT_WIDTH + "px";
    document.body.append(box);
    var made = await embed(box, forFile(figure));
    try {
      made.view.signal("hidden", hiddenOf(figure));
    } catch (none) { /* a chart without series */ }
    try {
      await made.view.runAsync();
      if (kind === "svg") {
        save(base(figure) + ".svg", new Blob([await made.view.toSVG()], { type: "image/svg+xml" }));
      } else {
        var canvas = await made.view.toCanvas(2);
        var blob = await new Promise(function (done) { canvas.toBlob(done, "image/png"); });
        save(base(figure) + ".png", blob);
      }
    } finally { made.view.finalize(); box.remove(); }
  }
  function hiddenOf(figure) {
    return [].map.call(figure.querySelectorAll('.ga-key[aria-pressed="false"]'), function (one) { return one.dataset.series; });
  }
  function rows(figure) {
    var old = figure.querySelector(".ga-rows");
    if (old) { old.remove(); return; }
    var box = document.createElement("div"), inside = document.createElement("table");
    box.className = "ga-rows ga-table"; box.tabIndex = 0;
    table(figure).slice(0, MOST_ROWS + 1).forEach(function (row, number) {
      var line = inside.insertRow();
      row.forEach(function (value) {
        var part = document.createElement(number ? "td" : "th");
        part.textContent = typeof value === "number" ? value.toLocaleString(root.lang) : value;
        if (typeof value === "number") { part.className = "ga-number"; }
        line.append(part);
      });
    });
    box.append(inside); figure.append(box); box.focus();
  }
  function cite(figure) {
    var place = figure.querySelector(".ga-say");
    place.textContent = figure.querySelector("figcaption").firstChild.textContent + ". " + figure.dataset.cite + " " + page() + "#" + figure.id;
    if (navigator.clipboard && isSecureContext) { navigator.clipboard.writeText(place.textContent).catch(function () {}); }
  }
  var actions = {
    csv: function (figure) { save(base(figure) + ".csv", new Blob([csv(figure)], { type: "text/csv;charset=utf-8" })); },
    png: function (figure) { return picture(figure, "png"); },
    svg: function (figure) { return picture(figure, "svg"); },
    table: rows, cite: cite
  };

  var all = [].slice.call(document.querySelectorAll(".ga-chart"));
  all.forEach(function (figure) {
    figure.querySelectorAll("[data-do]").forEach(function (button) {
      button.addEventListener("click", function () {
        actions[button.dataset.do](figure);
        button.closest("details").open = false;
      });
    });
    figure.querySelectorAll(".ga-key").forEach(function (button) {
      button.addEventListener("click", function () {
        button.setAttribute("aria-pressed", button.getAttribute("aria-pressed") !== "true");
        hide(figure);
      });
    });
    figure.querySelectorAll("[data-zoom]").forEach(function (button) {
      button.addEventListener("click", function () {
        var view = drawn.get(figure);
        if (view) { zoom(view, meta(figure).zoom, button.dataset.zoom); }
      });
    });
  });
  document.addEventListener("click", function (event) {
    document.querySelectorAll(".ga-menu[open]").forEach(function (menu) {
      if (!menu.contains(event.target)) { menu.open = false; }
    });
  });
  if ("IntersectionObserver" in window) {
    var seen = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) {
        if (entry.isIntersecting) { seen.unobserve(entry.target); live(entry.target); }
      });
    }, { rootMargin: "400px" });
    all.forEach(function (figure) { seen.observe(figure); });
  } else { all.forEach(live); }
  var before = innerWidth, later;
  addEventListener("resize", function () {
    clearTimeout(later);
    later = setTimeout(function () {
      if (innerWidth === before) { return; }
      before = innerWidth;
      drawn.forEach(function (view, figure) {
        if (view) { view.finalize(); }
        drawn.delete(figure);
        live(figure);
      });
    }, 180);
  });
  window.gaCharts = { live: live, views: drawn, csv: csv };
})();
