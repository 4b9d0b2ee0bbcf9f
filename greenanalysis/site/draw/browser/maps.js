/* Draws the maps of a page with Leaflet over the shared base: relief, water, borders, cities. */
(function () {
  "use strict";
  var L = window.gaLeaflet, BASE = window.gaBase, root = document.documentElement;
  var language = { ru: 1, kk: 2 }[root.lang] || 0, NARROW = 600, FINE = 10, SHARP = 3;

  /* Packed lines and numbers */
  function unpack(text) {
    var points = [], at = 0, x = 0, y = 0;
    function next() {
      var value = 0, shift = 0, byte;
      do { byte = text.charCodeAt(at++) - 63; value |= (byte & 31) << shift; shift += 5; } while (byte >= 32);
      return value & 1 ? ~(value >> 1) : value >> 1;
    }
    while (at < text.length) { x += next(); y += next(); points.push([y / 1000, x / 1000]); }
    return points;
  }
  function shapes(packed) { return packed.map(function (polygon) { return polygon.map(unpack); }); }
  function mercator(latitude) { return Math.log(Math.tan(Math.PI / 4 + latitude * Math.PI / 360)); }
  function number(value, digits) {
    return value === null || isNaN(value) ? "–" : value.toLocaleString(root.lang, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  }
  /* The middle of a scale may need one digit more than its ends: 0, 2.5, 5 */
  function tick(value, digits) {
    var step = Math.pow(10, -digits), exact = Math.abs(Math.round(value / step) * step - value) < step / 100;
    return number(value, exact ? digits : digits + 1);
  }
  function element(tag, kind, text) {
    var made = document.createElement(tag);
    if (kind) { made.className = kind; }
    if (text !== undefined) { made.textContent = text; }
    return made;
  }
  function inside(polygons, latitude, longitude) {
    var hit = false;
    polygons.forEach(function (polygon) {
      polygon.forEach(function (ring) {
        for (var i = 0, j = ring.length - 1; i < ring.length; j = i++) {
          var a = ring[i], b = ring[j];
          if ((a[0] > latitude) !== (b[0] > latitude) && longitude < (b[1] - a[1]) * (latitude - a[0]) / (b[0] - a[0]) + a[1]) { hit = !hit; }
        }
      });
    });
    return hit;
  }
  var country = shapes(BASE.country);

  /* The base */
  function box(edges) { return [[edges[1], edges[0]], [edges[3], edges[2]]]; }
  function pane(map, name, order) { var made = map.createPane(name); made.style.zIndex = order; return made; }
  function drawBase(map) {
    [["land", 210], ["shade", 320], ["veil", 325], ["water", 330], ["river", 335], ["border", 345], ["city", 460]].forEach(function (one) {
      pane(map, "ga-" + one[0], one[1]).style.pointerEvents = "none";
    });
    var still = { interactive: false };
    L.rectangle([[-60, -60], [85, 200]], Object.assign({ pane: "ga-land", className: "ga-land", stroke: false, fillOpacity: 1 }, still)).addTo(map);
    L.imageOverlay(BASE.shadeWide, box(BASE.wide), { pane: "ga-shade" }).addTo(map);
    L.imageOverlay(BASE.shade, box(BASE.near), { pane: "ga-shade" }).addTo(map);
    L.polygon(shapes(BASE.water), Object.assign({ pane: "ga-water", className: "ga-water", weight: 0.6, fillOpacity: 1 }, still)).addTo(map);
    var rivers = Object.keys(BASE.rivers).map(function (rank) {
      return [+rank, L.polyline(BASE.rivers[rank].map(unpack), Object.assign({ pane: "ga-river", className: "ga-river", weight: Math.max(0.5, 1.7 - rank * 0.14) }, still))];
    });
    L.polyline(BASE.borders.map(unpack), Object.assign({ pane: "ga-border", className: "ga-border", weight: 0.9 }, still)).addTo(map);
    var wide = BASE.wide, hole = [[wide[1], wide[0]], [wide[3], wide[0]], [wide[3], wide[2]], [wide[1], wide[2]]];
    L.polygon([hole].concat(country.map(function (polygon) { return polygon[0]; })), Object.assign({ pane: "ga-veil", className: "ga-veil", stroke: false, fillOpacity: 1 }, still)).addTo(map);
    L.polygon(country, Object.assign({ pane: "ga-border", className: "ga-country", fill: false, weight: 1.5 }, still)).addTo(map);
    function label() {
      var zoom = map.getZoom(), size = map.getSize(), taken = [[0, size.y - 30, 120, size.y], [0, 0, 52, 90]].concat(map.gaTaken || []);
      var holder = map.getPane("ga-city"), part = document.createDocumentFragment();
      rivers.forEach(function (river) {
        var on = river[0] <= zoom * 1.6 - 2;
        if (on !== map.hasLayer(river[1])) { on ? river[1].addTo(map) : river[1].remove(); }
      });
      holder.textContent = "";
      BASE.cities.forEach(function (city) {
        if (city[5] > zoom + 0.6) { return; }
        var place = map.latLngToContainerPoint([city[4], city[3]]), name = city[language];
        if (place.x < 4 || place.y < 6 || place.x > size.x - 12 || place.y > size.y - 6) { return; }
        var wide = name.length * 7 + 12, left = false, free = null;
        [[place.x - 4, place.y - 9, place.x + wide, place.y + 8], [place.x - wide, place.y - 9, place.x + 4, place.y + 8]].some(function (area, side) {
          if (area[0] < 0 || area[2] > size.x) { return false; }
          var clear = taken.every(function (other) { return other[2] < area[0] || other[0] > area[2] || other[3] < area[1] || other[1] > area[3]; });
          if (clear) { free = area; left = side === 1; }
          return clear;
        });
        if (!free) { return; }
        taken.push(free);
        var at = map.latLngToLayerPoint([city[4], city[3]]);
        var mark = element("div", "ga-city" + (city[6] === 2 ? " ga-capital" : "") + (city[7] ? " ga-home" : "") + (left ? " ga-left" : ""));
        mark.style.transform = "translate(" + Math.round(at.x) + "px," + Math.round(at.y) + "px)";
        mark.append(element("i"), element("span", "", name));
        part.append(mark);
      });
      holder.append(part);
    }
    map.on("moveend zoomend resize", label);
    map.on("zoomstart", function () { map.getPane("ga-city").textContent = ""; });
    map.gaLabel = label;
    label();
  }

  /* A field of cells: numbers come in, a smooth picture clipped to the land goes out */
  function Field(layer) {
    var bytes = Uint8Array.from(atob(layer.values), function (letter) { return letter.charCodeAt(0); });
    this.raw = new Uint16Array(bytes.buffer);
    this.layer = layer;
  }
  Field.prototype.at = function (frame, column, row) {
    var layer = this.layer, raw = this.raw[(frame * layer.ny + row) * layer.nx + column];
    return raw === 0 ? NaN : layer.least + (raw - 1) / 65534 * (layer.most - layer.least);
  };
  Field.prototype.cell = function (place) {
    var layer = this.layer, column = Math.floor((place.lng - layer.west) / layer.dx), row = Math.floor((place.lat - layer.south) / layer.dy);
    if (column < 0 || row < 0 || column >= layer.nx || row >= layer.ny || isNaN(this.at(0, column, row))) { return null; }
    return [column, row];
  };
  Field.prototype.filled = function (frame) {
    var nx = this.layer.nx, ny = this.layer.ny, grid = new Float32Array(nx * ny), i, j, gaps = 1;
    for (j = 0; j < ny; j++) { for (i = 0; i < nx; i++) { grid[j * nx + i] = this.at(frame, i, j); } }
    for (var pass = 0; gaps && pass < nx + ny; pass++) {
      var old = grid.slice(); gaps = 0;
      for (j = 0; j < ny; j++) {
        for (i = 0; i < nx; i++) {
          if (!isNaN(old[j * nx + i])) { continue; }
          var sum = 0, count = 0;
          for (var b = -1; b < 2; b++) {
            for (var a = -1; a < 2; a++) {
              var x = i + a, y = j + b, value = x >= 0 && y >= 0 && x < nx && y < ny ? old[y * nx + x] : NaN;
              if (!isNaN(value)) { sum += value; count++; }
            }
          }
          if (count) { grid[j * nx + i] = sum / count; } else { gaps++; }
        }
      }
    }
    return grid;
  };
  function ramp(stops) {
    var canvas = element("canvas"), pen, fade;
    canvas.width = 256; canvas.height = 1;
    pen = canvas.getContext("2d", { willReadFrequently: true });
    fade = pen.createLinearGradient(0, 0, 256, 0);
    stops.forEach(function (colour, place) { fade.addColorStop(place / (stops.length - 1), colour); });
    pen.fillStyle = fade; pen.fillRect(0, 0, 256, 1);
    return pen.getImageData(0, 0, 256, 1).data;
  }
  function taps(place, count) {
    var first = Math.floor(place), t = place - first, a = -0.5, b = t * t, c = b * t;
    var weights = [a * (t - 2 * b + c), 1 - (a + 3) * b + (a + 2) * c, -a * t + (2 * a + 3) * b - (a + 2) * c, a * (b - c)];
    return weights.map(function (weight, step) { return [Math.min(count - 1, Math.max(0, first - 1 + step)), weight]; });
  }
  Field.prototype.paint = function (canvas, frame, low, high, clip) {
    var layer = this.layer, nx = layer.nx, ny = layer.ny, grid = this.filled(frame), colours = ramp(layer.stops);
    var east = layer.west + nx * layer.dx, north = layer.south + ny * layer.dy;
    var top = mercator(north), bottom = mercator(layer.south), width = nx * FINE;
    var height = Math.max(8, Math.round(width * (top - bottom) / ((east - layer.west) * Math.PI / 180)));
    var small = element("canvas"), pen, image, across = [], rows = new Float32Array(width * ny), i, j, t, k;
    small.width = width; small.height = height;
    canvas.width = width * SHARP; canvas.height = height * SHARP;
    pen = small.getContext("2d"); image = pen.createImageData(width, height);
    for (i = 0; i < width; i++) { across.push(taps((i + 0.5) / FINE - 0.5, nx)); }
    for (j = 0; j < ny; j++) {
      for (i = 0; i < width; i++) {
        var sum = 0;
        for (k = 0; k < 4; k++) { t = across[i][k]; sum += grid[j * nx + t[0]] * t[1]; }
        rows[j * width + i] = sum;
      }
    }
    for (j = 0; j < height; j++) {
      var latitude = (2 * Math.atan(Math.exp(top - (j + 0.5) / height * (top - bottom))) - Math.PI / 2) * 180 / Math.PI;
      var down = taps((latitude - layer.south) / layer.dy - 0.5, ny);
      for (i = 0; i < width; i++) {
        var value = 0;
        for (k = 0; k < 4; k++) { value += rows[down[k][0] * width + i] * down[k][1]; }
        var share = Math.max(0, Math.min(255, Math.round((value - low) / (high - low || 1) * 255))) * 4, o = (j * width + i) * 4;
        image.data[o] = colours[share]; image.data[o + 1] = colours[share + 1]; image.data[o + 2] = colours[share + 2]; image.data[o + 3] = 255;
      }
    }
    pen.putImageData(image, 0, 0);
    pen = canvas.getContext("2d");
    pen.beginPath();
    clip.forEach(function (polygon) {
      polygon.forEach(function (ring) {
        ring.forEach(function (point, place) {
          var x = (point[1] - layer.west) / (east - layer.west) * canvas.width, y = (top - mercator(point[0])) / (top - bottom) * canvas.height;
          if (place) { pen.lineTo(x, y); } else { pen.moveTo(x, y); }
        });
        pen.closePath();
      });
    });
    pen.clip("evenodd");
    pen.imageSmoothingQuality = "high";
    pen.drawImage(small, 0, 0, canvas.width, canvas.height);
    return [[layer.south, layer.west], [north, east]];
  };
  var Picture = L.ImageOverlay.extend({
    _initImage: function () {
      var canvas = this._image = this.options.canvas;
      L.DomUtil.addClass(canvas, "leaflet-image-layer");
      if (this._zoomAnimated) { L.DomUtil.addClass(canvas, "leaflet-zoom-animated"); }
      canvas.onselectstart = canvas.onmousemove = L.Util.falseFn;
    }
  });

  /* One map */
  function draw(holder) {
    var data = JSON.parse(holder.querySelector(".ga-map-data").textContent), words = data.words;
    var view = holder.querySelector(".ga-map-view"), bar = holder.querySelector(".ga-map-bar");
    var geometries = data.geometries.map(shapes);
    var clip = data.clip === null ? country : geometries[data.clip[0]].filter(function (_, place) { return data.clip[1].indexOf(data.owners[data.clip[0]][place]) >= 0; });
    holder.classList.add("ga-on");
    view.hidden = false;
    view.style.height = Math.round(view.clientWidth < NARROW ? Math.min(430, Math.max(270, view.clientWidth * 0.8)) : data.height) + "px";
    var map = L.map(view, {
      zoomSnap: 0.25, zoomDelta: 0.5, minZoom: 3, maxZoom: 10, scrollWheelZoom: false, attributionControl: false,
      zoomControl: false, maxBounds: box(BASE.wide), maxBoundsViscosity: 1
    });
    holder.gaMap = map;
    L.control.zoom({ zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out }).addTo(map);
    L.control.scale({ imperial: false }).addTo(map);
    view.setAttribute("role", "application");
    view.setAttribute("aria-label", data.title);
    function fit() { map.fitBounds(data.bounds, { padding: view.clientWidth < NARROW ? [2, 2] : [10, 10], animate: false }); }
    fit();
    pane(map, "ga-theme", 300).style.pointerEvents = "none";
    pane(map, "ga-regions", 340);
    pane(map, "ga-lines", 430);
    pane(map, "ga-points", 440);
    drawBase(map);
    hatch(view);

    var themes = [], overlays = [], state = { theme: null, frame: 0, hour: 0, opacity: 0.9 };
    data.layers.forEach(function (layer) {
      var made = makers[layer.kind](map, layer, { geometries: geometries, owners: data.owners, clip: clip, words: words, state: state });
      (layer.theme ? themes : overlays).push(made);
    });

    /* Key and switches in one */
    var chips = element("div", "ga-map-chips"), legend = element("div", "ga-map-legend"), tools = element("div", "ga-map-tools");
    function chip(made, press) {
      var button = element("button", "ga-key");
      button.type = "button";
      if (made.colour) { var mark = element("i", "ga-key-" + made.mark); mark.style.setProperty("--c", made.colour); button.append(mark); }
      button.append(element("span", "", made.layer.name + (made.layer.note ? " · " + made.layer.note : "")));
      button.addEventListener("click", press);
      return button;
    }
    themes.forEach(function (made) {
      made.button = chip(made, function () { choose(made); });
      if (themes.length > 1) { chips.append(made.button); }
    });
    var also = element("div", "ga-map-chips");
    overlays.forEach(function (made) {
      made.button = chip(made, function () {
        var on = made.button.getAttribute("aria-pressed") !== "true";
        made.button.setAttribute("aria-pressed", on);
        made.show(on);
      });
      made.button.setAttribute("aria-pressed", "true");
      made.show(true);
      also.append(made.button);
    });
    function choose(made) {
      if (state.theme) { state.theme.show(false); }
      map.closePopup();
      state.theme = made;
      themes.forEach(function (one) { one.button.setAttribute("aria-pressed", one === made); });
      made.show(true);
      describe();
    }
    var readout = element("output", "ga-map-read", "–"), under = element("span", "ga-map-under");
    under.append(element("small", "", words.pointer), readout);
    function describe() {
      var made = state.theme, layer = made.layer, scale = made.scale(), head = element("div", "ga-map-name");
      legend.replaceChildren();
      head.append(element("b", "", layer.name), document.createTextNode(layer.unit ? ", " + layer.unit : ""), under);
      var strip = element("span", "ga-ramp"), ticks = element("span", "ga-ticks");
      strip.style.background = "linear-gradient(90deg," + layer.stops.join(",") + ")";
      [0, 0.5, 1].forEach(function (share) { ticks.append(element("i", "", tick(scale[0] + share * (scale[1] - scale[0]), layer.decimals))); });
      legend.append(head, strip, ticks);
      if (layer.gaps) { legend.append(element("span", "ga-gaps", words.gaps)); }
      months.hidden = !layer.frames;
    }
    function slider(label, most, value, change) {
      var line = element("label", "ga-map-slider"), input = element("input"), said = element("b");
      input.type = "range"; input.min = 0; input.max = most; input.value = value;
      input.addEventListener("input", function () { change(+input.value, said); });
      line.append(element("span", "", label), input, said);
      line.input = input; line.said = said;
      return line;
    }
    function player(line) {
      var button = element("button", "ga-map-play", "▶"), timer = null, most = +line.input.max;
      button.type = "button"; button.title = words.play; button.setAttribute("aria-label", words.play);
      button.addEventListener("click", function (event) {
        event.preventDefault();
        if (timer) { clearInterval(timer); timer = null; button.textContent = "▶"; return; }
        button.textContent = "❚❚";
        timer = setInterval(function () { line.input.value = (+line.input.value + 1) % (most + 1); line.input.dispatchEvent(new Event("input")); }, 1000);
      });
      line.prepend(button);
    }
    var framed = themes.find(function (made) { return made.layer.frames; });
    var months = slider(words.month, framed ? framed.layer.frames.length - 1 : 0, 0, function (place, said) {
      state.frame = place;
      said.textContent = framed.layer.frames[place];
      if (state.theme.layer.frames) { state.theme.show(true); describe(); }
    });
    months.hidden = true;
    if (framed) { player(months); months.said.textContent = framed.layer.frames[0]; tools.append(months); }
    var timed = overlays.filter(function (made) { return made.hours; });
    if (timed.length) {
      var hours = timed[0].hours, clock = slider(words.hour, hours.length - 1, Math.floor(hours.length / 2), function (place, said) {
        state.hour = place;
        said.textContent = String(hours[place]).padStart(2, "0") + ":00";
        timed.forEach(function (made) { made.tick(place); });
        overlays.forEach(function (made) { if (made.follow) { made.follow(timed, place); } });
      });
      player(clock);
      tools.append(clock);
      clock.input.dispatchEvent(new Event("input"));
      map.on("zoomend", function () { timed.forEach(function (made) { made.tick(state.hour); }); });
    }
    if (themes.length) {
      tools.append(slider(words.opacity, 100, 90, function (place, said) {
        state.opacity = place / 100;
        said.textContent = place + " %";
        ["ga-theme", "ga-regions"].forEach(function (name) { map.getPane(name).style.opacity = state.opacity; });
      }));
      bar.append(chips, legend);
      choose(themes[themes.length - 1]);
    }
    if (tools.childNodes.length) { bar.append(tools); }
    bar.append(also);

    /* The value wherever one points, and more where one clicks */
    map.on("mousemove", function (event) { readout.textContent = state.theme ? state.theme.read(event.latlng) : "–"; });
    map.on("mouseout", function () { readout.textContent = "–"; });
    map.on("click", function (event) {
      var body = element("div"), any = false;
      holder.dispatchEvent(new CustomEvent("ga-place", { bubbles: true, detail: { lat: event.latlng.lat, lng: event.latlng.lng } }));
      if (state.theme && state.theme.tell) { var told = state.theme.tell(event.latlng); if (told) { body.append(told); any = true; } }
      themes.concat(overlays).some(function (made) {
        var text = made.popup && (made === state.theme || !made.layer.theme) && made.popup(event.latlng);
        if (!text) { return false; }
        var part = element("div"); part.innerHTML = text; body.append(part); any = true;
        return true;
      });
      if (any) { open(map, event.latlng, body); }
    });
    var before = view.clientWidth;
    new ResizeObserver(function () {
      if (Math.abs(view.clientWidth - before) > 40) { before = view.clientWidth; map.invalidateSize({ animate: false }); fit(); }
    }).observe(view);
    holder.dataset.ready = "1";
  }
  function open(map, place, body) {
    var wide = Math.min(270, map.getSize().x - 60), high = Math.max(120, map.getSize().y - 70);
    L.popup({ maxWidth: wide, minWidth: Math.min(170, wide), maxHeight: high, autoPanPadding: [10, 10], className: "ga-map-popup" }).setLatLng(place).setContent(body).openOn(map);
  }
  function hatch(view) {
    if (document.getElementById("ga-map-hatch")) { return; }
    var made = element("div");
    made.innerHTML = '<svg width="0" height="0" style="position:absolute" aria-hidden="true"><defs><pattern id="ga-map-hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="7" height="7" fill="var(--ga-map-land)"></rect><rect width="2" height="7" fill="var(--ga-map-border)"></rect></pattern></defs></svg>';
    document.body.append(made.firstChild);
  }
  function found(layer, data, place) {
    var polygons = data.geometries[layer.geometry], owners = data.owners[layer.geometry], hit = -1;
    polygons.forEach(function (polygon, at) { if (inside([polygon], place.lat, place.lng)) { hit = owners[at]; } });
    return hit;
  }
  function byOwner(layer, data, each) {
    var owners = data.owners[layer.geometry], groups = {};
    data.geometries[layer.geometry].forEach(function (polygon, at) { (groups[owners[at]] = groups[owners[at]] || []).push(polygon); });
    return Object.keys(groups).map(function (owner) { return each(+owner, groups[owner]); });
  }

  var makers = {
    raster: function (map, layer, data) {
      var field = new Field(layer), canvas = element("canvas"), picture = null;
      var made = {
        layer: layer, field: field, colour: layer.stops[Math.floor(layer.stops.length * 0.6)], mark: "bar",
        scale: function () { return layer.frames && data.state.frame ? layer.scales[data.state.frame] : [layer.low, layer.high]; },
        frame: function () { return layer.frames ? data.state.frame : 0; },
        show: function (on) {
          if (!on) { if (picture) { picture.remove(); } return; }
          var scale = made.scale(), edges = field.paint(canvas, made.frame(), scale[0], scale[1], data.clip);
          picture = picture || new Picture("", edges, { pane: "ga-theme", canvas: canvas });
          if (!map.hasLayer(picture)) { picture.addTo(map); }
        },
        read: function (place) {
          var cell = inside(data.clip, place.lat, place.lng) && field.cell(place);
          return cell ? number(field.at(made.frame(), cell[0], cell[1]), layer.decimals + 1) : "–";
        },
        tell: function (place) {
          var cell = inside(data.clip, place.lat, place.lng) && field.cell(place);
          if (!cell) { return null; }
          var body = element("div", "ga-map-value"), line = element("p"), where = element("small");
          line.append(element("b", "", number(field.at(made.frame(), cell[0], cell[1]), layer.decimals + 1)), document.createTextNode(" " + (layer.unit || layer.name)));
          body.append(line);
          if (layer.frames) { body.append(bars(field, cell, layer, data.state.frame)); }
          where.textContent = layer.name + (layer.frames ? ", " + layer.frames[made.frame()] : "") + "; " + data.words.cell + " " +
            number(layer.south + (cell[1] + 0.5) * layer.dy, 2) + "° " + data.words.north + ", " + number(layer.west + (cell[0] + 0.5) * layer.dx, 2) + "° " + data.words.east;
          body.append(where);
          return body;
        }
      };
      return made;
    },
    regions: function (map, layer, data) {
      var group = L.layerGroup(byOwner(layer, data, function (owner, polygons) {
        return L.polygon(polygons, { pane: "ga-regions", weight: 1, className: "ga-map-region", fillOpacity: 1, fillColor: layer.colours[owner] || "url(#ga-map-hatch)", bubblingMouseEvents: true });
      }));
      return {
        layer: layer, colour: layer.stops[Math.floor(layer.stops.length * 0.6)], mark: "bar",
        scale: function () { return [layer.low, layer.high]; },
        show: function (on) { if (on) { group.addTo(map); } else { group.remove(); } },
        read: function (place) { var at = found(layer, data, place); return at < 0 ? "–" : number(layer.numbers[at], layer.decimals); },
        popup: function (place) { var at = found(layer, data, place); return at < 0 ? "" : layer.popups[at] || ""; }
      };
    },
    outlines: function (map, layer, data) {
      var group = L.layerGroup(byOwner(layer, data, function (owner, polygons) {
        var strong = layer.highlight.indexOf(owner) >= 0;
        return L.polygon(polygons, { pane: "ga-lines", interactive: false, fill: false, weight: strong ? 2.6 : 0.9, className: "ga-map-outline" });
      }));
      return {
        layer: layer, colour: "var(--ga-map-country)", mark: "line",
        show: function (on) { if (on) { group.addTo(map); } else { group.remove(); } },
        popup: function (place) { var at = found(layer, data, place); return at < 0 ? "" : layer.popups[at] || ""; }
      };
    },
    lines: function (map, layer, data) {
      return layer.flows ? flows(map, layer, data) : plainLines(map, layer);
    },
    points: function (map, layer) {
      var names = [], group = L.layerGroup(layer.places.map(function (place, at) {
        var mark = L.circleMarker(place, { pane: "ga-points", radius: layer.radii[at], weight: 1.2, className: "ga-map-point", fillColor: layer.colours[at], fillOpacity: 0.95 });
        if (layer.popups[at]) {
          mark.on("click", function (event) {
            L.DomEvent.stopPropagation(event);
            var body = element("div"); body.innerHTML = layer.popups[at]; open(map, place, body);
          });
        }
        return mark;
      }));
      if (layer.labels.length) {
        layer.places.forEach(function (place, at) {
          var name = L.marker(place, { pane: "ga-points", interactive: false, keyboard: false, icon: L.divIcon({ className: "ga-map-label", html: "", iconSize: [0, 0] }) });
          group.addLayer(name); names.push(name);
        });
      }
      var last = [];
      /* Each label takes the first free place around its point; one without such a place waits */
      function write(texts) {
        var taken = [], size = map.getSize();
        last = texts;
        names.map(function (name, at) { return at; }).sort(function (a, b) { return layer.radii[b] - layer.radii[a]; }).forEach(function (at) {
          var holder = names[at].getElement(), text = texts[at] ? " " + texts[at] : "";
          if (!holder) { return; }
          var point = map.latLngToContainerPoint(layer.places[at]), wide = (layer.labels[at].length + text.length) * 6.9 + 4, off = layer.radii[at] + 5;
          var free = [[off, -9], [-off - wide, -9], [-wide / 2, off], [-wide / 2, -off - 18]].find(function (place) {
            var area = [point.x + place[0], point.y + place[1], point.x + place[0] + wide, point.y + place[1] + 18];
            var clear = area[0] > 0 && area[2] < size.x && taken.every(function (other) { return other[2] < area[0] || other[0] > area[2] || other[3] < area[1] || other[1] > area[3]; });
            if (clear) { taken.push(area); }
            return clear;
          });
          holder.replaceChildren();
          if (free) {
            var label = element("span");
            label.style.transform = "translate(" + free[0] + "px," + free[1] + "px)";
            label.append(element("b", "", layer.labels[at]), document.createTextNode(text));
            holder.append(label);
          }
        });
        map.gaTaken = taken;
        map.gaLabel();
      }
      map.on("moveend resize", function () { if (names.length && map.hasLayer(group)) { write(last); } });
      return {
        layer: layer, colour: layer.colours[0], mark: "point",
        show: function (on) { if (on) { group.addTo(map); write([]); } else { group.remove(); } },
        follow: names.length ? function (timed, hour) {
          write(layer.places.map(function (place) {
            var sum = 0, any = false;
            timed.forEach(function (made) { made.ends.forEach(function (pair, line) {
              var value = made.layer.flows[line][hour];
              if (near(pair[1], place)) { sum += value; any = true; } else if (near(pair[0], place)) { sum -= value; any = true; }
            }); });
            return any && Math.abs(sum) >= 1 ? (sum > 0 ? "" : "−") + number(Math.abs(sum), 0) + " MW" : "";
          }));
        } : null
      };
    }
  };
  function near(a, b) { return Math.abs(a[0] - b[0]) < 0.01 && Math.abs(a[1] - b[1]) < 0.01; }
  function bars(field, cell, layer, frame) {
    var svg = document.createElementNS("http://www.w3.org/2000/svg", "svg"), values = [], most = 0, at;
    for (at = 1; at < layer.frames.length; at++) { values.push(field.at(at, cell[0], cell[1])); most = Math.max(most, values[at - 1] || 0); }
    svg.setAttribute("viewBox", "0 0 182 60"); svg.setAttribute("class", "ga-map-bars"); svg.setAttribute("aria-hidden", "true");
    values.forEach(function (value, place) {
      var high = most ? value / most * 44 : 0, bar = document.createElementNS(svg.namespaceURI, "rect"), text = document.createElementNS(svg.namespaceURI, "text");
      bar.setAttribute("x", place * 15 + 2); bar.setAttribute("y", 46 - high); bar.setAttribute("width", 11); bar.setAttribute("height", high || 0); bar.setAttribute("rx", 1.5);
      if (place + 1 === frame) { bar.setAttribute("class", "ga-now"); }
      text.setAttribute("x", place * 15 + 7.5); text.setAttribute("y", 57); text.textContent = layer.frames[place + 1].slice(0, 1).toUpperCase();
      svg.append(bar, text);
    });
    return svg;
  }
  function plainLines(map, layer) {
    var group = L.layerGroup(layer.lines.map(function (packed, at) {
      var line = L.polyline(unpack(packed), { pane: "ga-lines", weight: layer.widths[at], color: layer.colours[at], opacity: 0.9, dashArray: layer.dash || null });
      if (layer.popups[at]) {
        line.on("click", function (event) { L.DomEvent.stopPropagation(event); var body = element("div"); body.innerHTML = layer.popups[at]; open(map, event.latlng, body); });
      }
      return line;
    }));
    return { layer: layer, colour: layer.colours[0], mark: layer.dash ? "dash" : "line", show: function (on) { if (on) { group.addTo(map); } else { group.remove(); } } };
  }
  /* Flows: bowed lines whose width is MW, dashes that move and arrows that point where it goes */
  function flows(map, layer) {
    var group = L.layerGroup(), items = layer.lines.map(function (packed, at) {
      var ends = unpack(packed), a = ends[0], b = ends[ends.length - 1], points = [], steps = 24;
      for (var i = 0; i <= steps; i++) {
        var t = i / steps, bow = 4 * t * (1 - t) * 0.1;
        points.push([a[0] + (b[0] - a[0]) * t + (b[1] - a[1]) * bow * 0.6, a[1] + (b[1] - a[1]) * t - (b[0] - a[0]) * bow]);
      }
      var casing = L.polyline(points, { pane: "ga-lines", className: "ga-flow-casing", interactive: false });
      var line = L.polyline(points, { pane: "ga-lines", className: "ga-flow" });
      var arrow = L.marker(points[12], { pane: "ga-points", interactive: false, keyboard: false, icon: L.divIcon({ className: "ga-flow-arrow", html: "<b></b>", iconSize: [0, 0] }) });
      if (layer.popups[at]) {
        line.on("click", function (event) { L.DomEvent.stopPropagation(event); var body = element("div"); body.innerHTML = layer.popups[at]; open(map, event.latlng, body); });
      }
      [casing, line, arrow].forEach(function (one) { group.addLayer(one); });
      return { line: line, casing: casing, arrow: arrow, points: points, ends: [a, b], colour: layer.colours[at], values: layer.flows[at] };
    });
    return {
      layer: layer, colour: layer.colours[0], mark: "line", hours: layer.hours,
      ends: items.map(function (one) { return one.ends; }),
      show: function (on) { if (on) { group.addTo(map); this.tick(this.place || 0); } else { group.remove(); } },
      tick: function (hour) {
        var shrink = map.getSize().x < NARROW ? 0.6 : 1;
        this.place = hour;
        if (!map.hasLayer(group)) { return; }
        items.forEach(function (one) {
          var value = one.values[hour], width = Math.abs(value) < 1 ? 0 : (1.5 + 0.16 * Math.sqrt(Math.abs(value))) * shrink;
          one.line.setStyle({ weight: width || 1, opacity: width ? 1 : 0.35, color: one.colour });
          one.casing.setStyle({ weight: width ? width + 2.4 : 0, opacity: width ? 1 : 0 });
          var path = one.line.getElement(), dash = Math.max(8, width * 2.4), gap = Math.max(5, width * 1.3);
          path.classList.toggle("ga-back", value < 0);
          path.classList.toggle("ga-still", !width);
          path.style.strokeDasharray = width ? dash + " " + gap : "2 6";
          path.style.setProperty("--d", dash + gap + "px");
          path.style.animationDuration = (2.6 / (1 + Math.abs(value) / 900)).toFixed(2) + "s";
          var p = map.latLngToLayerPoint(one.points[11]), q = map.latLngToLayerPoint(one.points[13]);
          var turn = Math.atan2(q.y - p.y, q.x - p.x) * 180 / Math.PI + (value < 0 ? 180 : 0), head = one.arrow.getElement().firstChild;
          head.style.display = width ? "" : "none";
          head.style.setProperty("--s", 3.4 + width * 0.85 + "px");
          head.style.setProperty("--c", one.colour);
          head.style.transform = "translate(-50%,-50%) rotate(" + turn + "deg)";
        });
      }
    };
  }

  var all = [].slice.call(document.querySelectorAll(".ga-map"));
  function safely(holder) {
    if (holder.gaMap) { return; }
    try { draw(holder); } catch (failure) { holder.classList.remove("ga-on"); console.warn("map: " + failure.message); }
  }
  if ("IntersectionObserver" in window) {
    var seen = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) { if (entry.isIntersecting) { seen.unobserve(entry.target); safely(entry.target); } });
    }, { rootMargin: "500px" });
    all.forEach(function (holder) { seen.observe(holder); });
  } else { all.forEach(safely); }
})();
