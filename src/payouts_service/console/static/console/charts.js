// Draws each .chart of the page, and those that htmx brings later, in the colours of the theme.
(() => {
  const COLOURS = ["--tblr-azure", "--tblr-green", "--tblr-red"];
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const clock = (seconds, long) => {
    const text = new Date(seconds * 1000).toISOString();
    return long ? `${text.slice(5, 10)} ${text.slice(11, 16)}` : text.slice(11, 16);
  };
  const draw = (box) => {
    const { time, times, lines } = JSON.parse(box.dataset.series);
    const bars = "bars" in box.dataset;
    const long = times.length > 1 && times.at(-1) - times[0] > 90000;
    const axis = { stroke: colour("--console-quiet"), grid: { stroke: colour("--console-line"), width: 1 }, ticks: { show: false } };
    box.replaceChildren();
    new uPlot(
      {
        width: Math.max(box.clientWidth, 200),
        height: 220,
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "UTC"),
        scales: { y: { range: (_, low, high) => [0, Math.max(high * 1.1, 1)] } },
        axes: [{ ...axis, values: (_, marks) => marks.map((mark) => clock(mark, long)), space: 70 }, { ...axis, size: 56 }],
        series: [
          { label: time, value: (_, seconds) => (seconds == null ? "" : clock(seconds, true)) },
          ...lines.map((line, index) => ({
            label: line.name,
            stroke: colour(COLOURS[index]),
            width: 2,
            points: { show: line.values.filter((value) => value !== null).length < 3 },  // One alone makes no line.
            spanGaps: true,
            fill: bars && index === 0 ? `color-mix(in srgb, ${colour(COLOURS[0])} 14%, transparent)` : undefined,
            value: (_, number) => (number == null ? "–" : String(Math.round(number * 100) / 100)),
          })),
        ],
      },
      [times, ...lines.map((line) => line.values)],
      box,
    );
  };
  const drawAll = () => document.querySelectorAll(".chart").forEach(draw);
  drawAll();
  document.addEventListener("htmx:afterSwap", drawAll);
  new MutationObserver(drawAll).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
  let waiting;
  addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(drawAll, 150);
  });
})();
