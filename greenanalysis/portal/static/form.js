"use strict";
// Puts what the server says of the form beside its fields; without this script the form works too.
(() => {
  const WAIT_MS = 400;
  const form = document.getElementById("report");
  let timer, asked = 0, typed = false;

  async function check() {
    const mine = ++asked;
    const reply = await fetch(form.dataset.check, { method: "POST", body: new FormData(form) });
    if (mine !== asked || !reply.ok) return;
    const { findings } = await reply.json();
    for (const place of form.querySelectorAll(".says")) place.replaceChildren();
    for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
    for (const finding of findings) {
      const place = document.getElementById(`says-${finding.measure}-${finding.field}`)
        || document.getElementById("says--1-");
      const said = document.createElement("span");
      said.className = `finding ${finding.level}`;
      said.textContent = finding.text;
      place.append(said);
      const field = form.querySelector(`[aria-describedby="${place.id}"]`);
      if (field && finding.level === "blocker") field.setAttribute("aria-invalid", "true");
    }
    form.dataset.checked = String(mine);
  }

  form.addEventListener("input", () => {
    typed = true;
    clearTimeout(timer);
    timer = setTimeout(() => check().catch(() => {}), WAIT_MS);
  });
  form.addEventListener("submit", () => { typed = false; });
  addEventListener("beforeunload", event => { if (typed) event.preventDefault(); });
})();
