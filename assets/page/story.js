"use strict";
(() => {
  const element = (id) => document.getElementById(id);
  const story = JSON.parse(element("story").textContent);
  element("story").textContent = "";
  const number = (n) => n.toLocaleString("en");

  // ---- words; text only, never markup: names and notes are anybody's ----
  const say = (id, words) => {
    element(id).textContent = words;
    element(id).hidden = words === "";
  };
  document.title = `${story.name} · Purrtrait`;
  say("name", story.name);
  say("summary", story.summary);
  say("notes", story.notes);
  say("notice", story.notice);
  say("made", `Made with ${story.program}. This page needs no network.`);
  for (const [label, value] of story.recipe) {
    const row = element("recipe").insertRow();
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = label;
    row.append(head);
    row.insertCell().textContent = value;
  }
  for (const mark of story.marks) {
    const item = document.createElement("li");
    item.textContent = `Step ${number(mark.step)}: ${mark.text}`;
    element("marks").append(item);
  }
  element("marks").hidden = story.marks.length === 0;

  // ---- pictures: the samples, and a map of what lies between cats ----
  let due = 0;
  // Many pictures are there at the same time: one drawing does for all of them.
  const redraw = () => {
    clearTimeout(due);
    due = setTimeout(() => show(now.moment, now.cat));
  };
  const read = ({ layout, moments }, start) => ({
    ...layout,
    moments,
    images: moments.map((moment) => {
      const image = new Image();
      image.onload = redraw;
      image.src = `data:image/jpeg;base64,${moment.jpeg}`;
      return image;
    }),
    moment: moments.length - 1,
    cat: start,
  });
  const samples = read(story.samples, 0);
  const map = story.map && read(story.map, Math.floor(story.map.layout.count / 2));
  // What is on show now, and the rest of its state.
  let now = samples;
  const origin = (index) => {
    const { columns, side, gap } = now;
    return [gap + (index % columns) * (side + gap), gap + Math.floor(index / columns) * (side + gap)];
  };
  function draw(canvas, image, index, size) {
    const [x, y] = origin(index);
    const side = now.side;
    canvas.width = canvas.height = size;
    const pen = canvas.getContext("2d");
    pen.imageSmoothingQuality = "high";
    if (image.complete && image.naturalWidth) pen.drawImage(image, x, y, side, side, 0, 0, size, size);
  }
  function sheet() {
    const canvas = element("sheet");
    const { columns, rows, side, gap } = now;
    const width = gap + columns * (side + gap);
    const height = gap + rows * (side + gap);
    const longest = Math.max(width, height);
    canvas.width = canvas.height = longest;
    const pen = canvas.getContext("2d");
    pen.drawImage(now.images[now.moment], (longest - width) / 2, (longest - height) / 2);
    const [x, y] = origin(now.cat);
    pen.strokeStyle = getComputedStyle(document.documentElement).getPropertyValue("--accent");
    pen.lineWidth = Math.max(2, longest / 120);
    pen.strokeRect(x + (longest - width) / 2, y + (longest - height) / 2, side, side);
  }

  // ---- the same cat at several moments ----
  let strip = [];
  function fill() {
    const last = now.moments.length - 1;
    const slots = Math.min(8, last + 1);
    const at = (i) => Math.round((i * last) / Math.max(1, slots - 1));
    element("strip").replaceChildren();
    strip = [...new Set(Array.from({ length: slots }, (_, i) => at(i)))].map(slot);
    element("time").max = String(last);
    element("play").hidden = element("time").hidden = element("over-time").hidden = last === 0;
    element("pad").setAttribute("aria-valuemax", String(now.count));
    for (const [button, of] of [["of-samples", samples], ["of-map", map]]) element(button).setAttribute("aria-pressed", String(now === of));
    element("hint").textContent = now === samples
      ? "Choose one of the cats of the sheet: press it, or use the arrow keys. It is drawn from the same numbers at every moment."
      : "Drag over the map, or use the arrow keys: neighbours are drawn from numbers that are nearly the same.";
  }
  function slot(at) {
    const moments = now.moments;
    const button = document.createElement("button");
    const canvas = document.createElement("canvas");
    const words = document.createElement("span");
    words.textContent = number(moments[at].step);
    button.type = "button";
    button.setAttribute("aria-label", `Show step ${number(moments[at].step)}`);
    button.append(canvas, words);
    button.onclick = () => show(at, now.cat);
    element("strip").append(button);
    return { at, button, canvas };
  }

  function show(at, which) {
    now.moment = at;
    now.cat = which;
    const { moments, moment, cat, images, count } = now;
    const { step, seconds } = moments[moment];
    const words = `step ${number(step)}${seconds ? `, after ${duration(seconds)}` : ""}`;
    element("time").value = String(moment);
    element("time").setAttribute("aria-valuetext", words);
    element("moment").value = words;
    element("pad").setAttribute("aria-valuenow", String(cat + 1));
    element("pad").setAttribute("aria-valuetext", `cat ${cat + 1} of ${count}`);
    element("picture").setAttribute("aria-label", `Cat ${cat + 1} as it was drawn at ${words}`);
    draw(element("picture"), images[moment], cat, 480);
    sheet();
    for (const { at: then, button, canvas } of strip) {
      draw(canvas, images[then], cat, 128);
      button.setAttribute("aria-current", String(then === moment));
    }
    for (const line of document.querySelectorAll(".now")) {
      const x = place(step, Number(line.dataset.last));
      line.setAttribute("x1", x);
      line.setAttribute("x2", x);
    }
  }
  function duration(seconds) {
    const minutes = Math.round(seconds / 60);
    if (seconds < 90) return `${Math.round(seconds)} s`;
    return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  }

  // ---- plots ----
  const LEFT = 54;
  const RIGHT = 890;
  const place = (step, last) => LEFT + ((RIGHT - LEFT) * step) / Math.max(1, last);
  function svg(name, attributes, words) {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (words !== undefined) node.textContent = words;
    return node;
  }
  function plot(id, lines, marks, label) {
    const canvas = element(id);
    const [top, bottom] = [14, canvas.viewBox.baseVal.height - 26];
    const last = Math.max(samples.moments.at(-1).step, ...lines.map(({ points }) => points.at(-1)[0]));
    const values = lines.flatMap(({ points }) => points.map(([, y]) => y)).sort((a, b) => a - b);
    // A few wild values at the beginning would press everything else flat.
    const most = Math.max(values[values.length - 1 - Math.floor((values.length - 1) / 100)], 1e-9);
    const least = Math.min(0, values[0]);
    const height = (y) => bottom - ((bottom - top) * (Math.min(y, most) - least)) / (most - least);
    for (const part of [0, 0.5, 1]) {
      const y = least + part * (most - least);
      canvas.append(svg("line", { x1: LEFT, x2: RIGHT, y1: height(y), y2: height(y), stroke: "var(--line)" }));
      canvas.append(svg("text", { x: LEFT - 8, y: height(y) + 4, "text-anchor": "end" }, y.toPrecision(2)));
      const step = Math.round(part * last);
      canvas.append(svg("text", { x: place(step, last), y: bottom + 18, "text-anchor": ["start", "middle", "end"][2 * part] }, number(step)));
    }
    for (const mark of marks) {
      const x = place(mark.step, last);
      const line = svg("line", { x1: x, x2: x, y1: top, y2: bottom, stroke: "var(--quiet)", "stroke-dasharray": "3 4" });
      line.append(svg("title", {}, `Step ${number(mark.step)}: ${mark.text}`));
      canvas.append(line);
    }
    for (const { points, colour } of lines) {
      const path = points.map(([x, y]) => `${place(x, last).toFixed(1)},${height(y).toFixed(1)}`).join(" ");
      canvas.append(svg("polyline", { points: path, fill: "none", stroke: colour, "stroke-width": 2 }));
    }
    canvas.append(svg("line", { class: "now", "data-last": last, y1: top, y2: bottom, stroke: "var(--words)" }));
    canvas.setAttribute("aria-label", label);
  }
  const losses = story.losses;
  if (losses.length > 1) {
    const [first, end] = [losses[0], losses.at(-1)];
    const label = `Losses: the generator's from ${first[1].toFixed(2)} to ${end[1].toFixed(2)}, the discriminator's from ${first[2].toFixed(2)} to ${end[2].toFixed(2)}`;
    plot("loss-plot", [
      { points: losses.map(([step, g]) => [step, g]), colour: "var(--generator)" },
      { points: losses.map(([step, , d]) => [step, d]), colour: "var(--discriminator)" },
    ], story.marks, label);
  } else element("losses").hidden = true;
  const kids = story.kids;
  if (kids.length > 1) {
    plot("quality-plot", [{ points: kids, colour: "var(--measure)" }], [], `KID times 1,000 from ${kids[0][1].toFixed(0)} to ${kids.at(-1)[1].toFixed(0)}`);
  } else element("quality").hidden = true;

  // ---- hands ----
  element("time").oninput = (event) => show(Number(event.target.value), now.cat);
  const pad = element("pad");
  function point(event) {
    const box = pad.getBoundingClientRect();
    const { columns, rows, count, side, gap } = now;
    const width = gap + columns * (side + gap);
    const height = gap + rows * (side + gap);
    const longest = Math.max(width, height);
    const x = ((event.clientX - box.left) / box.width) * longest - (longest - width) / 2;
    const y = ((event.clientY - box.top) / box.height) * longest - (longest - height) / 2;
    const at = [Math.floor(x / (side + gap)), Math.floor(y / (side + gap))];
    const index = at[1] * columns + at[0];
    if (at[0] >= 0 && at[0] < columns && at[1] >= 0 && at[0] < columns && index < count) show(now.moment, index);
  }
  pad.onpointerdown = (event) => {
    pad.setPointerCapture(event.pointerId);
    point(event);
  };
  pad.onpointermove = (event) => event.buttons && point(event);
  pad.onkeydown = (event) => {
    const { columns, count, cat } = now;
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
    const to = event.key === "Home" ? 0 : event.key === "End" ? count - 1 : cat + by;
    if (!(to >= 0 && to < count)) return;
    event.preventDefault();
    show(now.moment, to);
  };
  let playing = 0;
  const stop = () => {
    clearInterval(playing);
    playing = 0;
    element("play").textContent = "Play";
  };
  element("play").onclick = () => {
    if (playing) return stop();
    const last = now.moments.length - 1;
    if (now.moment === last) show(0, now.cat);
    element("play").textContent = "Pause";
    // Ten seconds, however many moments there are.
    playing = setInterval(() => (now.moment < last ? show(now.moment + 1, now.cat) : stop()), 10000 / (last + 1));
  };
  function view(of) {
    stop();
    now = of;
    fill();
    show(now.moment, now.cat);
  }
  element("views").hidden = !map;
  element("of-samples").onclick = () => view(samples);
  element("of-map").onclick = () => view(map);
  view(samples);
})();
