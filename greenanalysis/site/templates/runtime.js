/* Draws the widgets of a page; its maps are drawn by another script, from their own data. */
window.require(["@jupyter-widgets/html-manager/dist/libembed-amd"], function (embed) {
  function draw() { embed.renderWidgets(); }
  if (document.readyState === "complete") { draw(); } else { window.addEventListener("load", draw); }
});
