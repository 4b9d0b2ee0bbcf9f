define("jupyter-leaflet", ["jupyter-leaflet-plain"], function (leaflet) {
  "use strict";
  var NARROW = 600;

  function mapKey(view) {
    return (view.model.get("_dom_classes") || []).find(function (name) {
      return name.indexOf("ga-map-") === 0;
    });
  }

  function companions(key, kind) {
    return key ? document.querySelectorAll("." + kind + '[data-map="' + key + '"]') : [];
  }

  function showLegends(key, names) {
    companions(key, "ga-legend").forEach(function (legend) {
      legend.hidden = names.indexOf(legend.dataset.layer) < 0;
    });
  }

  function mercator(latitude) {
    return Math.log(Math.tan(Math.PI / 4 + (latitude * Math.PI) / 360));
  }

  function fit(view, bounds) {
    var width = view.obj.getContainer().clientWidth;
    var narrow = width < NARROW;
    if (narrow) {
      var tall = mercator(bounds[1][0]) - mercator(bounds[0][0]);
      var wide = ((bounds[1][1] - bounds[0][1]) * Math.PI) / 180;
      view.el.style.height = Math.round(Math.min(440, Math.max(260, (width * tall) / wide + 40))) + "px";
      view.obj.invalidateSize({ animate: false });
    }
    view.obj.fitBounds(bounds, { padding: narrow ? [2, 2] : [12, 12], animate: false });
  }

  var geo = leaflet.LeafletGeoJSONView.prototype;
  var createGeo = geo.create_obj;
  geo.create_obj = function () {
    createGeo.call(this);
    this.obj.eachLayer(function (shape) {
      var properties = (shape.feature && shape.feature.properties) || {};
      if (properties.popup_html) {
        shape.bindPopup(properties.popup_html, { maxWidth: 260, autoPanPadding: [12, 12] });
      }
    });
  };

  var map = leaflet.LeafletMapView.prototype;
  var createMap = map.create_obj;
  map.create_obj = async function () {
    var made = await createMap.call(this);
    var view = this;
    var key = mapKey(view);
    companions(key, "ga-twin").forEach(function (twin) {
      twin.classList.add("ga-replaced");
      if (twin.dataset.bounds) {
        var bounds = JSON.parse(twin.dataset.bounds);
        var last = 0;
        new ResizeObserver(function () {
          var width = view.el.clientWidth;
          if (view.obj && width > 0 && Math.abs(width - last) > 40) {
            last = width;
            view.obj.invalidateSize({ animate: false });
            fit(view, bounds);
          }
        }).observe(view.el);
      }
    });
    return made;
  };

  /* On a wide page the list of layers stands above its map, of which it would hide a quarter. */
  function moveOut(panel, view) {
    var add = panel.addTo;
    panel.addTo = function (target) {
      add.call(this, target);
      var list = this.getContainer();
      list.classList.add("ga-layers");
      (function place() {
        if (view.el.parentNode) { view.el.parentNode.insertBefore(list, view.el); }
        else { window.requestAnimationFrame(place); }
      })();
      return this;
    };
  }

  var control = leaflet.LeafletLayersControlView.prototype;
  var createControl = control.create_obj;
  control.create_obj = async function () {
    var mapView = this.map_view;
    var narrow = document.documentElement.clientWidth < NARROW;
    if (narrow) { this.model.set("collapsed", true); }
    var layers = await Promise.all(mapView.layer_views.views);
    var themes = layers.filter(function (layer) { return layer.model.get("base"); });
    themes.slice(0, -1).forEach(function (layer) { mapView.obj.removeLayer(layer.obj); });
    await createControl.call(this);
    var panel = this.obj;
    if (!narrow) { moveOut(panel, mapView); }
    layers.forEach(function (layer) {
      if (layer.model.get("pane") === "ga-base") { panel.removeLayer(layer.obj); }
    });
    var key = mapKey(mapView);
    function follow() {
      showLegends(key, layers.filter(function (layer) {
        return mapView.obj.hasLayer(layer.obj);
      }).map(function (layer) { return layer.model.get("name"); }));
    }
    mapView.obj.on("baselayerchange overlayadd overlayremove", follow);
    follow();
  };
  return leaflet;
});
window.require(["@jupyter-widgets/html-manager/dist/libembed-amd"], function (embed) {
  function draw() { embed.renderWidgets(); }
  if (document.readyState === "complete") { draw(); } else { window.addEventListener("load", draw); }
});
