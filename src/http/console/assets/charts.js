/* Draws the charts of a page with uPlot; their figures stand in the tables below them. */
"use strict";
(() => {
  const HEIGHT = 200;
  const DASHES = [[], [8, 4], [2, 3], [12, 4, 2, 4]];
  const LOCALES = { en: "en-GB", de: "de-DE" };

  const colours = (element) => {
    const style = getComputedStyle(element);
    const of = (name) => style.getPropertyValue(name).trim();
    return {
      ink: of("--pico-color"),
      line: of("--pico-muted-border-color"),
      strokes: ["--chart-1", "--chart-2", "--chart-3", "--chart-4"].map(of),
    };
  };

  const writer = (unit, language) => {
    const number = new Intl.NumberFormat(LOCALES[language], {
      maximumFractionDigits: unit === "count" ? 0 : 1,
    });
    if (unit === "share") return (value) => (value == null ? "–" : `${number.format(value * 100)} %`);
    if (unit === "seconds") return (value) => (value == null ? "–" : `${number.format(value)} s`);
    return (value) => (value == null ? "–" : number.format(value));
  };

  /** Hours and minutes, or days where the chart is longer than two of them. */
  const clockOf = ({ at, language, zone }) => {
    const isLong = at.at(-1) - at[0] > 2 * 86_400;
    const shown = isLong ? { day: "2-digit", month: "2-digit" } : { hour: "2-digit", minute: "2-digit" };
    const clock = new Intl.DateTimeFormat(LOCALES[language], { timeZone: zone, hourCycle: "h23", ...shown });
    return (seconds) => (seconds == null ? "" : clock.format(seconds * 1_000));
  };

  const optionsOf = (element, chart) => {
    const { ink, line, strokes } = colours(element);
    const [write, clock] = [writer(chart.unit, chart.language), clockOf(chart)];
    const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line } };
    const range = chart.unit === "share" ? [0, 1] : (_plot, _min, max) => [0, max * 1.05 || 1];
    return {
      width: element.clientWidth,
      height: HEIGHT,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), chart.zone),
      scales: { y: { range } },
      axes: [
        { ...axis, values: (_plot, ticks) => ticks.map(clock) },
        { ...axis, size: 60, values: (_plot, ticks) => ticks.map(write) },
      ],
      series: [
        { label: chart.time, value: (_plot, seconds) => clock(seconds) },
        ...chart.series.map(({ label }, i) => ({
          label,
          stroke: strokes[i % strokes.length],
          width: 2,
          // Lines differ by their dashes too, for not everybody sees the colours.
          dash: DASHES[i % DASHES.length],
          points: { show: chart.at.length < 3 },
          value: (_plot, value) => write(value),
        })),
      ],
    };
  };

  const draw = (element) => {
    const chart = JSON.parse(element.dataset.chart);
    element.replaceChildren();
    const data = [chart.at, ...chart.series.map(({ values }) => values)];
    element.plot = new uPlot(optionsOf(element, chart), data, element);
  };

  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const width = target.clientWidth;
      if (target.plot && width > 0 && target.plot.width !== width)
        target.plot.setSize({ width, height: HEIGHT });
    }
  });

  const drawAll = (root) => {
    for (const element of root.querySelectorAll("[data-chart]")) {
      draw(element);
      sizes.observe(element);
    }
  };

  document.addEventListener("otpost:swapped", ({ detail }) => drawAll(detail));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawAll(document));
  drawAll(document);
})();
