"use strict";
// What enterprises report: totals, by year against targets, by region, kind and technology.
(() => {
  const AGAIN_MS = 60000;
  const { at, bars, data, get, make, number, options, ranks, say, short, table, word } = window.ga;
  const filters = ["region", "kind", "technology", "year"];
  const quantities = Object.keys(data.quantities);
  const unit = name => word("unit", data.quantities[name]);
  const heading = name => data.quantities[name] ? `${word("quantity", name)}, ${unit(name)}` : word("heading", name);
  let asked = 0, reply;

  function query() {
    const wanted = new URLSearchParams();
    for (const name of filters) if (at(`m-${name}`).value) wanted.set(name, at(`m-${name}`).value);
    if (at("m-synthetic").checked) wanted.set("synthetic", "true");
    return wanted;
  }

  function totals() {
    at("totals").replaceChildren();
    const fact = (name, value) => {
      const box = make("div", null, at("totals"));
      make("dt", name, box);
      make("dd", value, box);
    };
    fact(word("heading", "enterprises"), number(reply.enterprises));
    fact(word("heading", "measures"), number(reply.measures));
    for (const name of quantities)
      if (reply.totals[name]) fact(word("quantity", name), `${short(reply.totals[name])} ${unit(name)}`);
  }

  function charts() {
    const name = at("m-quantity").value || "enterprises", group = at("m-group").value;
    const years = reply.by_year.map(row => row.year);
    const targets = reply.targets.filter(row => row.quantity === name);
    const target = targets[targets.length - 1];
    bars(at("chart-year"), years, { [name]: reply.by_year.map(row => row[name]) }, {}, 9999, target);
    at("target-note").textContent = target
      ? `${say("target", target.year, `${short(target.value)} ${word("unit", target.unit)}`)} (${target.source})` : "";
    const rows = reply.by[group];
    ranks(at("chart-group"), rows.map(row => [word(group, row[group]), row[name] ?? 0]));
    at("group-file").href = `/api/v1/measures-by-${group}.csv?${query()}`;
    const used = quantities.filter(q => rows.some(row => row[q]));
    table(at("group-table"), [
      { name: group, text: at("m-group").selectedOptions[0].textContent, shown: value => word(group, value) },
      ...["enterprises", "measures", ...used].map(q => ({ name: q, text: heading(q), number: true })),
    ], rows);
  }

  function list() {
    const used = quantities.filter(q => reply.rows.some(row => row[q]));
    table(at("measure-table"), [
      { name: "enterprise", text: word("heading", "enterprise") },
      { name: "title", text: word("field", "title") },
      ...["kind", "technology", "region", "status"].map(name => ({ name, text: word("field", name), shown: value => word(name, value) })),
      ...used.map(name => ({ name, text: heading(name), number: true })),
    ], reply.rows);
    at("measure-cut").textContent = reply.measures > reply.rows.length
      ? say("cut", number(reply.rows.length), number(reply.measures)) : "";
    for (const link of document.querySelectorAll("[data-file]"))
      link.href = `/api/v1/measures-${link.dataset.file}.${link.dataset.suffix || "csv"}?${query()}`;
  }

  function campaigns() {
    at("campaign-view").hidden = !reply.campaigns.length;
    table(at("campaign-table"), ["campaign", "closes", "obliged", "reported", "published", "silent"].map(name => ({
      name, text: word("heading", name), number: !["campaign", "closes"].includes(name),
    })), [...reply.campaigns].reverse());
  }

  async function show() {
    const mine = ++asked;
    let latest;
    try { latest = await get(`/api/v1/measures/summary?${query()}`); }
    catch { at("measure-finding").textContent = say("unreadable"); return; }
    if (mine !== asked) return;
    reply = latest;
    at("synthetic-switch").hidden = !reply.has_synthetic && !reply.synthetic;
    at("synthetic-banner").hidden = !reply.synthetic;
    const any = reply.measures > 0 || query().size > 0;
    at("measure-views").hidden = !any;
    at("measure-finding").textContent = any ? say("reporting", number(reply.enterprises)) : say("none");
    if (!at("m-year").value) options(at("m-year"), "none", reply.by_year.map(row => String(row.year)));
    for (const name of ["region", "kind", "technology"])
      if (!at(`m-${name}`).value) options(at(`m-${name}`), name, reply.by[name].map(row => row[name]).filter(Boolean));
    totals();
    charts();
    list();
    campaigns();
    window.ga.shade(Object.fromEntries(reply.by.region.map(row => [row.region, row.enterprises])));
    document.body.dataset.measures = String(mine);
  }

  make("option", word("heading", "enterprises"), at("m-quantity")).value = "enterprises";
  for (const name of quantities) make("option", heading(name), at("m-quantity")).value = name;
  for (const name of [...filters, "synthetic"]) at(`m-${name}`).addEventListener("input", show);
  for (const name of ["quantity", "group"]) at(`m-${name}`).addEventListener("input", () => {
    at("group-table").removeAttribute("data-sorted");
    charts();
  });
  at("measure-filters").addEventListener("submit", event => event.preventDefault());
  addEventListener("resize", () => { if (reply) charts(); });
  setInterval(show, AGAIN_MS);
  show();
})();
