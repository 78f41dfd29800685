/* Makes pages of the console live. Without it they say the same and have a link to load them anew. */
"use strict";
(() => {
  document.documentElement.classList.add("js");

  // Times are written by the server, which cannot know where the reader is.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone) document.cookie = `otpost-zone=${zone}; Path=/; SameSite=Strict; Max-Age=31536000`;

  // The table below a chart is for those who see no chart.
  const chartTables = (root) => {
    for (const details of root.querySelectorAll("figure.chart details")) details.open = false;
  };
  chartTables(document);

  /** Open streams by region, and drawings that wait until nobody types there any more. */
  const streams = new Map();
  const waiting = new Map();
  const RETRY_MS = 10_000;

  const typesIn = (region) =>
    region.contains(document.activeElement) && document.activeElement.matches("input, select, textarea");

  const FOCUSABLE = "a[href], button, input, select, textarea, summary, [tabindex]";

  /** Finds the focus again: by id where there is one, else by the place among its likes. */
  const focusIn = (region) => {
    const active = document.activeElement;
    if (!region.contains(active)) return () => {};
    const place = [...region.querySelectorAll(FOCUSABLE)].indexOf(active);
    return () => {
      const found = active.id
        ? document.getElementById(active.id)
        : region.querySelectorAll(FOCUSABLE)[place];
      found?.focus({ preventScroll: true });
    };
  };

  const swap = (region, html) => {
    if (typesIn(region)) return void waiting.set(region, html);
    const refocus = focusIn(region);
    const open = [...region.querySelectorAll("details[id]")].filter((d) => d.open).map(({ id }) => id);
    const scrolled = [...region.querySelectorAll(".scroll")].map(({ scrollLeft }) => scrollLeft);
    const drawn = new DOMParser().parseFromString(html, "text/html");
    region.replaceChildren(...drawn.body.childNodes);
    chartTables(region);
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    for (const [i, place] of region.querySelectorAll(".scroll").entries())
      place.scrollLeft = scrolled[i] ?? 0;
    refocus();
    document.dispatchEvent(new CustomEvent("otpost:swapped", { detail: region }));
  };

  const tell = () => {
    const state = document.getElementById("live-state");
    if (!state || streams.size === 0) return;
    const isLive = [...streams.values()].every(({ readyState }) => readyState === EventSource.OPEN);
    const text = isLive ? state.dataset.liveOn : state.dataset.liveOff;
    if (state.textContent !== text) state.textContent = text;
    state.classList.toggle("on", isLive);
  };

  const follow = (region) => {
    const source = new EventSource(region.dataset.live);
    streams.set(region, source);
    source.addEventListener("open", tell);
    source.addEventListener("swap", ({ data }) => swap(region, data));
    // The session is over: loading anew leads to the login.
    source.addEventListener("over", () => location.reload());
    source.addEventListener("error", () => {
      tell();
      // A refused stream is not tried again by the browser itself.
      if (source.readyState === EventSource.CLOSED) setTimeout(() => refollow(region, source), RETRY_MS);
    });
  };

  const refollow = (region, source) => {
    if (streams.get(region) === source && !document.hidden) follow(region);
  };

  const followAll = () => {
    for (const region of document.querySelectorAll("[data-live]")) follow(region);
  };

  const leaveAll = () => {
    for (const source of streams.values()) source.close();
    streams.clear();
  };

  document.addEventListener("focusout", () => {
    setTimeout(() => {
      for (const [region, html] of waiting) {
        if (typesIn(region)) continue;
        waiting.delete(region);
        swap(region, html);
      }
    });
  });
  // A browser has six connections to a host: pages that nobody sees give theirs back.
  document.addEventListener("visibilitychange", () => (document.hidden ? leaveAll() : followAll()));
  window.addEventListener("pagehide", leaveAll);
  window.addEventListener("pageshow", ({ persisted }) => persisted && followAll());
  followAll();
})();
