/* Loads what a page draws with when it comes near the window: charts, maps, widgets. */
(function () {
  "use strict";
  var own = document.currentScript.src, folder = own.slice(0, own.lastIndexOf("/") + 1);
  var asked = {};
  function load(name) {
    if (!asked[name]) {
      asked[name] = (ASSETS[name].needs || []).reduce(function (before, other) {
        return before.then(function () { return load(other); });
      }, Promise.resolve()).then(function () {
        return new Promise(function (done, fail) {
          var script = document.createElement("script");
          script.src = folder + ASSETS[name].file;
          script.onload = done; script.onerror = fail;
          document.head.append(script);
        });
      });
      asked[name].catch(function () { document.documentElement.classList.add("ga-without-" + name); });
    }
    return asked[name];
  }
  function start() {
    var wanted = [[".ga-chart", "charts"], [".ga-map", "maps"]];
    if (document.querySelector('script[type="application/vnd.jupyter.widget-view+json"]')) { load("widgets"); }
    wanted.forEach(function (pair) {
      var all = document.querySelectorAll(pair[0]);
      if (!all.length) { return; }
      if (!("IntersectionObserver" in window)) { load(pair[1]); return; }
      var near = new IntersectionObserver(function (entries) {
        if (entries.some(function (entry) { return entry.isIntersecting; })) { near.disconnect(); load(pair[1]); }
      }, { rootMargin: "600px" });
      all.forEach(function (one) { near.observe(one); });
    });
  }
  if (document.readyState === "loading") { document.addEventListener("DOMContentLoaded", start); } else { start(); }
})();
